/// Text that cannot drive the terminal that shows it.
public enum Printable {
    /// Control characters, line and paragraph separators and marks that reorder text are shown as their number: `<1b>`.
    public static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) {
                result += "<" + String(scalar.value, radix: 16) + ">"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The beginning of an identifier, enough for people; 12 digits of a digest.
    public static func short(_ identifier: String) -> String { String(identifier.prefix(12)) }

    /// At most `count` characters, the last one an ellipsis where something is missing.
    public static func clipped(_ text: String, to count: Int) -> String {
        text.count <= count ? text : text.prefix(max(0, count - 1)) + "…"
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        default: false
        }
    }
}

extension String {
    func trimmingEnd() -> String {
        guard let last = lastIndex(where: { $0 != " " }) else { return "" }
        return String(self[...last])
    }
}
