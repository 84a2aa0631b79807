public import Primitives

/// What happens to an agent, for whoever watches it.
public enum AgentEvent: Sendable, Hashable {
    /// It is registered, anew or again.
    case joined(
        node: NodeID, network: NetworkID, homeEpoch: HomeEpoch, height: Height, waitingMail: Int, agent: AgentID)
    /// The connection ended; the agent tries to join again after this long.
    case disconnected(reason: String, retryIn: Interval)
    /// A message was refused because it isn't what it pretends to be.
    case refusedMessage(reason: String)
    /// A later tier of something that this agent has sent.
    case receipt(MailReceipt)
    /// The same key has registered elsewhere with this epoch. The agent is over.
    case fenced(homeEpoch: HomeEpoch)
    /// The agent is over.
    case ended(AgentError)
}
