import Foundation
import Primitives

/// What the agents were told and did, line by line, in a file that no power cut reaches: the truth to hold a node to.
///
///     C <agent> <nonce> <leaf hash> <height>    a commit's receipt came
///     Q <message>                               a message is about to be sent
///     S <message>                               the node has it on disk, or more
///     H <agent> <message> <0|1>                 a handler was called; 1: marked as redelivered
///     D <agent>                                 all that it ever sent is acknowledged
///     X <agent> <error>                         it gave up
struct Ledger: Sendable {
    struct Commit: Sendable {
        var agent: AgentID
        var nonce: UInt64
        var leafHash: Digest
        var height: UInt64
    }
    struct Call: Hashable, Sendable {
        var agent: Int
        var message: String
    }

    private(set) var commits: [Commit] = []
    private(set) var queued: Set<String> = []
    private(set) var stored: Set<String> = []
    private(set) var drained: Set<Int> = []
    private(set) var errors: [String] = []
    /// Handler calls in their order, each with its mark and whether the node had said before that the message is on disk.
    private(set) var calls: [Call: [(isRedelivered: Bool, wasStored: Bool)]] = [:]
    private(set) var lineCount = 0

    init(path: String) {
        let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in text.split(separator: "\n") { take(line.split(separator: " ")) }
    }

    private mutating func take(_ words: [Substring]) {
        lineCount += 1
        switch (words.first, words.count) {
        case ("C", 5):
            guard let agent = Digest(hex: words[1]), let nonce = UInt64(words[2]), let hash = Digest(hex: words[3])
            else { return }
            commits.append(Commit(agent: AgentID(agent), nonce: nonce, leafHash: hash, height: UInt64(words[4]) ?? 0))
        case ("Q", 2): queued.insert(String(words[1]))
        case ("S", 2): stored.insert(String(words[1]))
        case ("H", 4):
            let call = Call(agent: Int(words[1]) ?? -1, message: String(words[2]))
            calls[call, default: []].append((words[3] == "1", stored.contains(call.message)))
        case ("D", 2): drained.insert(Int(words[1]) ?? -1)
        case ("X", 3): errors.append("agent \(words[1]): \(words[2])")
        default: return
        }
    }
}

/// The writing side: each line is one write to a file opened for appending, so that it survives its writer.
final class LedgerFile: Sendable {
    private let descriptor: Int32

    init(path: String) { descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) }
    deinit { close(descriptor) }

    func write(_ words: any CustomStringConvertible...) {
        let line = Array((words.map(\.description).joined(separator: " ") + "\n").utf8)
        precondition(Foundation.write(descriptor, line, line.count) == line.count, "the ledger takes a line")
    }
}
