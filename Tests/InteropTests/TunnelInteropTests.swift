import Foundation
import Identity
import MeshCrypto
import PQTunnel
import Primitives
import Testing

/// Our tunnel against `Judges/tunnel-peer.py`, which was written from docs/protocols/tunnel.md over Python's `cryptography` and shares no
/// line with it, in both roles, over both carriers' bindings.
@Suite("Tunnel of another implementation", .serialized)
struct TunnelInteropTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
    private static let ours = identity(1), theirs = 2 as UInt8
    private static let verifier = SignatureVerifier()

    private static func seeds(_ number: UInt8) -> [UInt8] { (0..<160).map { UInt8(truncatingIfNeeded: $0 &* 7) ^ number } }
    private static func identity(_ number: UInt8) -> SecretIdentity {
        do { return try SecretIdentity(kind: .node, name: "", seeds: Secret(copying: seeds(number))) } catch {
            fatalError("keys from any seeds: \(error)")
        }
    }
    private static func entropy() -> [UInt8] { (0..<32).map { _ in .random(in: 0...255) } }
    private static var now: Instant { Instant(nanoseconds: DispatchTime.now().uptimeNanoseconds) }

    /// The other program, message by message.
    private final class Peer {
        private let process = Process()
        private let (input, output, errors) = (Pipe(), Pipe(), Pipe())

        init(_ role: String, expects: String, binding: [UInt8], _ more: String...) throws {
            process.executableURL = repository.appending(path: ".build-python/bin/python3")
            process.arguments =
                [repository.appending(path: "Tests/InteropTests/Judges/tunnel-peer.py").path, role, Hex.encode(seeds(theirs)), expects, Hex.encode(binding)]
                + more
            process.standardInput = input
            process.standardOutput = output
            process.standardError = errors
            try process.run()
        }

        deinit { if process.isRunning { process.terminate() } }

        func write(_ bytes: [UInt8]) throws { try input.fileHandleForWriting.write(contentsOf: Data(bytes)) }

        func send(_ message: [UInt8]) throws {
            try write((0..<4).map { UInt8(truncatingIfNeeded: message.count >> ($0 * 8)) } + message)
        }

        func receive() throws -> [UInt8] {
            let count = try read(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            return try read(count)
        }

        private func read(_ count: Int) throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count {
                guard let more = try output.fileHandleForReading.read(upToCount: count - bytes.count), !more.isEmpty else {
                    throw Gone(said: said())
                }
                bytes += more
            }
            return bytes
        }

        /// All of its standard error, once it has ended.
        func said() -> String {
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return text
        }
    }
    private struct Gone: Error { var said: String }

    private static let bindings: [CarrierBinding] = [
        .direct,
        .link(id: ours.bundle.identityHash, exporter: [UInt8](repeating: 6, count: 32)),
    ]
    private static func bytes(_ binding: CarrierBinding) -> [UInt8] {
        switch binding {
        case .direct: [0]
        case .link(let id, let exporter): [1] + id.bytes + exporter
        }
    }

    @Test("we open a tunnel to it, rekey, and speak in both epochs", arguments: bindings) func opening(binding: CarrierBinding) throws {
        let other = Self.identity(Self.theirs)
        let peer = try Peer("responder", expects: "-", binding: Self.bytes(binding))
        var initiator = try TunnelInitiator(
            Self.ours, to: .node(other.nodeID), over: binding, payload: Array("swift asks".utf8),
            seed: Secret(copying: Self.entropy()), nonce: sha256(Self.entropy()), at: Self.now)
        try peer.send(initiator.helloMessage)
        let step = try initiator.receive(try peer.receive()[...], verifier: Self.verifier, at: Self.now)
        switch consume step {
        case .retry: Issue.record("it is under no load")
        case .established(let finish, var tunnel):
            try peer.send(finish)
            #expect(tunnel.peer == other.bundle && tunnel.peerPayload == Array("python answers".utf8))
            try Self.talk(peer, &tunnel)
            try peer.send(try tunnel.rekey(seed: Secret(copying: Self.entropy()), at: Self.now))
            guard case .control(let reply) = try tunnel.open(try peer.receive()[...], at: Self.now) else { return #expect(Bool(false)) }
            try peer.send(reply)
            #expect(tunnel.status(at: Self.now).epoch == 1)
            try Self.talk(peer, &tunnel)
            try peer.send(try tunnel.close())
        }
        #expect(peer.said() == "peer \(Self.ours.nodeID) swift asks\nepoch 1\n")
    }

    @Test("it opens a tunnel to us, after a retry, and rekeys", arguments: bindings, [false, true])
    func accepting(binding: CarrierBinding, known: Bool) throws {
        let other = Self.identity(Self.theirs)
        let peer = try Peer("initiator", expects: "\(Self.ours.nodeID)", binding: Self.bytes(binding), known ? "known" : "new")
        if known { try peer.write(Self.ours.bundle.canonicalBytes) }
        var gate = HelloGate(seed: Secret(copying: Self.entropy()), threshold: 0)
        guard case .retry(let retry) = try gate.judge(try peer.receive()[...], from: [1], halfOpenCount: 0, at: Self.now) else {
            return #expect(Bool(false))
        }
        try peer.send(retry)
        let hello = try peer.receive()
        #expect(try gate.judge(hello[...], from: [1], halfOpenCount: 0, at: Self.now) == .proceed)
        var responder = try TunnelResponder(
            Self.ours, over: binding, payload: Array("swift answers".utf8), nonce: sha256(Self.entropy()), at: Self.now)
        var message = hello
        while true {
            let step = try responder.receive(message[...], verifier: Self.verifier, at: Self.now, known: { _ in nil })
            switch consume step {
            case .send(let reply): try peer.send(reply)
            case .wait: break
            case .established(var tunnel, let early):
                #expect(tunnel.peer == other.bundle && tunnel.peerPayload == Array("python asks".utf8))
                // Its rekey: it came early where its bundle had to be asked for.
                let question = try early.first ?? peer.receive()
                guard case .control(let answer) = try tunnel.open(question[...], at: Self.now) else { return #expect(Bool(false)) }
                try peer.send(answer)
                #expect(try tunnel.open(try peer.receive()[...], at: Self.now) == .control(reply: []))
                #expect(tunnel.status(at: Self.now).epoch == 1)
                try Self.talk(peer, &tunnel)
                try peer.send(try tunnel.close())
                #expect(peer.said() == "peer \(Self.ours.nodeID) swift answers\nepoch 1\n")
                return
            }
            message = try peer.receive()
        }
    }

    private static func talk(_ peer: Peer, _ tunnel: inout Tunnel) throws {
        for text in ["a", "some words", String(repeating: "long ", count: 10_000)] {
            var record: [UInt8] = []
            try tunnel.seal(Array(text.utf8), into: &record)
            try peer.send(record)
            #expect(try tunnel.open(try peer.receive()[...], at: now) == .data(Array(text.uppercased().utf8)))
        }
    }
}
