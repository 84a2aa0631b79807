import Foundation
import Synchronization

/// Runs the programs that judge us.
enum Program {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    static let root = folder.appending(path: "../..").standardizedFileURL
    private static let tests = "Tests/CapnProtoDifferentialTests"
    static let schemas = "\(tests)/Schemas"
    static let python = root.appending(path: ".build-python/bin/python3").path

    /// Runs a program to its end. What goes in and out passes through files, so that no pipe can fill up.
    /// - Returns: what it wrote to standard output.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["in", "out", "err"].map { folder.appending(path: $0) }
        for (file, data) in zip(files, [Data(input), Data(), Data()]) { try data.write(to: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = root
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
            throw Failure(description: "\(program) \(arguments.joined(separator: " ")): \(text)")
        }
        return [UInt8](try Data(contentsOf: files[1]))
    }

    /// What `capnp compile` says of a schema beside this file.
    static func request(_ path: String) throws -> [UInt8] {
        try run("capnp", ["compile", "-Ischema", "--src-prefix=\(tests)", "-o-", "\(tests)/\(path)"])
    }

    /// `capnp convert` of a stream of messages.
    static func convert(_ forms: String, _ type: String, _ stream: [UInt8]) throws -> [UInt8] {
        try run("capnp", ["convert", forms, "-Ischema", "\(schemas)/rich.capnp", type], input: stream)
    }
}

/// pycapnp, in one process for all tests: starting it takes longer than all that it does.
final class PythonJudge: Sendable {
    static let shared = Result { try PythonJudge() }

    private struct Pipes: Sendable {
        let process: Process
        let input: FileHandle
        let output: FileHandle
    }
    private let pipes: Mutex<Pipes>

    private init() throws {
        signal(SIGPIPE, SIG_IGN)  // A judge that has died is an error where it is read.
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: Program.python)
        process.arguments = [
            Program.folder.appending(path: "Judges/judge.py").path, "\(Program.schemas)/rich.capnp", "schema",
        ]
        process.currentDirectoryURL = Program.root
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        pipes = Mutex(
            Pipes(process: process, input: input.fileHandleForWriting, output: output.fileHandleForReading))
    }

    /// Sends JSON with blobs, and waits for the same.
    func ask(_ request: String, _ blobs: [[UInt8]] = []) throws -> (reply: [UInt8], blobs: [[UInt8]]) {
        var body = [UInt8]()
        for part in [Array(request.utf8)] + blobs {
            body.append(contentsOf: Self.length(part.count))
            body.append(contentsOf: part)
        }
        let answer = try pipes.withLock { pipes in
            try pipes.input.write(contentsOf: Data(Self.length(body.count) + body))
            let length = try Self.read(4, from: pipes.output)
            return try Self.read(Self.number(length[...]), from: pipes.output)
        }
        var parts = [[UInt8]]()
        var rest = answer[...]
        while rest.count >= 4 {
            let count = Self.number(rest.prefix(4))
            parts.append(Array(rest.dropFirst(4).prefix(count)))
            rest = rest.dropFirst(4 + count)
        }
        guard let reply = parts.first else { throw Program.Failure(description: "judge.py answered nothing") }
        return (reply, Array(parts.dropFirst()))
    }

    private static func length(_ count: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(count).littleEndian) { [UInt8]($0) }
    }
    private static func number(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reversed().reduce(0) { $0 << 8 | Int($1) } }
    private static func read(_ count: Int, from handle: FileHandle) throws -> [UInt8] {
        var bytes = [UInt8]()
        while bytes.count < count {
            guard let data = try handle.read(upToCount: count - bytes.count), !data.isEmpty else {
                throw Program.Failure(description: "judge.py has ended")
            }
            bytes.append(contentsOf: data)
        }
        return bytes
    }
}
