import CapnProtoRPC
import NetworkDriver
import Primitives
import ZAP

/// What a joining has brought about: an agent's session with its node.
struct Presence: Sendable {
    let connection: RPCConnection
    let session: AgentSession.Client
    let node: NodeID
    let network: NetworkID
    let networkName: String
    let epoch: HomeEpoch
    let height: Height
    let waitingMail: Int
    /// Where the node was found.
    let address: String
}
