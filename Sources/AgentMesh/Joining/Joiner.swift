import CapnProto
import CapnProtoRPC
import Certificates
import Identity
import MeshCrypto
import MeshSchema
import NIOCore
import NIOPosix
import NetworkDriver
import Primitives
import Settings
import ZAP

/// Registers an agent with its node: challenge, signature, registration. Stateless; every attempt begins from nothing.
///
///     find ─▶ challenge ─▶ node's token proof (TCP) ─▶ sign ─▶ register ─▶ session
///                 ▲                                               │
///                 └─────────── staleHomeEpoch, a few times ───────┘
struct Joiner: Sendable {
    let configuration: AgentConfiguration
    let identity: SecretIdentity
    let workers: NIOThreadPool

    static let maxAttemptCount = 3

    /// - Parameters:
    ///   - floor: the highest epoch that this agent has ever signed, as far as it knows.
    ///   - network: the one of an earlier joining; an agent doesn't change its network.
    ///   - persist: runs before an epoch is used, so that it is never used twice.
    ///   - inbox: made on the loop.
    func join(
        on eventLoop: any EventLoop, above floor: HomeEpoch, network: NetworkID?,
        persist: @Sendable (NetworkID, HomeEpoch) async throws(AgentError) -> HomeEpoch, inbox: Inbox.Client
    ) async throws(AgentError) -> Presence {
        let found = try await NodeFinder(configuration: configuration).find(on: eventLoop)
        do throws(AgentError) {
            guard network == nil || network == found.network else {
                throw AgentError(.wrongNetwork, "the node's network is another one now: \(found.network)")
            }
            var floor = floor
            for _ in 1..<Self.maxAttemptCount {
                do throws(AgentError) {
                    return try await register(found, floor: floor, persist, inbox)
                } catch {
                    guard error.code == .staleHomeEpoch else { throw error }
                    floor = floor.next
                }
            }
            return try await register(found, floor: floor, persist, inbox)
        } catch {
            await found.connection.close()
            throw error
        }
    }

    private func register(
        _ found: NodeFinder.Found, floor: HomeEpoch,
        _ persist: @Sendable (NetworkID, HomeEpoch) async throws(AgentError) -> HomeEpoch, _ inbox: Inbox.Client
    ) async throws(AgentError) -> Presence {
        let nonce = Machine.nonce()
        let challenge = try await challenge(found, nonce)
        guard challenge.homeEpoch < UInt64(UInt32.max), let nodeNonce = Digest(challenge.nonce) else {
            throw AgentError(.peer, "the node's challenge makes no sense")
        }
        let epoch = try await persist(found.network, max(HomeEpoch(challenge.homeEpoch), floor).next)
        guard let numbers = NonceSequence(epoch: epoch) else {
            throw AgentError(.overloaded, "this key has registered too often", remedy: "give the agent a new key")
        }
        let registration = registration(epoch, found.node, nodeNonce: nodeNonce, agentNonce: nonce)
        let leaf = CommitBatch.Leaf.Value(
            nonce: numbers.registrationNonce,
            expiryHeight: configuration.limits.expiryHeight(after: Height(challenge.height)),
            body: Transaction.Value(which: .register(registration)).framed())
        let batch = try await sign(leaf, found.network)
        let proof = TokenProof(nodeNonce: nodeNonce, agentNonce: nonce, node: found.node, agent: identity.agentID)
        let tokenProof = found.token.map { proof.bytes(of: .agent, token: $0) } ?? []
        let response = try await NodeFinder.asking { () async throws(RPCException) in
            try await found.hanzod.register { (params, list) throws(RPCException) in
                params.setNetwork(found.network.bytes)
                params.setRegistration(batch)
                params.setInbox(inbox, in: &list)
                params.setTokenProof(tokenProof)
            }
        }
        return try presence(found, epoch, response)
    }

    private func challenge(_ found: NodeFinder.Found, _ nonce: Digest) async throws(AgentError) -> ZAP.Challenge.Value {
        let params = Hanzod.Challenge.Params.Value(
            network: found.network.bytes, agent: identity.agentID.bytes, nonce: nonce.bytes)
        let challenge = try await NodeFinder.asking { () async throws(RPCException) in
            try await found.hanzod.challenge(params).value().challenge
        }
        guard let challenge, Digest(challenge.node) == found.node.digest, let nodeNonce = Digest(challenge.nonce) else {
            throw AgentError(.wrongNode, "the challenge is another node's")
        }
        if let token = found.token {
            let proof = TokenProof(nodeNonce: nodeNonce, agentNonce: nonce, node: found.node, agent: identity.agentID)
            guard proof.isValid(challenge.tokenProof, of: .node, token: token) else {
                throw AgentError(
                    .badToken, "who answers at \(found.candidate.endpoint) doesn't know the token",
                    remedy: "copy the node's token file anew; if it is the right one, this is not your node")
            }
        }
        return challenge
    }

    private func registration(
        _ epoch: HomeEpoch, _ node: NodeID, nodeNonce: Digest, agentNonce: Digest
    ) -> Registration.Value {
        Registration.Value(
            bundle: identity.bundle.schemaValue, node: node.bytes, nodeNonce: nodeNonce.bytes,
            agentNonce: agentNonce.bytes,
            homeEpoch: epoch.value, name: configuration.name, role: configuration.role.description,
            capabilities: configuration.capabilities)
    }

    private func sign(_ leaf: CommitBatch.Leaf.Value, _ network: NetworkID) async throws(AgentError)
        -> CommitBatch.Value
    {
        let identity = identity
        return try await Answer.waiting { answer in
            workers.submit { _ in
                do throws(CryptoFailure) {
                    answer.succeed(
                        try CommitLeaves.sign([leaf], network: network, agent: identity.agentID, with: identity))
                } catch {
                    answer.fail(AgentError(.signing, "the registration could not be signed: \(error)"))
                }
            }
        }
    }

    private func presence(
        _ found: NodeFinder.Found, _ epoch: HomeEpoch, _ response: Response<Hanzod.Register.Results>
    ) throws(AgentError) -> Presence {
        do {
            let session = try response.results.session(in: response.capabilities)
            let registered = try response.value().registered ?? ZAP.Registered.Value()
            return Presence(
                connection: found.connection, session: session, node: found.node, network: found.network,
                networkName: found.networkName, epoch: epoch, height: Height(registered.height),
                waitingMail: Int(registered.mailboxCount), address: found.candidate.endpoint.description)
        } catch {
            throw AgentError(.peer, "the node's answer to the registration makes no sense: \(error)")
        }
    }
}
