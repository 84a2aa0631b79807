// Settings: what a person may decide about a node or an agent, from TOML to typed values.
//
// Vocabulary. A *key* is a dotted path such as `zap_server.listen`; an array of tables is counted, `networks.definitions[0].name`.
// A *source* gives keys values: flags over `HANZO_*` variables over the file over defaults. A *resolution* is what all sources
// together say: typed settings, every key with its value and origin, and every problem at once.
//
//     Inputs ──▶ TOMLParser ──▶ KeyReader ──▶ NodeSettings / AgentSettings ──▶ problems()
//
// Everything here is a function of `Inputs`. Reading files and the environment is the caller's; nothing is created, opened or
// looked up, so that `hanzod config validate` and a test see the same.
//
// Two kinds of decisions are kept apart. *Local settings* (paths, ports, limits) may differ from node to node. *Network
// parameters* (`NetworkDefinition`) go into a genesis once, are hashed into the NetworkID, and are read from there afterwards.
//
// A key whose subsystem this build doesn't have is read and checked like every other, and then named as inactive, so that
// a file written for the whole system works today and no wish is dropped in silence.

/// All that settings depend on.
public struct Inputs: Sendable {
    /// A file's text, with the name that messages call it by.
    public struct File: Sendable {
        public var name: String
        public var text: String

        public init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// The one file that applies, where one exists.
    public var file: File?
    /// The process's environment.
    public var environment: [String: String]
    /// Values from the command line, by key.
    public var overrides: [String: String]
    /// What `~` stands for.
    public var home: String

    public init(
        file: File? = nil, environment: [String: String] = [:], overrides: [String: String] = [:], home: String
    ) {
        self.file = file
        self.environment = environment
        self.overrides = overrides
        self.home = home
    }
}

/// Where a value comes from, strongest last.
public enum Origin: Hashable, Sendable, CustomStringConvertible {
    case `default`
    /// Line 0: the file as a whole.
    case file(String, line: Int)
    case environment(String)
    case flag

    public var description: String {
        switch self {
        case .default: "default"
        case .file(let name, let line): line > 0 ? "\(name):\(line)" : name
        case .environment(let variable): variable
        case .flag: "command line"
        }
    }

    var precedence: Int {
        switch self {
        case .default: 0
        case .file: 1
        case .environment: 2
        case .flag: 3
        }
    }
}

/// Why a setting cannot stand.
public struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// The key, or the keys of a rule that concerns several; empty where the file itself cannot be read.
    public var keys: [String]
    /// What is wrong and what would be right.
    public var reason: String
    public var origin: Origin?

    public init(_ keys: String..., reason: String, origin: Origin? = nil) {
        self.keys = keys
        self.reason = reason
        self.origin = origin
    }

    public var description: String {
        let place = origin.map { " (\($0))" } ?? ""
        return keys.isEmpty ? reason + place : keys.joined(separator: ", ") + ": " + reason + place
    }
}

/// One key with its value, as `config show` prints it.
public struct Entry: Hashable, Sendable {
    public var key: String
    /// As it would stand in a file, without quotation marks.
    public var value: String
    public var origin: Origin
}

/// What the sources say together.
public struct Resolution<Settings: Sendable>: Sendable {
    /// With defaults in the place of what could not be read.
    public var settings: Settings
    /// Every key that is known, in the order of the documentation.
    public var entries: [Entry]
    /// Everything that is wrong; settings with problems must not be used.
    public var problems: [Problem]
    /// What was asked for and this build doesn't have.
    public var inactive: [Inactive]
    /// What else a start with these settings says, one line each.
    public var notes: [String]

    /// The settings, where nothing is wrong with them.
    public func validated() throws(SettingsFailure) -> Settings {
        guard problems.isEmpty else { throw SettingsFailure(problems: problems) }
        return settings
    }
}

/// All problems at once.
public struct SettingsFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public var problems: [Problem]
    public var description: String { problems.map(\.description).joined(separator: "\n") }

    public init(problems: [Problem]) { self.problems = problems }
}
