import Foundation

/// A file of the repository, read once.
struct SourceFile: Sendable {
    /// Relative to the repository's root.
    let path: String
    let bytes: [UInt8]
    /// The same bytes with comments and texts blanked out.
    let code: [UInt8]

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        code = path.hasSuffix(".swift") ? CodeScanner.blank(bytes) : bytes
    }

    init(path: String, text: String) { self.init(path: path, bytes: Array(text.utf8)) }

    var lines: [Substring] { Self.lines(of: bytes) }
    var codeLines: [Substring] { Self.lines(of: code) }

    /// The target that the file belongs to, where it lies below Sources.
    var target: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    func violation(at line: Int, _ what: String) -> Violation { Violation(file: path, line: line, what: what) }

    /// The line, counted from 1, that holds the byte at `offset`.
    func line(at offset: Int) -> Int { 1 + bytes[..<offset].count { $0 == UInt8(ascii: "\n") } }

    private static func lines(of bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
}

/// An offence against a rule of the house.
struct Violation: Hashable, CustomStringConvertible {
    let file: String
    let line: Int
    let what: String

    var description: String { "\(file):\(line): \(what)" }
}

/// The repository that this test was compiled from.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Every file that is not built, fetched or hidden, in the order of its path.
    static let files: [SourceFile] = paths(below: "").compactMap(read)

    static var sources: [SourceFile] { files.filter { $0.path.hasPrefix("Sources/") && $0.path.hasSuffix(".swift") } }
    static var swift: [SourceFile] { files.filter { $0.path.hasSuffix(".swift") } }
    static var documents: [SourceFile] { files.filter { $0.path.hasSuffix(".md") } }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    static func read(_ path: String) -> SourceFile? {
        guard let data = FileManager.default.contents(atPath: root.appending(path: path).path) else { return nil }
        return SourceFile(path: path, bytes: Array(data))
    }

    /// Text files of at most a mebibyte: binary vectors and corpora name no paths and import nothing.
    private static func paths(below folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)) ?? []
        return names.sorted().flatMap { name -> [String] in
            let path = folder.isEmpty ? name : folder + "/" + name
            if isForeign(name) { return [] }
            let type = try? FileManager.default.attributesOfItem(atPath: root.appending(path: path).path)[.type]
            return type as? FileAttributeType == .typeDirectory ? paths(below: path) : [path]
        }
    }

    private static func isForeign(_ name: String) -> Bool {
        let binary = [".bin", ".png", ".gz", ".o", ".a", ".so", ".pyc"]
        return name == ".git" || name.hasPrefix(".build") || name == "__pycache__" || name == "Package.resolved"
            || binary.contains { name.hasSuffix($0) }
    }
}
