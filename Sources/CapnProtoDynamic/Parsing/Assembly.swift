import CapnProto

/// What the two parsers share when they turn a tape into a message: the bound on its words, and where a fault is.
struct Assembly: ~Escapable {
    let source: Span<UInt8>
    let tape: Tape
    private var wordsLeft: Int

    @_lifetime(copy source)
    init(_ source: Span<UInt8>, _ tape: Tape, _ limits: ParseLimits) {
        self.source = source
        self.tape = tape
        wordsLeft = limits.words
    }

    func node(_ index: Int) -> Tape.Node { tape.nodes[index] }

    func failure(_ reason: ParseError.Reason, at index: Int) -> ParseError {
        ParseError(reason, at: Int(tape.nodes[index].start), in: source)
    }

    func failure(_ error: DynamicError, at index: Int) -> ParseError {
        switch error {
        case .noSuchField: failure(.noSuchField, at: index)
        case .noSuchEnumerant: failure(.noSuchEnumerant, at: index)
        case .outOfRange: failure(.outOfRange, at: index)
        default: failure(.wrongType, at: index)
        }
    }

    /// Takes an object off what the message may have, before it is made.
    mutating func charge(_ words: Int, at index: Int) throws(ParseError) {
        wordsLeft -= words + 1
        guard wordsLeft >= 0 else { throw failure(.tooLarge, at: index) }
    }

    mutating func charge(bytes: Int, at index: Int) throws(ParseError) { try charge((bytes + 8) / 8, at: index) }

    mutating func chargeList(
        of element: SchemaType, in schemas: Schemas, count: Int, at index: Int
    ) throws(ParseError) {
        let size = schemas.elementSize(element)
        let words =
            element.elementSize == .composite
            ? count * size.wordCount + 1
            : (count * element.elementSize.stepBits + 63) / 64
        try charge(words, at: index)
    }

    func isText(_ index: Int, _ text: String) -> Bool {
        let node = tape.nodes[index]
        return Int(node.end - node.start) == text.utf8.count
            && zip(Int(node.start)..<Int(node.end), text.utf8).allSatisfy { source[$0] == $1 }
    }

    /// Whether a string, between its quotes, has just these bytes.
    func isQuoted(_ index: Int, _ bytes: [UInt8]) -> Bool {
        let node = tape.nodes[index]
        guard Int(node.end - node.start) == bytes.count + 2 else { return false }
        for offset in bytes.indices where source[Int(node.start) + 1 + offset] != bytes[offset] { return false }
        return true
    }

    func string(_ index: Int) -> String {
        let node = tape.nodes[index]
        return source.extracting(Int(node.start)..<Int(node.end))
            .withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }

    func validated(_ bytes: [UInt8], at index: Int) throws(ParseError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure(.notUTF8, at: index) }
        return text
    }
}
