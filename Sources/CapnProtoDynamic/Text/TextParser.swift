/// From a literal of the schema language to a tape. Knows nothing of types.
struct TextParser: ~Escapable {
    private let source: Span<UInt8>
    private(set) var position = 0
    private var tape = Tape()
    private var depth = 0
    private let limits: ParseLimits

    @_lifetime(copy source)
    init(_ source: Span<UInt8>, from position: Int, _ limits: ParseLimits) {
        self.source = source
        self.position = position
        self.limits = limits
    }

    /// The literal at the current position.
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

    /// Spaces, and comments from `#` to the end of the line.
    mutating func skipSpace() {
        while let byte = current {
            switch byte {
            case UInt8(ascii: " "), 9...13: position += 1
            case UInt8(ascii: "#"): while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
            default: return
            }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) throws(ParseError) {
        guard at(character) else { throw failure(.unexpectedCharacter) }
        position += 1
        skipSpace()
    }

    // MARK: Values

    private mutating func value() throws(ParseError) {
        guard let byte = current else { throw failure(.unexpectedEnd) }
        switch byte {
        case UInt8(ascii: "("): try record()
        case UInt8(ascii: "["): try list()
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default:
            let index = tape.begin(.identifier, at: position)
            try word()
            tape.end(index, at: position)
            skipSpace()
        }
    }

    private mutating func enter() throws(ParseError) {
        depth += 1
        guard depth <= limits.nesting else { throw failure(.nestingLimit) }
    }

    private mutating func record() throws(ParseError) {
        try enter()
        let index = tape.begin(.record, at: position)
        try take("(")
        var count = 0
        if count == 0, let byte = current, byte == UInt8(ascii: "-") || Self.isDigit(byte) {
            try parenthesized(index)
        }
        while !at(")"), tape.nodes[index].kind == .record {
            let key = tape.begin(.identifier, at: position)
            try word()
            tape.end(key, at: position)
            skipSpace()
            try take("=")
            try value()
            count += 1
            if !at(")") { try take(",") }
        }
        guard at(")") else { throw failure(.unexpectedCharacter) }
        position += 1
        tape.end(index, at: position, count: count)
        skipSpace()
        depth -= 1
    }

    /// The number of an enum that the printer's schema didn't know.
    private mutating func parenthesized(_ index: Int) throws(ParseError) {
        tape.nodes[index].kind = .parenthesized
        try number()
    }

    private mutating func list() throws(ParseError) {
        try enter()
        let index = tape.begin(.list, at: position)
        try take("[")
        var count = 0
        while !at("]") {
            try value()
            count += 1
            if !at("]") { try take(",") }
        }
        position += 1
        tape.end(index, at: position, count: count)
        skipSpace()
        depth -= 1
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    private mutating func word() throws(ParseError) {
        guard let first = current, Self.isLetter(first) else { throw failure(.unexpectedCharacter) }
        while let byte = current, Self.isLetter(byte) || Self.isDigit(byte) { position += 1 }
    }

    /// A number, `-inf`, or the `0x` of a binary literal.
    private mutating func number() throws(ParseError) {
        let index = tape.begin(.number, at: position)
        if at("-") { try take("-") }
        guard let first = current, Self.isDigit(first) || first == UInt8(ascii: "i") else {
            throw failure(.unexpectedCharacter)
        }
        while let byte = current {
            let isSign = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
            if isSign {
                guard source[position - 1] | 0x20 == UInt8(ascii: "e"), !isHexadecimal(index) else { break }
            } else if !(Self.isLetter(byte) || Self.isDigit(byte) || byte == UInt8(ascii: ".")) {
                break
            }
            position += 1
        }
        if at("\""), position == Int(tape.nodes[index].start) + 2, isHexadecimal(index) {
            tape.nodes[index].kind = .binary
            try quoted()
        }
        tape.end(index, at: position)
        skipSpace()
    }

    private func isHexadecimal(_ index: Int) -> Bool {
        let start = Int(tape.nodes[index].start)
        return start + 1 < source.count && source[start] == UInt8(ascii: "0")
            && source[start + 1] | 0x20 == UInt8(ascii: "x")
    }

    /// One string or several that follow each other and are one.
    private mutating func string() throws(ParseError) {
        let index = tape.begin(.string, at: position)
        var end = position
        while at("\"") {
            try quoted()
            end = position
            skipSpace()
        }
        tape.end(index, at: end)
    }

    private mutating func quoted() throws(ParseError) {
        position += 1
        while let byte = current, byte != UInt8(ascii: "\"") {
            guard byte != UInt8(ascii: "\n") else { throw failure(.unexpectedCharacter) }
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        guard at("\"") else {
            position = min(position, source.count)
            throw failure(.unexpectedEnd)
        }
        position += 1
    }
}
