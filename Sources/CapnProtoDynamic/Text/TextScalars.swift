// Scalars of the schema language, from their place in the source.

enum TextScalars {
    /// The bytes of a string literal, or of several in a row.
    static func string(_ source: Span<UInt8>, _ node: Tape.Node) throws(ParseError) -> [UInt8] {
        var bytes = [UInt8]()
        var position = Int(node.start)
        var isInside = false
        while position < Int(node.end) {
            let byte = source[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): isInside.toggle()
            case UInt8(ascii: "#") where !isInside:
                while position < Int(node.end), source[position] != UInt8(ascii: "\n") { position += 1 }
            case UInt8(ascii: "\\") where isInside: bytes.append(try escape(source, &position))
            default: if isInside { bytes.append(byte) }
            }
        }
        return bytes
    }

    /// What follows a backslash: C's escapes.
    private static func escape(_ source: Span<UInt8>, _ position: inout Int) throws(ParseError) -> UInt8 {
        let letter = source[position]
        position += 1
        switch letter {
        case UInt8(ascii: "a"): return 7
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "v"): return 11
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "?"): return letter
        case UInt8(ascii: "x"):
            guard let high = hexDigit(source[position]), let low = hexDigit(source[position + 1]) else {
                throw ParseError(.badEscape, at: position, in: source)
            }
            position += 2
            return high << 4 | low
        case UInt8(ascii: "0")...UInt8(ascii: "7"): return octal(source, letter, &position)
        default: throw ParseError(.badEscape, at: position - 1, in: source)
        }
    }

    private static func octal(_ source: Span<UInt8>, _ first: UInt8, _ position: inout Int) -> UInt8 {
        var value = first - UInt8(ascii: "0")
        for _ in 0..<2 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(source[position]) else { break }
            value = value << 3 | (source[position] - UInt8(ascii: "0"))
            position += 1
        }
        return value
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The bytes of `0x"01 ff"`: pairs of digits, spaces between them.
    static func binary(_ source: Span<UInt8>, _ node: Tape.Node) throws(ParseError) -> [UInt8] {
        var bytes = [UInt8]()
        var position = Int(node.start) + 3
        while position < Int(node.end) - 1 {
            if source[position] == UInt8(ascii: " ") || (9...13).contains(source[position]) {
                position += 1
                continue
            }
            guard let high = hexDigit(source[position]), let low = hexDigit(source[position + 1]) else {
                throw ParseError(.badEncoding, at: position, in: source)
            }
            bytes.append(high << 4 | low)
            position += 2
        }
        return bytes
    }

    /// A number as one of `type`: decimal, `0x` hexadecimal, octal after a zero; with a point or exponent of floating point; `-inf`.
    static func number(
        _ source: Span<UInt8>, _ node: Tape.Node, as type: SchemaType
    ) throws(ParseError) -> DynamicValue.Plain {
        var start = Int(node.start)
        let isNegative = source[start] == UInt8(ascii: "-")
        if isNegative { start += 1 }
        while start < Int(node.end), source[start] <= 32 || source[start] == UInt8(ascii: "#") {
            if source[start] == UInt8(ascii: "#") {
                while source[start] != UInt8(ascii: "\n") { start += 1 }
            }
            start += 1
        }
        let digits = source.extracting(start..<Int(node.end)).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        guard let value = unsigned(digits) ?? nil else {
            throw ParseError(.badNumber, at: Int(node.start), in: source)
        }
        if isNegative, case .unsigned(0) = value, !type.isInteger { return .float(-0.0) }
        return isNegative ? negated(value) : value
    }

    private static func unsigned(_ digits: String) -> DynamicValue.Plain? {
        if digits == "inf" { return .float(.infinity) }
        let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        if isHexadecimal { return UInt64(digits.dropFirst(2), radix: 16).map { .unsigned($0) } }
        let isInteger = digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        if isInteger, digits.utf8.count > 1, digits.utf8.first == UInt8(ascii: "0") {
            return UInt64(digits, radix: 8).map { .unsigned($0) }
        }
        if isInteger, let value = UInt64(digits) { return .unsigned(value) }
        let isDecimal = digits.utf8.allSatisfy { $0 < 58 || $0 | 0x20 == UInt8(ascii: "e") }
        return isDecimal ? Double(digits).map { .float($0) } : nil
    }

    private static func negated(_ value: DynamicValue.Plain) -> DynamicValue.Plain {
        switch value {
        case .float(let value): .float(-value)
        case .unsigned(let value) where value <= 1 << 63: .signed(Int64(truncatingIfNeeded: 0 &- value))
        case .unsigned(let value): .float(-Double(value))
        default: value
        }
    }
}
