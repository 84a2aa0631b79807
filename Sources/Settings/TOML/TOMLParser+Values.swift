// Values: texts, numbers, dates, lists, inline tables.
extension TOMLParser {
    mutating func readValue(depth: Int) throws(Unfit) -> Node {
        guard depth <= Self.depthLimit else { throw mistake("nested too deep") }
        let line = line(at: position)
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return Node(.scalar(.text(try readText())), .value, line: line)
        case UInt8(ascii: "["): return Node(.list(try readList(depth)), .value, line: line)
        case UInt8(ascii: "{"): return try readInlineTable(depth, line)
        default: return Node(.scalar(try readWord()), .value, line: line)
        }
    }

    private mutating func readList(_ depth: Int) throws(Unfit) -> [Node] {
        position += 1
        var elements = [Node]()
        while true {
            try skipBlankLines()
            if skip("]") { return elements }
            elements.append(try readValue(depth: depth + 1))
            try skipBlankLines()
            if skip("]") { return elements }
            guard skip(",") else { throw mistake("expected , or ] in a list") }
        }
    }

    private mutating func readInlineTable(_ depth: Int, _ line: Int) throws(Unfit) -> Node {
        position += 1
        let table = Node(.table([:]), .value, line: line)
        skipSpaces()
        if skip("}") { return table }
        while true {
            skipSpaces()
            try readAssignment(into: table, depth: depth)
            if skip("}") { return table }
            guard skip(",") else { throw mistake("expected , or } in an inline table") }
        }
    }

    /// `true`, a number or a date: everything up to what cannot be a part of one.
    private mutating func readWord() throws(Unfit) -> Value {
        let start = position
        skipWord()
        // A date and its time may be parted by one space.
        if position - start == 10, Self.isDate(word(from: start)), peek == UInt8(ascii: " "),
            position + 1 < bytes.count,
            Self.isDigit(bytes[position + 1])
        {
            position += 1
            skipWord()
        }
        let word = word(from: start)
        guard let value = Self.value(of: word) else {
            position = start
            throw mistake(word.isEmpty ? "expected a value" : "\"\(word)\" is no value; texts stand in quotation marks")
        }
        return value
    }

    private mutating func skipWord() {
        while let byte = peek,
            Self.isBareKey(byte) || [UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: ":")].contains(byte)
        {
            position += 1
        }
    }

    private func word(from start: Int) -> String { String(decoding: bytes[start..<position], as: UTF8.self) }

    private static func value(of word: String) -> Value? {
        switch word {
        case "true": return .flag(true)
        case "false": return .flag(false)
        case "inf", "+inf": return .number(.infinity)
        case "-inf": return .number(-.infinity)
        case "nan", "+nan", "-nan": return .number(.nan)
        default: break
        }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
            let digits = String(word.dropFirst(2))
            guard let plain = withoutUnderscores(digits), !plain.hasPrefix("-"), !plain.hasPrefix("+") else {
                return nil
            }
            return Int64(plain, radix: radix).map(Value.integer)
        }
        if isDateOrTime(word) { return .date(word) }
        return number(word)
    }

    private static func number(_ word: String) -> Value? {
        guard let plain = withoutUnderscores(word) else { return nil }
        let unsigned = plain.drop { $0 == "+" || $0 == "-" }
        guard plain.count - unsigned.count <= 1, let first = unsigned.first, first.isNumber else { return nil }
        let whole = unsigned.prefix { $0.isNumber }
        guard whole.count == 1 || whole.first != "0" else { return nil }
        if whole.count == unsigned.count { return Int64(plain).map(Value.integer) }
        guard isFraction(unsigned.dropFirst(whole.count)) else { return nil }
        return Double(plain).map(Value.number)
    }

    /// `.5`, `e10`, `.5e-3`
    private static func isFraction(_ text: Substring) -> Bool {
        var rest = text
        if rest.first == "." {
            rest = rest.dropFirst()
            let digits = rest.prefix { $0.isNumber }
            guard !digits.isEmpty else { return false }
            rest = rest.dropFirst(digits.count)
        }
        guard let mark = rest.first else { return true }
        guard mark == "e" || mark == "E" else { return false }
        rest = rest.dropFirst()
        if let sign = rest.first, sign == "+" || sign == "-" { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(\.isNumber)
    }

    /// - Returns: nil where an underscore doesn't stand between two digits.
    private static func withoutUnderscores(_ text: String) -> String? {
        guard text.contains("_") else { return text }
        let digits = Array(text.utf8)
        for (index, byte) in digits.enumerated() where byte == UInt8(ascii: "_") {
            guard index > 0, index + 1 < digits.count, isHexDigit(digits[index - 1]), isHexDigit(digits[index + 1])
            else { return nil }
        }
        return text.filter { $0 != "_" }
    }

    // MARK: Dates, by their shape

    private static func isDateOrTime(_ word: String) -> Bool {
        if isDate(word) || isTime(word) { return true }
        guard word.count > 11, isDate(String(word.prefix(10))),
            "Tt ".contains(word[word.index(word.startIndex, offsetBy: 10)])
        else {
            return false
        }
        var time = word.dropFirst(11)
        if let last = time.last, "Zz".contains(last) {
            time = time.dropLast()
        } else if time.count > 6, matches(time.suffix(6), "+00:00") || matches(time.suffix(6), "-00:00") {
            time = time.dropLast(6)
        }
        return isTime(String(time))
    }

    static func isDate(_ word: String) -> Bool {
        guard matches(word[...], "0000-00-00"), let month = Int(word.dropFirst(5).prefix(2)),
            let day = Int(word.suffix(2))
        else {
            return false
        }
        return (1...12).contains(month) && (1...31).contains(day)
    }

    private static func isTime(_ word: String) -> Bool {
        let (clock, fraction) = (word.prefix(8), word.dropFirst(8))
        guard matches(clock, "00:00:00"), let hour = Int(clock.prefix(2)),
            let minute = Int(clock.dropFirst(3).prefix(2)),
            let second = Int(clock.suffix(2)), hour < 24, minute < 60, second < 61
        else { return false }
        return fraction.isEmpty
            || fraction.first == "." && fraction.count > 1 && fraction.dropFirst().allSatisfy(\.isNumber)
    }

    /// Whether the text has the pattern's characters, where a `0` stands for any digit.
    private static func matches(_ text: Substring, _ pattern: String) -> Bool {
        text.utf8.count == pattern.utf8.count
            && zip(text.utf8, pattern.utf8).allSatisfy { $1 == UInt8(ascii: "0") ? isDigit($0) : $0 == $1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}
