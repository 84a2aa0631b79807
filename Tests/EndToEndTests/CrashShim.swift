import Foundation

/// The power cut for one process (CrashShim/crash-shim.c), compiled once per run, with its settings for one victim.
struct CrashShim {
    enum Mode: String { case tear, discard }

    /// Only files below this folder lose bytes.
    var root: String
    var seed = 1
    var mode = Mode.tear
    /// Whether creations and renames that no sync of their folder covered are lost too.
    var tracksNames = true
    /// Turns every sync into nothing: what relies on them must then fail.
    var ignoresSync = false
    /// The power goes before each tracked call with this chance.
    var oneIn: Int?
    var at: Int?
    var log: String?

    /// Sent to a process that runs under the shim, this cuts its power: it dies of SIGKILL.
    static let signal: Int32 = 40

    /// What the victim's environment needs.
    var environment: [String: String] {
        var values = [
            "LD_PRELOAD": Self.library, "CRASH_SHIM_ROOT": root, "CRASH_SHIM_SEED": String(seed),
            "CRASH_SHIM_MODE": mode.rawValue, "CRASH_SHIM_NAMES": tracksNames ? "1" : "0",
            "CRASH_SHIM_IGNORE_SYNC": ignoresSync ? "1" : "0",
        ]
        values["CRASH_SHIM_ONE_IN"] = oneIn.map { String($0) }
        values["CRASH_SHIM_AT"] = at.map { String($0) }
        values["CRASH_SHIM_LOG"] = log
        return values
    }

    static let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "CrashShim").path
    /// The library, and the small program that proves it.
    static let library = compile("crash-shim.c", ["-shared", "-fPIC", "-pthread"])
    static let probe = compile("probe.c", [])

    private static func compile(_ source: String, _ flags: [String]) -> String {
        let output = FileManager.default.temporaryDirectory.appending(path: "\(source)-\(getpid()).so").path
        let arguments = ["-O2", "-Wall", "-Wextra", "-Werror", "-o", output, "\(sources)/\(source)"]
        let status = run("/usr/bin/gcc", flags + arguments)
        precondition(status == 0, "gcc compiles \(source)")
        return output
    }

    /// Runs a program to its end.
    /// - Returns: its exit code, or minus the signal that it died of.
    static func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            return -1000
        }
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }
}

/// A temporary folder that goes with the value.
final class CrashFolder: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appending(path: "crash-\(UUID().uuidString)").path
        mkdir(path, 0o700)
        mkdir(path + "/root", 0o700)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Below the shim's root.
    var root: String { path + "/root" }
    /// Beside it: what is written here survives.
    var acknowledged: String { path + "/acknowledged" }

    /// The last number that the victim acknowledged.
    var acknowledgedCount: UInt64 {
        guard let bytes = FileManager.default.contents(atPath: acknowledged), !bytes.isEmpty else { return 0 }
        return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    func bytes(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: root + "/" + name).map { [UInt8]($0) } }
    var log: String { FileManager.default.contents(atPath: path + "/log").map { String(decoding: $0, as: UTF8.self) } ?? "" }
}
