// Texts: "basic" with escapes and 'literal' without, each also over several lines.
extension TOMLParser {
    mutating func readText() throws(Unfit) -> String {
        if skip("\"\"\"") { return try readLines(quote: UInt8(ascii: "\""), escapes: true) }
        if skip("'''") { return try readLines(quote: UInt8(ascii: "'"), escapes: false) }
        return try peek == UInt8(ascii: "'") ? readLiteralText() : readBasicText()
    }

    mutating func readBasicText() throws(Unfit) -> String {
        position += 1
        var text = [UInt8]()
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try readEscape(into: &text)
            default: text.append(try readByte())
            }
        }
        throw mistake("a text without its end")
    }

    mutating func readLiteralText() throws(Unfit) -> String {
        position += 1
        var text = [UInt8]()
        while let byte = peek {
            if byte == UInt8(ascii: "'") {
                position += 1
                return String(decoding: text, as: UTF8.self)
            }
            text.append(try readByte())
        }
        throw mistake("a text without its end")
    }

    /// The rest of a text over several lines. A newline directly behind the opening doesn't count; up to two quotation marks
    /// may stand before the closing three.
    private mutating func readLines(quote: UInt8, escapes: Bool) throws(Unfit) -> String {
        var text = [UInt8]()
        _ = skip("\n") || skip("\r\n")
        while let byte = peek {
            if byte == quote {
                let count = bytes[position...].prefix(5).prefix { $0 == quote }.count
                position += count
                text.append(contentsOf: repeatElement(quote, count: count >= 3 ? count - 3 : count))
                if count >= 3 { return String(decoding: text, as: UTF8.self) }
            } else if byte == UInt8(ascii: "\\"), escapes {
                if !skipLineEndingBackslash() { try readEscape(into: &text) }
            } else if skip("\n") || skip("\r\n") {
                text.append(UInt8(ascii: "\n"))
            } else {
                text.append(try readByte())
            }
        }
        throw mistake("a text without its end")
    }

    private mutating func readByte() throws(Unfit) -> UInt8 {
        let byte = bytes[position]
        guard !Self.isControl(byte) else {
            throw mistake(byte == UInt8(ascii: "\n") ? "a text without its end" : "a control character in a text")
        }
        position += 1
        return byte
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(Unfit) {
        let simple: [Character: UInt8] = ["b": 8, "t": 9, "n": 10, "f": 12, "r": 13, "\"": 34, "\\": 92]
        guard position + 1 < bytes.count else { throw mistake("a text without its end") }
        let letter = Character(Unicode.Scalar(bytes[position + 1]))
        if let byte = simple[letter] {
            text.append(byte)
            position += 2
        } else if letter == "u" || letter == "U" {
            let digits = bytes[(position + 2)...].prefix(letter == "u" ? 4 : 8)
            guard digits.count == (letter == "u" ? 4 : 8),
                digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(code)
            else { throw mistake("\\\(letter) needs a Unicode scalar in hexadecimal") }
            text.append(contentsOf: String(scalar).utf8)
            position += 2 + digits.count
        } else {
            throw mistake("\\\(letter) is no escape")
        }
    }

    /// A backslash at the end of a line swallows all white space up to the next text.
    private mutating func skipLineEndingBackslash() -> Bool {
        let start = position
        position += 1
        skipSpaces()
        guard skip("\n") || skip("\r\n") else {
            position = start
            return false
        }
        repeat { skipSpaces() } while skip("\n") || skip("\r\n")
        return true
    }
}
