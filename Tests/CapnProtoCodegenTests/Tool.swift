import Foundation

/// Runs programs that judge us. What goes in and out passes through files, so that no pipe can fill up.
enum Tool {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let schemas = root.appendingPathComponent("Tests/CapnProtoCodegenTests/Schemas")
    static let python = root.appendingPathComponent(".build-python/bin/python3").path

    /// - Returns: what it wrote to standard output.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["in", "out", "err"].map { folder.appendingPathComponent($0) }
        try Data(input).write(to: files[0])
        try Data().write(to: files[1])
        try Data().write(to: files[2])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = root
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(program): \(String(decoding: try Data(contentsOf: files[2]), as: UTF8.self))")
        }
        return [UInt8](try Data(contentsOf: files[1]))
    }

    /// The request that a plugin gets for a schema file, by its path from the root of the repository.
    static func request(_ path: String, prefix: String) throws -> [UInt8] {
        try run("capnp", ["compile", "-Ischema", "--src-prefix=\(prefix)", "-o-", "\(prefix)/\(path)"])
    }

    /// The request for a schema that a test writes down.
    static func request(schema: String) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("test.capnp")
        try Data(("@0xb1c2d3e4f5061728;\nusing Swift = import \"/swift.capnp\";\n" + schema).utf8).write(to: file)
        return try run("capnp", ["compile", "-Ischema", "--src-prefix=\(folder.path)", "-o-", file.path])
    }
}
