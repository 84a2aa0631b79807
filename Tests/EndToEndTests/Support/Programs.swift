import Foundation

/// The programs that were built beside this one.
enum Programs {
    static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL.path
    static var hanzod: String { folder + "/hanzod" }
    static var hanzoDev: String { folder + "/hanzo-dev" }
    static var python: String { repository + "/.build-python/bin/python3" }

    struct Output {
        var status: Int32
        var text: String
        var errors: String

        /// The lines of standard output that are JSON objects.
        var objects: [[String: Any]] {
            text.split(separator: "\n").compactMap {
                (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
            }
        }
    }

    /// Runs a program to its end; longer than `limit` is a failure.
    static func run(_ program: String, _ arguments: [String], within limit: Duration = .seconds(60)) async throws
        -> Output
    {
        let running = try Child(program, arguments)
        try await eventually(within: limit, "\(program) \(arguments.prefix(3).joined(separator: " ")) ends") {
            !running.isRunning
        }
        return Output(status: running.status, text: running.output, errors: running.errors)
    }
}

/// A child process whose output goes to files, so that no pipe can fill up; killed when nobody holds it any more.
final class Child: @unchecked Sendable {
    // SAFETY: Process is only asked and signalled after it was started.
    private let process = Process()
    private let base = FileManager.default.temporaryDirectory.appending(path: "child-\(UUID().uuidString)").path

    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(base + ".out")
        process.standardError = try Self.file(base + ".err")
        try process.run()
    }

    deinit {
        if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
        unlink(base + ".out")
        unlink(base + ".err")
    }

    private static func file(_ path: String) throws -> FileHandle {
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else {
            throw Disappointment("\(path) cannot be written")
        }
        return file
    }

    var isRunning: Bool { process.isRunning }
    var identifier: Int32 { process.processIdentifier }
    /// Its exit code, or minus the signal that it died of.
    var status: Int32 { process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus }
    var output: String { Self.text(base + ".out") }
    var errors: String { Self.text(base + ".err") }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func signal(_ number: Int32) { Foundation.kill(process.processIdentifier, number) }

    /// - Returns: its status.
    @discardableResult
    func ended(within limit: Duration = .seconds(30)) async throws -> Int32 {
        try await eventually(within: limit, "process \(identifier) ends") { !isRunning }
        return status
    }
}
