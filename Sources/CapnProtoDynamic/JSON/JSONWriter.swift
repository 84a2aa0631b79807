/// Writes JSON's tokens, and puts lists and objects on one line or on several.
struct JSONWriter {
    var output: [UInt8] = []
    let isPretty: Bool

    init(isPretty: Bool) { self.isPretty = isPretty }

    mutating func append(_ text: some StringProtocol) { output.append(contentsOf: text.utf8) }
    mutating func append(_ character: Unicode.Scalar) { output.append(UInt8(ascii: character)) }

    /// - Parameter parts: escaped already.
    mutating func key(_ prefix: [UInt8], _ name: [UInt8]) {
        append("\"")
        output.append(contentsOf: prefix)
        output.append(contentsOf: name)
        append(isPretty ? "\": " : "\":")
    }

    mutating func string(_ bytes: UnsafeRawBufferPointer) {
        append("\"")
        Self.escape(bytes, to: &output)
        append("\"")
    }

    /// JSON has no form of what isn't finite: upstream's names as strings.
    mutating func number(_ value: Double) {
        if value.isFinite { return Decimal.append(value, to: &output) }
        append(value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"")
    }

    // MARK: Layout

    private static let maxInlineItem = 50

    /// Spreads the items of a list or object, when there are several, one is long or one is spread itself.
    /// - Parameter isValue: whether a key stands before it.
    /// - Returns: whether it has become several lines.
    mutating func finish(_ layout: Layout, hasSpreadItem: Bool, indent: Int, isValue: Bool) -> Bool {
        guard isPretty else {
            layout.spread(&output, opening: [], delimiter: Self.comma, closing: [])
            return false
        }
        let isLong = layout.starts.indices.contains { layout.length($0, output) > Self.maxInlineItem }
        guard layout.count > 1, hasSpreadItem || isLong else {
            layout.spread(&output, opening: [], delimiter: Self.commaSpace, closing: [])
            return false
        }
        let newLine = Array("\n".utf8) + [UInt8](repeating: UInt8(ascii: " "), count: (indent + 1) * 2)
        layout.spread(
            &output, opening: isValue ? newLine : Self.space, delimiter: Self.comma + newLine, closing: Self.space)
        return true
    }

    private static let comma = Array(",".utf8)
    private static let commaSpace = Array(", ".utf8)
    private static let space = Array(" ".utf8)

    // MARK: Escapes

    static func escaped(_ text: String) -> [UInt8] {
        var result = [UInt8]()
        var text = text
        text.withUTF8 { escape(UnsafeRawBufferPointer($0), to: &result) }
        return result
    }

    private static func escape(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        var clean = 0
        for (index, byte) in bytes.enumerated() {
            guard byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[clean..<index]))
            clean = index + 1
            output.append(UInt8(ascii: "\\"))
            output.append(contentsOf: self.escape(byte))
        }
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[clean...]))
    }

    /// What stands behind the backslash.
    private static func escape(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case 8: [UInt8(ascii: "b")]
        case 9: [UInt8(ascii: "t")]
        case 10: [UInt8(ascii: "n")]
        case 12: [UInt8(ascii: "f")]
        case 13: [UInt8(ascii: "r")]
        case 0..<32:
            Array("u00".utf8) + [UInt8(ascii: "0") + byte >> 4, Array("0123456789abcdef".utf8)[Int(byte & 15)]]
        default: [byte]
        }
    }

    mutating func base64(_ bytes: UnsafeRawBufferPointer) {
        append("\"")
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = 0
            for index in 0..<3 { group = group << 8 | (index < count ? Int(bytes[start + index]) : 0) }
            for index in 0..<4 {
                output.append(index <= count ? Self.base64Digits[group >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
            }
        }
        append("\"")
    }

    static let base64Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    mutating func hexadecimal(_ bytes: UnsafeRawBufferPointer) {
        let digits = Array("0123456789abcdef".utf8)
        append("\"")
        for byte in bytes {
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
        append("\"")
    }
}
