public import Settings

/// `config show` and `config validate`.
public struct ConfigurationReport: Report {
    public static let kind = "config"

    public struct Item: Encodable, Sendable {
        var key: String
        var value: String
        var origin: String
    }
    public struct Mistake: Encodable, Sendable {
        var keys: [String]
        var reason: String
        var origin: String?
    }
    public struct Absent: Encodable, Sendable {
        var subsystem: String
        var purpose: String
    }

    var entries: [Item]
    var problems: [Mistake]
    var inactive: [Absent]
    var notes: [String]
    var isValid: Bool
    private var lists: Bool

    private enum CodingKeys: String, CodingKey {
        case entries, problems, inactive, notes
        case isValid = "valid"
    }

    /// - Parameter listsEntries: whether people see every key; JSON always holds them.
    public init(_ resolution: Resolution<some Sendable>, listsEntries: Bool) {
        entries = resolution.entries.map { Item(key: $0.key, value: $0.value, origin: $0.origin.description) }
        problems = resolution.problems.map { Mistake(keys: $0.keys, reason: $0.reason, origin: $0.origin?.description) }
        inactive = resolution.inactive.map { Absent(subsystem: $0.subsystem, purpose: $0.purpose) }
        notes = resolution.notes
        isValid = resolution.problems.isEmpty
        lists = listsEntries
    }

    public var identifiers: [String] { entries.map { "\($0.key)=\($0.value)" } }

    public var blocks: [Block] {
        var blocks = [Block]()
        if lists {
            let rows = entries.map { [$0.key, $0.value, $0.origin] }
            blocks.append(.table(Table([.init("key"), .init("value"), .init("origin")], rows: rows, empty: "")))
        }
        if !inactive.isEmpty {
            let names = inactive.map { "\($0.subsystem) (\($0.purpose))" }.joined(separator: ", ")
            blocks.append(.line("configured, but not in this build yet: " + names))
        }
        blocks += notes.map(Block.line)
        if isValid { blocks.append(.line("the configuration is valid")) }
        return blocks
    }
}
