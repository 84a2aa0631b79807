/// Collects lines of Swift at the current depth of nesting.
struct SourceWriter {
    private(set) var text = ""
    private var depth = 0

    mutating func line(_ line: String = "") {
        if !line.isEmpty { text += String(repeating: "    ", count: depth) + line }
        text += "\n"
    }

    mutating func open(_ header: String) {
        line(header + " {")
        depth += 1
    }
    mutating func close() {
        depth -= 1
        line("}")
    }

    mutating func documentation(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
        for line in lines {
            var trimmed = line[...]
            while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
            self.line(trimmed.isEmpty ? "///" : "/// " + trimmed)
        }
    }
}
