import MeshCrypto
import Primitives

/// Who may use a connection. The Unix socket admits by peer uid; TCP asks both sides to prove the token, which is never sent:
///
///     proof = HMAC-SHA256(token, role ‖ node nonce ‖ agent nonce ‖ NodeID ‖ AgentID)       role = "node" | "agent"
///
/// For the owner's view over TCP the AgentID is zeros, so that an agent's proof opens nothing else. docs/protocols/zap.md has the bytes.
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

    init(node: NodeID, policy: Policy) {
        self.node = node
        self.policy = policy
    }

    /// Begins a handshake; an older one of this connection is forgotten.
    /// - Returns: the node's proof; empty where none is asked for.
    func open(_ handshake: Handshake) -> [UInt8] {
        self.handshake = handshake
        guard case .token(let token) = policy else { return [] }
        return Self.proof(.node, token, handshake, node)
    }

    /// Whether the agent of the open handshake has proved the token. A handshake serves once.
    func admits(tokenProof: [UInt8]) -> Bool {
        let open = handshake
        handshake = nil
        guard case .token(let token) = policy else { return true }
        guard let open, open.agent != AgentID(.zero) else { return false }
        return equalInConstantTime(Self.proof(.agent, token, open, node), tokenProof)
    }

    func admitsOwner(tokenProof: [UInt8]) -> Bool {
        let open = handshake
        handshake = nil
        guard case .token(let token) = policy else { return true }
        guard let open, open.agent == AgentID(.zero) else { return false }
        return equalInConstantTime(Self.proof(.agent, token, open, node), tokenProof)
    }

    enum Role: String { case node, agent }

    static func proof(_ role: Role, _ token: [UInt8], _ handshake: Handshake, _ node: NodeID) -> [UInt8] {
        let message = Array(role.rawValue.utf8) + handshake.nodeNonce.bytes + handshake.agentNonce.bytes + node.bytes + handshake.agent.bytes
        return HMACSHA256.authenticate(message, key: token)
    }
}
