public import CapnProto

/// What a JSON document may be.
public struct JSONDecoding: Sendable, Hashable {
    public var limits: ParseLimits
    /// Whether keys that the schema doesn't know are refused rather than passed over.
    public var refusesUnknownFields: Bool

    public init(limits: ParseLimits = .default, refusesUnknownFields: Bool = false) {
        self.limits = limits
        self.refusesUnknownFields = refusesUnknownFields
    }

    public static let `default` = JSONDecoding()
}

/// Reads JSON objects, one after another, as `capnp convert json:binary` does.
///
/// More exact than that: an integer is never rounded on its way, keys may come in any order (also before the discriminator
/// that they depend on), `null` stands for a pointer that is null, and what can't be followed is an error with its place,
/// not a value that is somehow like it.
public struct JSONDecoder: Sendable {
    private let source: [UInt8]
    private var position = 0
    private let codec: JSONCodec
    private let decoding: JSONDecoding

    public init(_ source: [UInt8], _ codec: JSONCodec, _ decoding: JSONDecoding = .default) {
        self.source = source
        self.codec = codec
        self.decoding = decoding
    }

    /// The next message; nil at the end.
    public mutating func next(as type: StructType) throws(ParseError) -> Message? {
        let source = self.source
        let span = source.span
        let limits = decoding.limits
        guard source.count <= limits.bytes else { throw ParseError(.tooLarge, at: 0, in: span) }
        var parser = JSONParser(span, from: position, limits)
        parser.skipSpace()
        if parser.position == source.count { return nil }
        let tape = try parser.parse()
        position = parser.position
        var message = MessageBuilder()
        var assembler = JSONAssembler(Assembly(span, tape, limits), codec, decoding)
        try assembler.fill(&message, as: type)
        return message.finish()
    }

    /// Throws when something else than spaces is left.
    public func finish() throws(ParseError) {
        let span = source.span
        var parser = JSONParser(span, from: position, decoding.limits)
        parser.skipSpace()
        if parser.position < source.count { throw ParseError(.trailingCharacters, at: parser.position, in: span) }
    }
}

extension JSONCodec {
    /// The message that a JSON object is, the whole of the document.
    public func message(
        json source: [UInt8], as type: StructType, _ decoding: JSONDecoding = .default
    ) throws(ParseError) -> Message {
        var decoder = JSONDecoder(source, self, decoding)
        guard let message = try decoder.next(as: type) else {
            throw ParseError(.unexpectedEnd, at: source.count, in: source.span)
        }
        try decoder.finish()
        return message
    }
}
