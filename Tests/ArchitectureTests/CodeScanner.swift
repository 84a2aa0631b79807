/// Blanks out comments and the contents of texts, so that rules about code don't stumble over prose. Every byte keeps its
/// place and every newline stays: an offset in the result is an offset in the source. Code inside `\( )` stays code.
///
/// States are stacked, since an interpolation holds code that may hold texts:
///
///     code ── " ──▶ text ── \( ──▶ code ── ) ──▶ text ── " ──▶ code
struct CodeScanner {
    private enum State {
        /// Code; `parentheses` counts those that are open inside an interpolation.
        case code(parentheses: Int)
        /// A text between `quotes` quotation marks (1 or 3) and `pounds` number signs.
        case text(quotes: Int, pounds: Int)
    }

    private let source: [UInt8]
    private var result: [UInt8]
    private var position = 0
    private var states: [State] = [.code(parentheses: 0)]

    static func blank(_ source: [UInt8]) -> [UInt8] {
        var scanner = CodeScanner(source)
        while scanner.position < source.count { scanner.step() }
        return scanner.result
    }

    private init(_ source: [UInt8]) {
        self.source = source
        result = source
    }

    private mutating func step() {
        switch states[states.count - 1] {
        case .code(let parentheses): stepCode(parentheses)
        case .text(let quotes, let pounds): stepText(quotes, pounds)
        }
    }

    private mutating func stepCode(_ parentheses: Int) {
        switch source[position] {
        case UInt8(ascii: "/") where at("//"): blankLineComment()
        case UInt8(ascii: "/") where at("/*"): blankBlockComment()
        case UInt8(ascii: "\""): enterText(pounds: 0)
        case UInt8(ascii: "#"):
            let pounds = count(of: "#", from: position)
            position += pounds
            if at("\"") { enterText(pounds: pounds) }
        case UInt8(ascii: "("):
            states[states.count - 1] = .code(parentheses: parentheses + 1)
            position += 1
        case UInt8(ascii: ")"):
            if parentheses == 0, states.count > 1 {
                states.removeLast()
            } else {
                states[states.count - 1] = .code(parentheses: max(0, parentheses - 1))
            }
            position += 1
        default: position += 1
        }
    }

    private mutating func stepText(_ quotes: Int, _ pounds: Int) {
        let closing = quotes + pounds
        if at("\""), count(of: "\"", from: position) >= quotes, count(of: "#", from: position + quotes) >= pounds {
            states.removeLast()
            position += closing
        } else if at("\\"), count(of: "#", from: position + 1) >= pounds {
            let escaped = position + 1 + pounds
            if escaped < source.count, source[escaped] == UInt8(ascii: "(") {
                blank(to: escaped)
                position = escaped + 1
                states.append(.code(parentheses: 0))
            } else {
                blank(to: escaped + 1)
            }
        } else if quotes == 1, at("\n") {
            states.removeLast()  // not Swift; resynchronise
        } else {
            blank(to: position + 1)
        }
    }

    private mutating func enterText(pounds: Int) {
        let quotes = at("\"\"\"") ? 3 : 1
        states.append(.text(quotes: quotes, pounds: pounds))
        position += quotes
    }

    private mutating func blankLineComment() {
        var end = position
        while end < source.count, source[end] != UInt8(ascii: "\n") { end += 1 }
        blank(to: end)
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if at("/*") {
                depth += 1
                blank(to: position + 2)
            } else if at("*/") {
                depth -= 1
                blank(to: position + 2)
            } else {
                blank(to: position + 1)
            }
        } while depth > 0 && position < source.count
    }

    private mutating func blank(to end: Int) {
        while position < min(end, source.count) {
            if source[position] != UInt8(ascii: "\n") { result[position] = UInt8(ascii: " ") }
            position += 1
        }
    }

    private func at(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= source.count else { return false }
        for index in 0..<count where source[position + index] != word.utf8Start[index] { return false }
        return true
    }

    private func count(of character: Unicode.Scalar, from start: Int) -> Int {
        var end = start
        while end < source.count, source[end] == UInt8(ascii: character) { end += 1 }
        return end - start
    }
}
