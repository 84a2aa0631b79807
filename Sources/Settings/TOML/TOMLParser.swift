/// Reads TOML 1.0 (toml.io/en/v1.0.0). The first mistake ends the reading and is told with its line and column.
///
/// Our own and not a package, because the one at hand ends the process on some broken files (docs/decisions/0001-toml.md);
/// and because a problem with a key should name its line.
///
///     document ── [header] ─────▶ table ── key = value ─▶ …
///              ── [[header]] ───▶ newest of counted tables
struct TOMLParser {
    /// Lists, inline tables and dotted keys may be nested so deep, together.
    static let depthLimit = 64

    let bytes: [UInt8]
    var position = 0
    private let root = Node(.table([:]), .header, line: 1)
    private var current: Node
    /// Where lines end.
    private let newlines: [Int]

    static func parse(_ text: String) throws(Unfit) -> Node {
        var parser = TOMLParser(Array(text.utf8))
        try parser.readDocument()
        return parser.root
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        current = root
        newlines = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private mutating func readDocument() throws(Unfit) {
        while true {
            try skipBlankLines()
            guard let byte = peek else { return }
            if byte == UInt8(ascii: "[") { try readHeader() } else { try readAssignment(into: current, depth: 0) }
            try endLine()
        }
    }

    // MARK: Headers and assignments

    private mutating func readHeader() throws(Unfit) {
        let line = line(at: position)
        let isCounted = skip("[[")
        if !isCounted { _ = skip("[") }
        skipSpaces()
        let path = try readKey()
        guard skip(isCounted ? "]]" : "]") else { throw mistake("expected \(isCounted ? "]]" : "]")") }
        var table = root
        for name in path.dropLast() {
            let next = table[name] ?? Node(.table([:]), .implied, line: line)
            if table[name] == nil { table[name] = next }
            guard next.maker != .value, let inner = next.newest else {
                throw mistake("\(name) is no table that can be extended")
            }
            table = inner
        }
        current = try isCounted ? openCounted(path, in: table, line) : open(path, in: table, line)
    }

    private func open(_ path: [String], in table: Node, _ line: Int) throws(Unfit) -> Node {
        let name = path[path.count - 1]
        guard let existing = table[name] else {
            let node = Node(.table([:]), .header, line: line)
            table[name] = node
            return node
        }
        guard existing.maker == .implied else { throw mistake("\(path.joined(separator: ".")) is defined twice") }
        existing.maker = .header
        return existing
    }

    private func openCounted(_ path: [String], in table: Node, _ line: Int) throws(Unfit) -> Node {
        let name = path[path.count - 1]
        let list = table[name] ?? Node(.list([]), .counted, line: line)
        guard list.maker == .counted, !list.isTable else {
            throw mistake("\(path.joined(separator: ".")) is defined twice")
        }
        if table[name] == nil { table[name] = list }
        let element = Node(.table([:]), .counted, line: line)
        list.append(element)
        return element
    }

    /// `a.b = value`, in a table or in an inline table.
    mutating func readAssignment(into target: Node, depth: Int) throws(Unfit) {
        let line = line(at: position)
        let path = try readKey()
        guard skip("=") else { throw mistake("expected = after a key") }
        skipSpaces()
        var table = target
        for name in path.dropLast() {
            let next = table[name] ?? Node(.table([:]), .dotted, line: line)
            guard next.maker == .dotted else { throw mistake("\(name) is defined already and cannot be extended here") }
            if table[name] == nil { table[name] = next }
            table = next
        }
        let name = path[path.count - 1]
        guard table[name] == nil else { throw mistake("\(path.joined(separator: ".")) is defined twice") }
        table[name] = try readValue(depth: depth + path.count)
        skipSpaces()
    }

    /// Names joined by dots, bare or quoted, and the spaces behind them.
    private mutating func readKey() throws(Unfit) -> [String] {
        var path = [String]()
        repeat {
            skipSpaces()
            guard path.count < Self.depthLimit else { throw mistake("a key with too many dots") }
            path.append(try readName())
            skipSpaces()
        } while skip(".")
        return path
    }

    private mutating func readName() throws(Unfit) -> String {
        if peek == UInt8(ascii: "\"") { return try readBasicText() }
        if peek == UInt8(ascii: "'") { return try readLiteralText() }
        let start = position
        while let byte = peek, Self.isBareKey(byte) { position += 1 }
        guard position > start else { throw mistake("expected a key") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    static func isBareKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    // MARK: Bytes

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skip(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for index in 0..<count where bytes[position + index] != word.utf8Start[index] { return false }
        position += count
        return true
    }

    mutating func skipSpaces() {
        while let byte = peek, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { position += 1 }
    }

    /// Spaces, comments and newlines.
    mutating func skipBlankLines() throws(Unfit) {
        repeat {
            skipSpaces()
            try skipComment()
        } while skip("\n") || skip("\r\n")
    }

    private mutating func endLine() throws(Unfit) {
        skipSpaces()
        try skipComment()
        guard peek == nil || skip("\n") || skip("\r\n") else { throw mistake("expected the end of the line") }
    }

    private mutating func skipComment() throws(Unfit) {
        guard peek == UInt8(ascii: "#") else { return }
        while let byte = peek, byte != UInt8(ascii: "\n"), !isReturn(at: position) {
            guard !Self.isControl(byte) else { throw mistake("a control character in a comment") }
            position += 1
        }
    }

    func isReturn(at index: Int) -> Bool {
        index + 1 < bytes.count && bytes[index] == UInt8(ascii: "\r") && bytes[index + 1] == UInt8(ascii: "\n")
    }

    /// All but the tab.
    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 && byte != 0x09 || byte == 0x7F }

    /// Counted from 1.
    func line(at position: Int) -> Int {
        var range = 0..<newlines.count
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            range = newlines[middle] < position ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound + 1
    }

    func mistake(_ reason: String) -> Unfit {
        let line = line(at: position)
        let start = line > 1 ? newlines[line - 2] + 1 : 0
        return Unfit("line \(line), column \(position - start + 1): \(reason)")
    }
}
