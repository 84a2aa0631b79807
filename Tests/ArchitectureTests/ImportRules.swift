/// What a file may import.
enum ImportRules {
    /// The modules that a file imports, each with its line.
    static func imports(of file: SourceFile) -> [(line: Int, module: String)] {
        var found = [(line: Int, module: String)]()
        for (index, line) in file.codeLines.enumerated() where line.contains("import") {
            for statement in line.split(separator: ";") {
                if let module = module(importedBy: statement) { found.append((index + 1, module)) }
            }
        }
        return found
    }

    /// - Returns: `B` for `@preconcurrency public import struct B.C`.
    static func module(importedBy statement: Substring) -> String? {
        var words = statement.split(whereSeparator: \.isWhitespace)[...]
        while let word = words.first, word.hasPrefix("@") || modifiers.contains(word) { words.removeFirst() }
        guard words.popFirst() == "import" else { return nil }
        if let word = words.first, kinds.contains(word) { words.removeFirst() }
        return words.first?.split(separator: ".").first.map(String.init)
    }

    static func check(_ file: SourceFile, against plan: FloorPlan) -> [Violation] {
        guard let target = file.target else { return [] }
        guard plan.entries[target] != nil else {
            return [file.violation(at: 1, "\(target) is not in the floor table")]
        }
        return imports(of: file).filter { !plan.allows(target, toImport: $0.module) }
            .map { file.violation(at: $0.line, "\(target) may not import \($0.module)") }
    }

    /// What a target reaches through others although it must not.
    static func checkReach(of files: [SourceFile], against plan: FloorPlan) -> [Violation] {
        var imported = [String: Set<String>]()
        for file in files {
            guard let target = file.target else { continue }
            for (_, module) in imports(of: file) where plan.entries[module] != nil {
                imported[target, default: []].insert(module)
            }
        }
        return plan.entries.sorted { $0.key < $1.key }.flatMap { target, entry in
            reachable(from: target, through: imported).intersection(entry.unreachable).sorted()
                .map { Violation(file: "Sources/\(target)", line: 1, what: "\(target) may not reach \($0)") }
        }
    }

    private static func reachable(from target: String, through imported: [String: Set<String>]) -> Set<String> {
        var reached: Set<String> = []
        var next = imported[target] ?? []
        while let module = next.popFirst() {
            reached.insert(module)
            next.formUnion((imported[module] ?? []).subtracting(reached))
        }
        return reached
    }

    private static let modifiers: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
    ]
}
