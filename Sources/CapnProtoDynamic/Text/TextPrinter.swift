public import CapnProto

/// How messages are written as text.
public struct TextFormat: Sendable, Hashable {
    /// Long lists and structs over several lines; else all on one.
    public var isPretty: Bool
    /// The most bytes that a message may become.
    public var maxBytes: Int

    public init(isPretty: Bool = true, maxBytes: Int = 256 << 20) {
        self.isPretty = isPretty
        self.maxBytes = maxBytes
    }

    public static let pretty = TextFormat()
    public static let short = TextFormat(isPretty: false)
}

extension DynamicStruct.Reader {
    /// The struct as a literal of the schema language, byte for byte as `capnp decode` writes it (without the line's end).
    ///
    /// Texts are copied as they are, even those that are not UTF-8, which a message shouldn't have.
    public func text(_ format: TextFormat = .pretty) throws(DynamicError) -> [UInt8] {
        var printer = TextPrinter(format)
        try printer.write(self, .bare, printer.firstIndent)
        return printer.output
    }
    /// The same as a string, with what isn't UTF-8 replaced.
    public func textString(_ format: TextFormat = .pretty) throws(DynamicError) -> String {
        String(decoding: try text(format), as: UTF8.self)
    }
}

extension StructType {
    /// The root of a message as a literal of the schema language.
    public func text(of message: Message, _ format: TextFormat = .pretty) throws(DynamicError) -> [UInt8] {
        let reader: DynamicStruct.Reader
        do { reader = try DynamicStruct.Reader(message, as: self) } catch { throw .message(error) }
        return try reader.text(format)
    }
    /// The same as a string, with what isn't UTF-8 replaced.
    public func textString(of message: Message, _ format: TextFormat = .pretty) throws(DynamicError) -> String {
        String(decoding: try text(of: message, format), as: UTF8.self)
    }
}

/// Writes values as `capnp decode` does.
struct TextPrinter {
    private(set) var output: [UInt8] = []
    private let format: TextFormat
    private var depth = 0

    /// Structs, groups and lists in one another.
    static let maxDepth = 128

    init(_ format: TextFormat) { self.format = format }

    /// What stands before a value on its line.
    enum Position {
        /// Nothing, or the bracket of a list.
        case bare
        /// A field's name.
        case named
    }

    var firstIndent: Int { format.isPretty ? 1 : 0 }
    private func next(_ indent: Int) -> Int { indent == 0 ? 0 : indent + 1 }

    private mutating func enter() throws(DynamicError) {
        depth += 1
        guard depth <= Self.maxDepth else { throw .nestingLimit }
    }

    private mutating func append(_ text: some StringProtocol) { output.append(contentsOf: text.utf8) }
    private mutating func append(_ character: Unicode.Scalar) { output.append(UInt8(ascii: character)) }

    // MARK: Structs

    mutating func write(
        _ value: borrowing DynamicStruct.Reader, _ position: Position, _ indent: Int
    ) throws(DynamicError) {
        try enter()
        append("(")
        var layout = Layout()
        let definition = value.definition
        var member = shownMember(value)
        for index in definition.plainFields {
            if let shown = member, shown < index {
                try write(field: shown, of: value, &layout, indent)
                member = nil
            }
            if value.has(definition.fields[index]) { try write(field: index, of: value, &layout, indent) }
        }
        if let member { try write(field: member, of: value, &layout, indent) }
        finish(layout, position, indent, isRecord: true)
        append(")")
        depth -= 1
    }

    /// The union's member that is set, unless it is the first one and null.
    private func shownMember(_ value: borrowing DynamicStruct.Reader) -> Int? {
        guard let index = value.definition.which(value.raw) else { return nil }
        let field = value.definition.fields[index]
        return field.discriminant != 0 || value.has(field) ? index : nil
    }

    private mutating func write(
        field index: Int, of value: borrowing DynamicStruct.Reader, _ layout: inout Layout, _ indent: Int
    ) throws(DynamicError) {
        let field = value.definition.fields[index]
        layout.begin(output)
        append(field.name)
        append(" = ")
        let content = try value.get(field)
        try write(content, .named, next(indent))
    }

    // MARK: Lists

    private mutating func write(
        _ list: borrowing DynamicList.Reader, _ position: Position, _ indent: Int
    ) throws(DynamicError) {
        try enter()
        append("[")
        var layout = Layout()
        for index in 0..<list.count {
            layout.begin(output)
            let element = try list[index]
            try write(element, .bare, next(indent))
        }
        finish(layout, position, indent, isRecord: false)
        append("]")
        depth -= 1
    }

    // MARK: Layout

    private static let maxInlineItem = 24
    private static let maxInlineRecord = 64

    /// Items stay on one line when each is short and without line breaks, and a record's are so together.
    private mutating func finish(_ layout: Layout, _ position: Position, _ indent: Int, isRecord: Bool) {
        guard indent > 0, !fitsOneLine(layout, isRecord: isRecord) else {
            return layout.spread(&output, opening: [], delimiter: Array(", ".utf8), closing: [])
        }
        let margin = [UInt8](repeating: UInt8(ascii: " "), count: indent * 2)
        let newLine = Array("\n".utf8) + margin
        layout.spread(
            &output, opening: position == .bare ? Array(" ".utf8) : newLine, delimiter: Array(",".utf8) + newLine,
            closing: Array(" ".utf8))
    }

    private func fitsOneLine(_ layout: Layout, isRecord: Bool) -> Bool {
        var total = 0
        for index in layout.starts.indices {
            let length = layout.length(index, output)
            if length > Self.maxInlineItem || layout.contains(UInt8(ascii: "\n"), index, output) { return false }
            total += length
            if isRecord && total > Self.maxInlineRecord { return false }
        }
        return true
    }

    // MARK: Values

    private mutating func write(
        _ value: consuming DynamicValue.Reader, _ position: Position, _ indent: Int
    ) throws(DynamicError) {
        guard output.count <= format.maxBytes else { throw .outputLimit }
        switch consume value {
        case .void: append("void")
        case .bool(let value): append(value ? "true" : "false")
        case .signed(let value): append(String(value))
        case .unsigned(let value): append(String(value))
        case .float32(let value): Decimal.append(value, to: &output)
        case .float64(let value): Decimal.append(value, to: &output)
        case .enumerant(let value): append(value.name ?? "(\(value.number))")
        case .text(let text): text.bytes.withUnsafeBytes { quote($0, escapesHighBytes: false) }
        case .data(let bytes): bytes.bytes.withUnsafeBytes { quote($0, escapesHighBytes: true) }
        case .list(let list): try write(list, position, indent)
        case .structure(let structure): try write(structure, position, indent)
        case .capability: append("<external capability>")
        case .anyPointer: append("<opaque pointer>")
        }
    }

    /// In C's escapes, octal where there is no letter.
    private mutating func quote(_ bytes: UnsafeRawBufferPointer, escapesHighBytes: Bool) {
        append("\"")
        for byte in bytes {
            switch byte {
            case 7...13: escape("abtnvfr".utf8.dropFirst(Int(byte) - 7).first ?? 0)
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): escape(byte)
            case 0..<32, 127: octal(byte)
            case 128...: if escapesHighBytes { octal(byte) } else { output.append(byte) }
            default: output.append(byte)
            }
        }
        append("\"")
    }

    private mutating func escape(_ letter: UInt8) {
        append("\\")
        output.append(letter)
    }

    private mutating func octal(_ byte: UInt8) {
        append("\\")
        for shift in [6, 3, 0] as [UInt8] { output.append(UInt8(ascii: "0") + (byte >> shift) & 7) }
    }
}
