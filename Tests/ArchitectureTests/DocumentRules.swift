import Foundation

/// What documents promise: that their links lead somewhere, and that no file depends on one machine.
enum DocumentRules {
    struct Link: Hashable {
        let line: Int
        let text: String
        let target: String
    }

    /// The inline links of a document, outside fenced blocks.
    static func links(of document: SourceFile) -> [Link] {
        var found = [Link]()
        var isFenced = false
        for (index, line) in document.lines.enumerated() {
            if line.trimmingCharacters(in: .whitespaces).hasPrefix("```") { isFenced.toggle() }
            guard !isFenced else { continue }
            for match in line.matches(of: /\[([^\]]*)\]\(([^)\s]+)\)/) {
                found.append(Link(line: index + 1, text: String(match.1), target: String(match.2)))
            }
        }
        return found
    }

    /// Each link's file exists, its `#heading` too; and where the text is `` `code` `` and the file is Swift, the file holds
    /// that text: so a claim that links to its test breaks when the test is renamed.
    static func checkLinks(_ document: SourceFile, read: (String) -> SourceFile?, exists: (String) -> Bool)
        -> [Violation]
    {
        links(of: document).compactMap { link in
            guard !link.target.contains("://"), !link.target.hasPrefix("mailto:") else { return nil }
            let parts = link.target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let path = parts[0].isEmpty ? document.path : resolve(String(parts[0]), from: document.path)
            guard exists(path) else { return document.violation(at: link.line, "\(link.target) does not exist") }
            if parts.count > 1, let file = read(path), !headings(of: file).contains(String(parts[1])) {
                return document.violation(at: link.line, "\(path) has no heading #\(parts[1])")
            }
            let quoted = link.text.trimmingPrefix("`")
            if quoted.count < link.text.count, path.hasSuffix(".swift"), let file = read(path) {
                let name = String(quoted.prefix { $0 != "`" })
                if WordRules.offsets(of: name, in: file.bytes).isEmpty {
                    return document.violation(at: link.line, "\(path) does not contain `\(name)`")
                }
            }
            return nil
        }
    }

    static func resolve(_ target: String, from document: String) -> String {
        var parts = document.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") where part != "." {
            if part == "..", !parts.isEmpty { parts.removeLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    /// The anchors of a document's headings: lower case, spaces as hyphens, punctuation dropped.
    static func headings(of document: SourceFile) -> Set<String> {
        Set(
            document.lines.filter { $0.hasPrefix("#") }.map { line in
                let title = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
                return String(
                    title.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : nil })
            })
    }

    /// Types and targets that a document writes as `` `Name` `` must stand somewhere in the sources or schemas.
    static func checkNames(_ document: SourceFile, in sources: [SourceFile]) -> [Violation] {
        var found = [Violation]()
        for (index, line) in document.lines.enumerated() {
            for match in line.matches(of: /`([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)(?:\.[A-Za-z]+)?`/) {
                let name = String(match.1)
                let isKnown = sources.contains {
                    $0.target == name || !WordRules.offsets(of: name, in: $0.code).isEmpty
                }
                if !isKnown { found.append(document.violation(at: index + 1, "`\(name)` is in no source")) }
            }
        }
        return found
    }

    /// Folders of somebody's machine. The words are put together here so that this file passes its own rule.
    static func checkMachinePaths(_ file: SourceFile) -> [Violation] {
        ["root", "work", "home"].map { "/" + $0 + "/" }.flatMap { folder in
            WordRules.offsets(of: folder, in: file.bytes).filter { isAbsolute($0, in: file.bytes) }
                .map { file.violation(at: file.line(at: $0), "`\(folder)` is a path of one machine") }
        }
    }

    /// Not behind a name: `/a/b` is absolute, `x/a/b`, `~/a/b` and `${x}/a/b` are not.
    private static func isAbsolute(_ offset: Int, in bytes: [UInt8]) -> Bool {
        guard offset > 0 else { return true }
        let before = Character(Unicode.Scalar(bytes[offset - 1]))
        return !(before.isLetter || before.isNumber || "_-.~})/*$".contains(before))
    }
}
