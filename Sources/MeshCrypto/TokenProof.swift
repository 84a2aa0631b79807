public import Primitives

/// How both sides of a TCP connection show that they know the node's token, which is never sent:
///
///     proof = HMAC-SHA256(token, role ‖ node nonce (32) ‖ agent nonce (32) ‖ NodeID (32) ‖ AgentID (32))
///
/// `role` is the ASCII text of the side that proves: `node` or `agent` (docs/protocols/zap.md). For the owner's view the AgentID
/// is zeros, so that an agent's proof opens nothing else.
public struct TokenProof: Hashable, Sendable {
    public enum Role: String, Sendable { case node, agent }

    public var nodeNonce: Digest
    public var agentNonce: Digest
    public var node: NodeID
    public var agent: AgentID

    public init(nodeNonce: Digest, agentNonce: Digest, node: NodeID, agent: AgentID) {
        self.nodeNonce = nodeNonce
        self.agentNonce = agentNonce
        self.node = node
        self.agent = agent
    }

    public func bytes(of role: Role, token: [UInt8]) -> [UInt8] { HMACSHA256.authenticate(message(role), key: token) }

    /// In constant time.
    public func isValid(_ proof: [UInt8], of role: Role, token: [UInt8]) -> Bool {
        HMACSHA256.isValid(proof, for: message(role), key: token)
    }

    private func message(_ role: Role) -> [UInt8] {
        Array(role.rawValue.utf8) + nodeNonce.bytes + agentNonce.bytes + node.bytes + agent.bytes
    }
}
