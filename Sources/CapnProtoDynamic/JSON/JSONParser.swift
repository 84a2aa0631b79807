/// From JSON to a tape. Strict (RFC 8259), and knows nothing of types.
struct JSONParser: ~Escapable {
    private let source: Span<UInt8>
    private(set) var position: Int
    private var tape = Tape()
    private var depth = 0
    private let limits: ParseLimits

    @_lifetime(copy source)
    init(_ source: Span<UInt8>, from position: Int, _ limits: ParseLimits) {
        self.source = source
        self.position = position
        self.limits = limits
    }

    /// The value at the current position.
    mutating func parse() throws(ParseError) -> Tape {
        tape = Tape()
        skipSpace()
        try value()
        return tape
    }

    // MARK: Bytes

    private var current: UInt8? { position < source.count ? source[position] : nil }
    private func at(_ character: Unicode.Scalar) -> Bool { current == UInt8(ascii: character) }

    private func failure(_ reason: ParseError.Reason) -> ParseError {
        let isEnd = reason == .unexpectedCharacter && position >= source.count
        return ParseError(isEnd ? .unexpectedEnd : reason, at: position, in: source)
    }

    mutating func skipSpace() {
        while let byte = current, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) throws(ParseError) {
        guard at(character) else { throw failure(.unexpectedCharacter) }
        position += 1
        skipSpace()
    }

    // MARK: Values

    private mutating func value() throws(ParseError) {
        switch current {
        case UInt8(ascii: "{"): try object()
        case UInt8(ascii: "["): try list()
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", .true)
        case UInt8(ascii: "f"): try word("false", .false)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
        skipSpace()
    }

    private mutating func word(_ word: StaticString, _ kind: Tape.Kind) throws(ParseError) {
        let index = tape.begin(kind, at: position)
        for offset in 0..<word.utf8CodeUnitCount {
            guard current == word.utf8Start[offset] else { throw failure(.unexpectedCharacter) }
            position += 1
        }
        tape.end(index, at: position)
    }

    private mutating func enter() throws(ParseError) {
        depth += 1
        guard depth <= limits.nesting else { throw failure(.nestingLimit) }
    }

    private mutating func object() throws(ParseError) {
        try enter()
        let index = tape.begin(.record, at: position)
        try take("{")
        var count = 0
        while !at("}") {
            if count > 0 { try take(",") }
            guard at("\"") else { throw failure(.unexpectedCharacter) }
            try string()
            skipSpace()
            try take(":")
            try value()
            count += 1
        }
        position += 1
        tape.end(index, at: position, count: count)
        depth -= 1
    }

    private mutating func list() throws(ParseError) {
        try enter()
        let index = tape.begin(.list, at: position)
        try take("[")
        var count = 0
        while !at("]") {
            if count > 0 { try take(",") }
            try value()
            count += 1
        }
        position += 1
        tape.end(index, at: position, count: count)
        depth -= 1
    }

    private mutating func string() throws(ParseError) {
        let index = tape.begin(.string, at: position)
        position += 1
        while let byte = current, byte != UInt8(ascii: "\"") {
            guard byte >= 32 else { throw failure(.unexpectedCharacter) }
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        guard at("\"") else {
            position = min(position, source.count)
            throw failure(.unexpectedEnd)
        }
        position += 1
        tape.end(index, at: position)
    }

    private mutating func digits() throws(ParseError) {
        guard let first = current, Self.isDigit(first) else { throw failure(.unexpectedCharacter) }
        while let byte = current, Self.isDigit(byte) { position += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func number() throws(ParseError) {
        let index = tape.begin(.number, at: position)
        if at("-") { position += 1 }
        if at("0") { position += 1 } else { try digits() }
        if at(".") {
            position += 1
            try digits()
        }
        if at("e") || at("E") {
            position += 1
            if at("-") || at("+") { position += 1 }
            try digits()
        }
        tape.end(index, at: position)
    }
}
