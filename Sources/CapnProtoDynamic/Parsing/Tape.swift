/// A parsed document: a node for each value, in the order of the text, with its place there. Scalars are not copied out,
/// so a document costs 20 bytes for each of its values.
struct Tape {
    var nodes: [Node] = []

    struct Node {
        var kind: Kind
        /// The value's bytes, with quotes and brackets.
        var start: UInt32
        var end: UInt32
        /// The index of the node behind this one and all that it contains.
        var next: UInt32
        /// The elements of a list; the members of a record, each a key and a value.
        var count: UInt32
    }

    enum Kind: UInt8 {
        case null, `true`, `false`, number, string
        /// Text format: a name; `0x"…"`; a number in parentheses.
        case identifier, binary, parenthesized
        case list, record
    }

    /// Begins a value, whose end is not yet known.
    /// - Returns: its index.
    mutating func begin(_ kind: Kind, at start: Int) -> Int {
        nodes.append(Node(kind: kind, start: UInt32(start), end: 0, next: 0, count: 0))
        return nodes.count - 1
    }

    mutating func end(_ index: Int, at end: Int, count: Int = 0) {
        nodes[index].end = UInt32(end)
        nodes[index].next = UInt32(nodes.count)
        nodes[index].count = UInt32(count)
    }

    /// The index of the value behind the one at `index`.
    func after(_ index: Int) -> Int { Int(nodes[index].next) }
}
