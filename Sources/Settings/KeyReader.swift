/// Reads keys one by one from all sources, remembers which keys exist, and collects what is wrong.
struct KeyReader {
    /// How the text of a variable or flag becomes a value.
    enum Kind {
        case text, integer, flag, list, map
    }

    let home: String
    private let file: Inputs.File?
    private let environment: [String: String]
    private let overrides: [String: String]
    private let leaves: Leaves
    private var aliases: [String: String] = [:]
    private(set) var problems: [Problem] = []
    private(set) var entries: [Entry] = []
    private var origins: [String: Origin] = [:]
    private var known: Set<String> = []
    private var maps: Set<String> = []

    init(_ inputs: Inputs) {
        home = inputs.home
        file = inputs.file
        environment = inputs.environment
        overrides = inputs.overrides
        var leaves = Leaves()
        if let file = inputs.file {
            do throws(Unfit) { leaves = try Leaves(parsing: file.text) } catch {
                problems.append(Problem(reason: error.reason, origin: .file(file.name, line: 0)))
            }
        }
        self.leaves = leaves
    }

    /// A variable that gives a key its value besides the one that is named after the key.
    mutating func alias(_ variable: String, for key: String) { aliases[key] = variable }

    /// `HANZO_ZAP_SERVER_LISTEN` for `zap_server.listen`.
    static func variable(for key: String) -> String {
        "HANZO_" + key.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// Where the value of a key that has been read comes from; nil where it is the default.
    func origin(of key: String) -> Origin? { origins[key] }

    /// Whether any source but the defaults has set the key, or a key below it.
    func isSet(_ key: String) -> Bool { origins.keys.contains { $0 == key || $0.hasPrefix(key + ".") } }

    /// What is shown for a key whose value a rule has replaced.
    mutating func amend(_ key: String, value: String, origin: Origin) {
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return }
        entries[index] = Entry(key: key, value: value, origin: origin)
    }

    mutating func note(_ problem: Problem) { problems.append(problem) }

    /// Reads a key. Where the value doesn't fit, the problem is noted and the default stands in.
    mutating func read<T>(
        _ key: String, _ kind: Kind, default fallback: T, show: (T) -> String, parse: (Value) throws(Unfit) -> T
    ) -> T {
        known.insert(key)
        if kind == .map { maps.insert(key) }
        guard let (value, origin) = find(key, kind) else {
            entries.append(Entry(key: key, value: show(fallback), origin: .default))
            return fallback
        }
        origins[key] = origin
        do throws(Unfit) {
            let result = try parse(value)
            entries.append(Entry(key: key, value: show(result), origin: origin))
            return result
        } catch {
            problems.append(Problem(key, reason: error.reason, origin: origin))
            return fallback
        }
    }

    /// Reads each table of a list of tables; `body` gets the counted key to put before its own.
    mutating func readEach<T>(_ key: String, _ body: (inout KeyReader, String) -> T) -> [T] {
        known.insert(key)
        if let value = leaves[key] {
            if value != .list([]) {
                problems.append(
                    Problem(key, reason: "is \(value.kind), expected [[\(key)]] tables", origin: fileOrigin(key)))
            }
            return []
        }
        var results = [T]()
        while leaves.keys.contains(where: { $0.hasPrefix("\(key)[\(results.count)]") }) {
            results.append(body(&self, "\(key)[\(results.count)]"))
        }
        return results
    }

    private func fileOrigin(_ key: String) -> Origin { .file(file?.name ?? "", line: leaves.leaves[key]?.line ?? 0) }

    /// The strongest source that names the key.
    private func find(_ key: String, _ kind: Kind) -> (Value, Origin)? {
        if let text = overrides[key] { return (Self.value(of: text, kind), .flag) }
        for variable in [aliases[key], Self.variable(for: key)].compactMap(\.self) where !key.contains("[") {
            if let text = environment[variable], !text.isEmpty {
                return (Self.value(of: text, kind), .environment(variable))
            }
        }
        if let value = leaves[key] { return (value, fileOrigin(key)) }
        guard kind == .map else { return nil }
        let members = leaves.leaves.filter { $0.key.hasPrefix(key + ".") }
        guard let first = members.min(by: { $0.value.line < $1.value.line }) else { return nil }
        let named = members.map { (String($0.key.dropFirst(key.count + 1)), $0.value.value) }
        return (.table(Dictionary(uniqueKeysWithValues: named)), fileOrigin(first.key))
    }

    /// The text of a variable or flag: lists are separated by commas, maps are `a=1,b=2`.
    private static func value(of text: String, _ kind: Kind) -> Value {
        let parts = text.split(separator: ",").map { $0.drop { $0 == " " } }
        switch kind {
        case .text: return .text(text)
        case .integer: return Int64(text).map(Value.integer) ?? .text(text)
        case .flag: return ["true": true, "1": true, "false": false, "0": false][text].map(Value.flag) ?? .text(text)
        case .list: return .list(parts.map { .text(String($0)) })
        case .map:
            let pairs = parts.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            guard pairs.allSatisfy({ $0.count == 2 }) else { return .text(text) }
            return .table(Dictionary(pairs.map { ($0[0], Int64($0[1]).map(Value.integer) ?? .text($0[1])) }) { $1 })
        }
    }
}

// What nobody asked for.
extension KeyReader {
    /// Call last: notes every key, flag and `HANZO_*` variable that no read has asked for.
    /// - Parameter others: keys of the other program, whose variables may be set as well.
    mutating func noteUnknown(besides others: Set<String> = []) {
        for key in leaves.keys.sorted() where !isKnown(key) {
            note(Problem(key, reason: unknownReason(key), origin: fileOrigin(key)))
        }
        for key in overrides.keys.sorted() where !known.contains(key) {
            note(Problem(key, reason: unknownReason(key), origin: .flag))
        }
        let variables = Set((known.union(others)).map(Self.variable)).union(aliases.values)
        let sections = Set(
            known.compactMap { $0.split(separator: ".").first.map { Self.variable(for: String($0)) + "_" } })
        for name in environment.keys.sorted()
        where !variables.contains(name) && sections.contains(where: name.hasPrefix) {
            note(Problem(name, reason: "no such setting", origin: .environment(name)))
        }
    }

    private func isKnown(_ key: String) -> Bool {
        if known.contains(key) || maps.contains(where: { key.hasPrefix($0 + ".") }) { return true }
        guard leaves[key] == .table([:]) else { return false }
        return known.contains { $0.hasPrefix(key + ".") }
    }

    private func unknownReason(_ key: String) -> String {
        if known.contains(where: { $0.hasPrefix(key + ".") || $0.hasPrefix(key + "[") }) {
            return "is \(leaves[key]?.kind ?? "a value"), expected a table"
        }
        if let parent = known.first(where: { key.hasPrefix($0 + ".") }) { return "\(parent) is no table" }
        guard let near = known.min(by: { (distance(key, $0), $0) < (distance(key, $1), $1) }), distance(key, near) <= 3
        else {
            return "no such setting"
        }
        return "no such setting; did you mean \(near)?"
    }

    /// Levenshtein's distance.
    private func distance(_ a: String, _ b: String) -> Int {
        let b = Array(b.utf8.prefix(64))
        var row = Array(0...b.count)
        for (i, x) in a.utf8.prefix(64).enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                (diagonal, row[j + 1]) = (row[j + 1], min(row[j + 1] + 1, row[j] + 1, diagonal + (x == y ? 0 : 1)))
            }
        }
        return row[b.count]
    }
}
