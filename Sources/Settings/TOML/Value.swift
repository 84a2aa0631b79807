/// A TOML value.
indirect enum Value: Hashable, Sendable {
    case text(String)
    case integer(Int64)
    case number(Double)
    case flag(Bool)
    /// As it is written; no setting is a date.
    case date(String)
    case list([Value])
    case table([String: Value])

    /// What a person calls it.
    var kind: String {
        switch self {
        case .text: "a text"
        case .integer: "an integer"
        case .number: "a fractional number"
        case .flag: "true or false"
        case .date: "a date or time"
        case .list: "a list"
        case .table: "a table"
        }
    }
}

/// A document as the values of its leaves: `[a] b = 1` is `a.b`, the second `[[a.c]]`'s `d` is `a.c[1].d`.
/// Lists of anything but tables are leaves, and so are empty tables.
struct Leaves: Sendable {
    struct Leaf: Sendable {
        var value: Value
        var line: Int
    }

    private(set) var leaves: [String: Leaf] = [:]

    init() {}

    init(parsing text: String) throws(Unfit) {
        flatten(try TOMLParser.parse(text), at: "")
    }

    subscript(key: String) -> Value? { leaves[key]?.value }
    var keys: Dictionary<String, Leaf>.Keys { leaves.keys }

    private mutating func flatten(_ node: Node, at key: String) {
        switch node.content {
        case .table(let members) where !members.isEmpty || key.isEmpty:
            for (name, member) in members { flatten(member, at: key.isEmpty ? shown(name) : key + "." + shown(name)) }
        case .list(let elements) where elements.contains(where: \.isTable):
            for (index, element) in elements.enumerated() { flatten(element, at: "\(key)[\(index)]") }
        default:
            leaves[key] = Leaf(value: node.value, line: node.line)
        }
    }

    /// A name that could be mistaken for a path keeps its quotation marks.
    private func shown(_ name: String) -> String {
        let isBare = !name.isEmpty && name.utf8.allSatisfy(TOMLParser.isBareKey)
        return isBare ? name : "\"\(name)\""
    }
}

/// A value while its document is being read: tables still grow, and remember how they came to be.
final class Node {
    enum Content {
        case scalar(Value)
        case list([Node])
        case table([String: Node])
    }

    /// What decides whether a later line may add to a table or list.
    enum Maker {
        /// The parent of a `[header]`, not yet written out itself.
        case implied
        /// `[header]`
        case header
        /// `[[header]]`, and each of its tables
        case counted
        /// The part of a dotted key that stands before a dot.
        case dotted
        /// A value: complete.
        case value
    }

    var content: Content
    var maker: Maker
    let line: Int

    init(_ content: Content, _ maker: Maker, line: Int) {
        self.content = content
        self.maker = maker
        self.line = line
    }

    var isTable: Bool {
        if case .table = content { true } else { false }
    }

    var value: Value {
        switch content {
        case .scalar(let value): value
        case .list(let elements): .list(elements.map(\.value))
        case .table(let members): .table(members.mapValues(\.value))
        }
    }

    subscript(name: String) -> Node? {
        get {
            guard case .table(let members) = content else { return nil }
            return members[name]
        }
        set {
            guard case .table(var members) = content else { return }
            content = .table([:])  // so that the dictionary is not copied
            members[name] = newValue
            content = .table(members)
        }
    }

    /// The table that a header's next name is looked up in: itself, or the newest of counted tables.
    var newest: Node? {
        switch content {
        case .table: self
        case .list(let elements) where maker == .counted: elements.last
        default: nil
        }
    }

    func append(_ element: Node) {
        guard case .list(var elements) = content else { return }
        content = .list([])
        elements.append(element)
        content = .list(elements)
    }
}

/// Why a value doesn't fit its key, or a text is no TOML.
struct Unfit: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
}
