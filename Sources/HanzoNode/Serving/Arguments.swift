import CapnProtoRPC
import NodeCore
import Primitives

// What arrives over the wire as bytes and must be an identifier, or is refused by name.

func networkID(_ bytes: [UInt8]) throws(RPCException) -> NetworkID { NetworkID(try digest(bytes, "network")) }
func agentID(_ bytes: [UInt8]) throws(RPCException) -> AgentID { AgentID(try digest(bytes, "agent")) }

func digest(_ bytes: [UInt8], _ what: String) throws(RPCException) -> Digest {
    guard let digest = Digest(bytes) else {
        throw .failed("malformedMessage: `\(what)` has \(bytes.count) bytes; it is a 32-byte identifier")
    }
    return digest
}

func mailTier(_ raw: UInt16) throws(RPCException) -> CoreMailTier {
    guard let tier = CoreMailTier(rawValue: raw) else {
        throw .failed("malformedMessage: mail tier \(raw) is unknown; use 0 or 1")
    }
    return tier
}

extension RPCException {
    /// A refusal, as its text `code: message`; where the node can't take more, of the type that tells the caller to try later.
    init(_ refusal: Refusal) {
        switch refusal.code {
        case .overloaded, .mempoolFull, .quotaExceeded, .mailboxFull, .windowFull, .tooManyAgents, .draining, .starting:
            self = .overloaded(refusal.text)
        default: self = .failed(refusal.text)
        }
    }

    /// The shell and the core disagree about an answer: a fault of ours.
    static var wrongAnswer: RPCException { .failed("readFailed: the node answered something else; report this") }
}
