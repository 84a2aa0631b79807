import Foundation

/// One line of JSON: snake_case keys in alphabetical order, `v` and `kind` among them.
public enum JSONLine {
    /// The version of all documented schemas. It grows when a key changes its meaning or goes away, not when one is added.
    public static let version = 1

    public static func encode(_ report: some Report) -> String { line(Versioned(report: report)) }

    private static func line(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            preconditionFailure("a report is made of texts, numbers, lists and objects: \(error)")
        }
    }

    private struct Versioned<R: Report>: Encodable {
        var report: R

        enum Key: CodingKey { case v, kind }

        func encode(to encoder: any Encoder) throws {
            try report.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(JSONLine.version, forKey: .v)
            try container.encode(R.kind, forKey: .kind)
        }
    }
}
