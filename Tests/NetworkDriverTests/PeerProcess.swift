import Foundation
import NetworkDriver
import Synchronization

/// A program of another implementation, for as long as a test needs it.
final class PeerProcess: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Where this file, and the peers' sources next to it, lie.
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peers")
    private static let root = folder.appending(path: "../../..").standardizedFileURL

    private let process: Mutex<Process>
    private let output: Pipe

    private init(_ program: URL, _ arguments: [String]) throws {
        let process = Process()
        output = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        self.process = Mutex(process)
    }

    /// The Python of the repository, which has pycapnp.
    static func python(_ script: String, _ arguments: String...) throws -> PeerProcess {
        let python = root.appending(path: ".build-python/bin/python3")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw Failure(description: "no \(python.path): Scripts/install-dependencies makes it")
        }
        return try PeerProcess(python, [folder.appending(path: script).path] + arguments)
    }

    /// The C++ peer, compiled against the system's libcapnp.
    static func cxx(_ arguments: String...) throws -> PeerProcess {
        try PeerProcess(URL(filePath: compiled.get()), arguments)
    }

    /// The program of this repository, which was built beside the tests.
    static func zapPeer(_ arguments: String...) throws -> PeerProcess {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return try PeerProcess(folder.appending(path: "zap-peer"), arguments)
    }

    private static let compiled = Result { try compile() }

    private static func compile() throws -> String {
        let build = root.appending(path: ".build/capnp-peer")
        try FileManager.default.createDirectory(at: build, withIntermediateDirectories: true)
        let program = build.appending(path: "peer").path
        let sources = folder.path
        let script = """
            set -e
            cd "\(build.path)"
            if [ peer -nt "\(sources)/peer.c++" ] && [ peer -nt "\(sources)/peer.capnp" ]; then exit 0; fi
            capnp compile -I/usr/include --src-prefix="\(sources)" -oc++:. "\(sources)/peer.capnp"
            g++ -std=c++17 -O1 -I. -o peer.new "\(sources)/peer.c++" peer.capnp.c++ \
                -lcapnp-rpc -lcapnp -lkj-async -lkj -lpthread
            mv peer.new peer
            """
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", script]
        try shell.run()
        shell.waitUntilExit()
        guard shell.terminationStatus == 0 else { throw Failure(description: "the C++ peer does not compile") }
        return program
    }

    /// The next line that it prints; nil at its end. Blocks.
    func line() -> String? {
        var bytes: [UInt8] = []
        while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != UInt8(ascii: "\n") {
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    /// What stands before the colons of the lines that it prints. Blocks.
    func names() -> [String] {
        var names: [String] = []
        while let line = line() { names.append(String(line.prefix { $0 != ":" })) }
        return names
    }

    /// The members of the JSON object that it prints. Blocks.
    func members() -> Set<String> {
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let object = try? JSONSerialization.jsonObject(with: data) as? [String: [String: Double]]
        return Set((object ?? [:]).keys)
    }

    /// Waits until it has ended by itself.
    /// - Returns: its exit status.
    func end() -> Int32 {
        process.withLock { process in
            process.waitUntilExit()
            return process.terminationStatus
        }
    }

    /// Ends it at once, where it has not ended by itself.
    func stop() {
        process.withLock { process in
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
    }

    deinit { stop() }
}
