// Scalars of JSON, from their place in the source.

enum JSONScalars {
    /// The bytes of a string, without escapes. Whether they are UTF-8 is for the caller to check.
    static func string(_ source: Span<UInt8>, _ node: Tape.Node) throws(ParseError) -> [UInt8] {
        let end = Int(node.end) - 1
        var bytes = [UInt8]()
        bytes.reserveCapacity(end - Int(node.start))
        var position = Int(node.start) + 1
        while position < end {
            let byte = source[position]
            position += 1
            if byte == UInt8(ascii: "\\") {
                try escape(source, &position, end, to: &bytes)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func escape(
        _ source: Span<UInt8>, _ position: inout Int, _ end: Int, to bytes: inout [UInt8]
    ) throws(ParseError) {
        let letter = source[position]
        position += 1
        switch letter {
        case UInt8(ascii: "b"): bytes.append(8)
        case UInt8(ascii: "t"): bytes.append(9)
        case UInt8(ascii: "n"): bytes.append(10)
        case UInt8(ascii: "f"): bytes.append(12)
        case UInt8(ascii: "r"): bytes.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
        case UInt8(ascii: "u"):
            let scalar = try self.scalar(source, &position, end)
            bytes.append(contentsOf: String(Character(scalar)).utf8)
        default: throw ParseError(.badEscape, at: position - 1, in: source)
        }
    }

    /// What follows `\u`: four digits, or two halves of a pair of surrogates.
    private static func scalar(
        _ source: Span<UInt8>, _ position: inout Int, _ end: Int
    ) throws(ParseError) -> Unicode.Scalar {
        let start = position
        let first = try unit(source, &position, end)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, position + 2 <= end, source[position] == UInt8(ascii: "\\"),
            source[position + 1] == UInt8(ascii: "u")
        else { throw ParseError(.badEscape, at: start, in: source) }
        position += 2
        let second = try unit(source, &position, end)
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw ParseError(.badEscape, at: start, in: source) }
        return scalar
    }

    private static func unit(
        _ source: Span<UInt8>, _ position: inout Int, _ end: Int
    ) throws(ParseError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard position < end, let digit = TextScalars.hexDigit(source[position]) else {
                throw ParseError(.badEscape, at: position, in: source)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// An integer, exactly, also where it is written with a point or exponent, or as hexadecimal (in a string).
    static func integer(_ text: String) throws(ParseError.Reason) -> DynamicValue.Plain {
        if let value = Int64(text) { return .signed(value) }
        if let value = UInt64(text) { return .unsigned(value) }
        if text.hasPrefix("0x"), let value = UInt64(text.dropFirst(2), radix: 16) { return .unsigned(value) }
        guard let value = Double(text) else { throw .badNumber }
        if let exact = Int64(exactly: value) { return .signed(exact) }
        guard let exact = UInt64(exactly: value) else { throw .outOfRange }
        return .unsigned(exact)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    /// - Returns: nil when a byte is no digit, or the last group has only one. Padding and spaces are not required.
    static func base64(_ text: [UInt8]) -> [UInt8]? {
        var bytes = [UInt8]()
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var count = 0
        var isPadded = false
        for byte in text where !isSpace(byte) {
            if byte == UInt8(ascii: "=") {
                isPadded = true
                continue
            }
            guard !isPadded, let digit = base64Digit(byte) else { return nil }
            group = group << 6 | UInt32(digit)
            count += 1
            guard count == 4 else { continue }
            for shift in [16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: group >> shift)) }
            (group, count) = (0, 0)
        }
        if count == 1 { return nil }
        if count > 1 { bytes.append(UInt8(truncatingIfNeeded: (group << UInt32(24 - 6 * count)) >> 16)) }
        if count > 2 { bytes.append(UInt8(truncatingIfNeeded: (group << 6) >> 8)) }
        return bytes
    }

    private static func base64Digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }

    static func hexadecimal(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 2 == 0 else { return nil }
        var bytes = [UInt8]()
        bytes.reserveCapacity(text.count / 2)
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = TextScalars.hexDigit(text[index]), let low = TextScalars.hexDigit(text[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
