import MeshCrypto
import Primitives

/// Who may use a connection. The Unix socket admits by peer uid; over TCP both sides prove the token (`TokenProof`).
///
///     shut ──open(agent, nonces)──► asked ──a valid proof──► admitted
///       └────────────────── the deadline for the proof ───────────────► the reception closes the connection
final class Gate {
    struct Handshake: Hashable {
        var agent: AgentID
        var agentNonce: Digest
        var nodeNonce: Digest
    }

    enum Policy {
        /// The peer's uid is the owner's: the kernel has checked what a token would prove.
        case trusted
        case token([UInt8])
    }

    let node: NodeID
    private let policy: Policy
    private var handshake: Handshake?
    /// Whether the peer has shown once that it may be here.
    private(set) var isAdmitted: Bool
    /// Called when it has.
    var onAdmission: () -> Void = {}

    init(node: NodeID, policy: Policy) {
        self.node = node
        self.policy = policy
        if case .trusted = policy { isAdmitted = true } else { isAdmitted = false }
    }

    /// Begins a handshake; an older one of this connection is forgotten.
    /// - Returns: the node's proof; empty where none is asked for.
    func open(_ handshake: Handshake) -> [UInt8] {
        self.handshake = handshake
        guard case .token(let token) = policy else { return [] }
        return proof(handshake).bytes(of: .node, token: token)
    }

    /// Whether the agent of the open handshake has proved the token. A handshake serves once.
    func admits(tokenProof: [UInt8]) -> Bool { admits(tokenProof) { $0 != AgentID(.zero) } }

    /// The same for the owner, who has no AgentID.
    func admitsOwner(tokenProof: [UInt8]) -> Bool { admits(tokenProof) { $0 == AgentID(.zero) } }

    private func admits(_ tokenProof: [UInt8], _ isMeant: (AgentID) -> Bool) -> Bool {
        let open = handshake
        handshake = nil
        guard case .token(let token) = policy else { return true }
        guard let open, isMeant(open.agent), proof(open).isValid(tokenProof, of: .agent, token: token) else {
            return false
        }
        isAdmitted = true
        onAdmission()
        return true
    }

    private func proof(_ handshake: Handshake) -> TokenProof {
        TokenProof(nodeNonce: handshake.nodeNonce, agentNonce: handshake.agentNonce, node: node, agent: handshake.agent)
    }
}
