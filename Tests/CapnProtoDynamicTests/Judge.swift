import CapnProto
import CapnProtoDynamic
import Foundation

/// Runs programs that judge us. What goes in and out passes through files, so that no pipe can fill up.
enum Judge {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = root.appendingPathComponent("Tests/CapnProtoDynamicTests/Schemas").path

    /// Runs a script of this folder's Judges.
    static func python(_ script: String, _ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        let script = root.appendingPathComponent("Tests/CapnProtoDynamicTests/Judges/\(script)").path
        let python = root.appendingPathComponent(".build-python/bin/python3").path
        return try run(python, [script] + arguments, input: input)
    }

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
        let complaint = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
        guard process.terminationStatus == 0, !complaint.contains("ERROR") else {
            throw Failure(description: "\(program) \(arguments): \(complaint)")
        }
        return [UInt8](try Data(contentsOf: files[1]))
    }

    /// Writes JSON with libcapnp-json as `json.c++` says, which is compiled when it is new.
    static func cxxJSON(_ schema: String, _ input: [UInt8]) throws -> [UInt8] {
        let build = root.appendingPathComponent(".build/capnp-json")
        try FileManager.default.createDirectory(at: build, withIntermediateDirectories: true)
        let source = root.appendingPathComponent("Tests/CapnProtoDynamicTests/Judges/json.c++").path
        let script = """
            cd "\(build.path)" && if [ json -nt "\(source)" ]; then exit 0; fi
            g++ -std=c++17 -O0 -w -o json.new "\(source)" -lcapnp-json -lcapnpc -lcapnp -lkj && mv json.new json
            """
        try run("/bin/sh", ["-c", script])
        return try run(build.appendingPathComponent("json").path, ["\(folder)/\(schema)", "Root"], input: input)
    }

    /// For what a suite can't do without.
    static func required<T>(_ body: () throws -> T) -> T {
        do { return try body() } catch { fatalError("\(error)") }
    }

    /// The request that a plugin gets for a schema of the tests.
    static func request(_ schema: String) throws -> [UInt8] {
        try run("capnp", ["compile", "-o-", "-Ischema", "--src-prefix=\(folder)", "\(folder)/\(schema)"])
    }

    /// The schemas of a file of the tests.
    static func schemas(_ schema: String) throws -> Schemas { try Schemas(framedRequest: request(schema)) }

    /// The schemas that a test writes down.
    static func schemas(text: String) throws -> Schemas { try Schemas(framedRequest: request(text: text)) }

    static func request(text: String) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("test.capnp")
        let head = "@0xb1c2d3e4f5061728;\nusing Json = import \"/capnp/compat/json.capnp\";\n"
        try Data((head + text).utf8).write(to: file)
        return try run("capnp", ["compile", "--src-prefix=\(folder.path)", "-o-", file.path])
    }

    /// `capnp convert FROM:TO` of a stream of messages.
    static func convert(
        _ conversion: String, _ schema: String, _ input: [UInt8], type: String = "Root", isShort: Bool = true
    ) throws -> [UInt8] {
        try run(
            "capnp",
            ["convert", "--quiet", "-Ischema"] + (isShort ? ["--short"] : []) + [
                conversion, "\(folder)/\(schema)", type,
            ],
            input: input)
    }
}
