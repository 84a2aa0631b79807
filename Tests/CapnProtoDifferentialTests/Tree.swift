// The values of a message, apart from any encoding: what two implementations must agree on.
//
//   TreeGenerator ──▶ Tree ──▶ TreeWriter ──▶ our message ──▶ their reading ┐
//                       └────▶ their building ──▶ their message ──▶ TreeReader ┴▶ the same Tree
//
// Writer and reader follow the schema and use the runtime's untyped faces; generated code is checked beside them, as it must read the
// same messages and write messages of the same values (`RichType`). More judges of the same trees can be added at either end.

indirect enum Tree: Sendable, Hashable {
    case void
    /// A null pointer.
    case null
    case bool(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    /// Bit patterns, so that NaN equals itself and zero isn't minus zero.
    case float32(UInt32)
    case float64(UInt64)
    case text(String)
    case data([UInt8])
    case enumeration(UInt16)
    case list([Tree])
    /// A struct or group: all fields in the schema's order, and of a union the one that is set.
    case structure([Field])
    /// What an untyped pointer leads to: "Text", or a struct by its name.
    case untyped(kind: String, Tree)

    struct Field: Sendable, Hashable {
        var name: String
        var value: Tree
    }

    /// As the judges read it.
    var json: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to out: inout String) {
        switch self {
        case .void: out += #"{"v":0}"#
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .signed(let value): out += String(value)
        case .unsigned(let value): out += String(value)
        case .float32(let bits): out += #"{"f":\#(bits)}"#
        case .float64(let bits): out += #"{"d":\#(bits)}"#
        case .text(let text): Self.write(text, to: &out)
        case .data(let bytes): out += #"{"x":"\#(Self.hexadecimal(bytes))"}"#
        case .enumeration(let number): out += #"{"e":\#(number)}"#
        case .list(let items) where items.first == .void: out += #"{"n":\#(items.count)}"#
        case .list(let items): Self.write(items, "[", "]", to: &out) { $0.write(to: &$1) }
        case .structure(let fields):
            Self.write(fields, #"{"s":{"#, "}}", to: &out) { field, out in
                out += "\"\(field.name)\":"
                field.value.write(to: &out)
            }
        case .untyped(let kind, let tree):
            out += #"{"a":"\#(kind)","t":"#
            tree.write(to: &out)
            out += "}"
        }
    }

    private static func write<T>(
        _ items: [T], _ open: String, _ close: String, to out: inout String, _ write: (T, inout String) -> Void
    ) {
        out += open
        for (index, item) in items.enumerated() {
            if index > 0 { out += "," }
            write(item, &out)
        }
        out += close
    }

    private static func write(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                out += "\\"
                out.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20: out += "\\u00" + hexadecimal([UInt8(scalar.value)])
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
