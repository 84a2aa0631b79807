public import CapnProto

/// Reads literals of the schema language, one after another, as `capnp encode` does.
///
/// More tolerant than that: `x=-1` is not taken for an operator, `(5)` stands for the number of an enum that the schema
/// doesn't know (so that what is printed can be read), the last of two values of one field counts.
public struct TextDecoder: Sendable {
    private let source: [UInt8]
    private var position = 0
    private let limits: ParseLimits

    public init(_ source: [UInt8], limits: ParseLimits = .default) {
        self.source = source
        self.limits = limits
    }
    public init(_ source: String, limits: ParseLimits = .default) { self.init(Array(source.utf8), limits: limits) }

    /// The next message; nil at the end.
    public mutating func next(as type: StructType) throws(ParseError) -> Message? {
        let source = self.source
        let span = source.span
        guard source.count <= limits.bytes else { throw ParseError(.tooLarge, at: 0, in: span) }
        var parser = TextParser(span, from: position, limits)
        parser.skipSpace()
        if parser.position == source.count { return nil }
        let tape = try parser.parse()
        position = parser.position
        var message = MessageBuilder()
        var assembler = TextAssembler(Assembly(span, tape, limits), type.schemas)
        try assembler.fill(&message, as: type)
        return message.finish()
    }
}

extension StructType {
    /// The message that a text is, the whole of it.
    public func message(text: String, limits: ParseLimits = .default) throws(ParseError) -> Message {
        let source = Array(text.utf8)
        var decoder = TextDecoder(source, limits: limits)
        guard let message = try decoder.next(as: self) else {
            throw ParseError(.unexpectedEnd, at: source.count, in: source.span)
        }
        try decoder.finish()
        return message
    }
}

extension TextDecoder {
    /// Throws when something else than spaces and comments is left.
    public func finish() throws(ParseError) {
        let span = source.span
        var parser = TextParser(span, from: position, limits)
        parser.skipSpace()
        if parser.position < source.count { throw ParseError(.trailingCharacters, at: parser.position, in: span) }
    }
}
