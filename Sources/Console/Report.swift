// Console: what both programs print, and how they end.
//
// Vocabulary. A *report* is what a command found out: one value that is printed in one of three ways. A *complaint* is why a
// command could not do its work; it carries the exit status. The programs themselves only parse, ask and hand over.
//
//     answer ──▶ Report ──▶ --json: one line of JSON, {"v":1,"kind":…}      stable, docs/cli.md
//                       ──▶ -q:     one identifier a line
//                       ──▶         tables and fields for people            may change at any time
//
// Text from other agents is printed only through `Printable`, because it may hold escape sequences for the terminal.

/// What a command found out.
public protocol Report: Encodable, Sendable {
    /// What `kind` is in JSON: `agents`, `node`, ….
    static var kind: String { get }
    /// What `-q` prints, in full.
    var identifiers: [String] { get }
    /// What people read.
    var blocks: [Block] { get }
}

/// A part of what people read.
public enum Block: Sendable {
    case line(String)
    case fields([Field])
    case table(Table)

    public struct Field: Sendable {
        var name: String
        var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// How reports are printed.
public struct OutputStyle: Hashable, Sendable {
    public enum Form: Hashable, Sendable { case people, json, identifiers }

    public var form: Form
    public var isColored: Bool

    public init(form: Form = .people, isColored: Bool = false) {
        self.form = form
        self.isColored = isColored
    }

    /// The text of a report, without a newline at its end.
    public func render(_ report: some Report) -> String {
        switch form {
        case .json: JSONLine.encode(report)
        case .identifiers: report.identifiers.map(Printable.text).joined(separator: "\n")
        case .people: report.blocks.map(render).joined(separator: "\n\n")
        }
    }

    func render(_ block: Block) -> String {
        switch block {
        case .line(let text): return Printable.text(text)
        case .table(let table): return table.render(isColored: isColored)
        case .fields(let fields):
            let width = fields.map(\.name.count).max() ?? 0
            return fields.map { field in
                let padding = String(repeating: " ", count: width - field.name.count + 2)
                return (field.name + padding + Printable.text(field.value)).trimmingEnd()
            }.joined(separator: "\n")
        }
    }
}
