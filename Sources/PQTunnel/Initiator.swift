public import Identity
public import MeshCrypto
public import Primitives

/// Who the initiator wants to reach.
public enum ExpectedPeer: Hashable, Sendable {
    /// The bundle with this digest; with it at hand the responder needs not send it.
    case node(NodeID)
    case bundle(PublicBundle)
    /// Whoever answers. The caller shows the NodeID to a person before anything else happens; never for validators or state sync.
    case anybody

    var id: NodeID? {
        switch self {
        case .node(let id): id
        case .bundle(let bundle): bundle.nodeID
        case .anybody: nil
        }
    }
}

/// The side that opens a tunnel.
///
///     init ──hello──► waiting ──retry──► waiting (once) ──response──► finish, and the tunnel is there
///
/// A failure ends it: close the carrier.
public struct TunnelInitiator: ~Copyable, Sendable {
    private let identity: SecretIdentity
    private let expected: ExpectedPeer
    private let binding: CarrierBinding
    private let payload: [UInt8]
    private let sendsBundle: Bool
    private let limits: TunnelLimits
    private let key: XWing.PrivateKey
    private var hello: Hello
    private var hasRetried = false
    /// Until then the response must have come.
    public let deadline: Instant

    /// - Parameters:
    ///   - payload: at most 8 192 bytes that only the verified responder reads.
    ///   - sendsBundle: false where the responder is believed to have this node's bundle.
    ///   - seed: 32 bytes of entropy for this handshake alone.
    ///   - nonce: 32 more.
    public init(
        _ identity: SecretIdentity, to expected: ExpectedPeer, over binding: CarrierBinding, payload: [UInt8] = [],
        sendsBundle: Bool = true, seed: consuming Secret, nonce: Digest, limits: TunnelLimits = TunnelLimits(), at now: Instant
    ) throws(TunnelFailure) {
        guard payload.count <= TunnelLimits.maxPayloadByteCount else {
            throw .malformed(.tooLarge(offset: 0, limit: TunnelLimits.maxPayloadByteCount))
        }
        let key: XWing.PrivateKey
        do { key = try XWing.PrivateKey(seed: seed) } catch { throw .cryptography }
        (self.identity, self.expected, self.binding, self.payload) = (identity, expected, binding, payload)
        self.sendsBundle = sendsBundle
        self.limits = limits
        var holdsBundle = false
        if case .bundle = expected { holdsBundle = true }
        hello = Hello(
            suites: TunnelSuite.allCases.map(\.rawValue), nonce: nonce, publicKey: key.publicKey, holdsBundle: holdsBundle)
        self.key = key
        deadline = now + limits.handshakePatience
    }

    /// The first message, and after a retry the message to send again.
    public var helloMessage: [UInt8] { hello.bytes }

    /// What a message of the responder leads to.
    public enum Step: ~Copyable, Sendable {
        /// Send `helloMessage` again.
        case retry
        /// Send these bytes; the tunnel is there.
        case established(finish: [UInt8], Tunnel)
    }

    /// - Parameter now: on the clock of `init`.
    public mutating func receive(
        _ message: ArraySlice<UInt8>, verifier: some Verifier, at now: Instant
    ) throws(TunnelFailure) -> Step {
        guard now <= deadline else { throw .timedOut }
        if message.first == MessageKind.retry {
            let cookie = try Retry.cookie(message)
            guard !hasRetried else { throw .unexpectedMessage(MessageKind.retry) }
            hasRetried = true
            hello.cookie = cookie
            return .retry
        }
        return try finish(try Response(message), verifier, now)
    }

    private func finish(_ response: Response, _ verifier: some Verifier, _ now: Instant) throws(TunnelFailure) -> Step {
        guard let suite = TunnelSuite(rawValue: response.suite), hello.suites.contains(response.suite) else {
            throw .noCommonSuite
        }
        var transcript = Transcript(binding)
        transcript.add(hello.bytes)
        transcript.add(response.clearBytes)
        let agreed: Secret
        do { agreed = try key.decapsulate(response.ciphertext) } catch { throw .cryptography }
        let secrets = HandshakeSecrets(agreed, binding: binding, transcript: transcript.digest)
        let proof = try IdentityProof.open(response.sealed[...], .responder, secrets, transcript.digest)
        let peer = try bundle(of: proof)
        try proof.verify(
            .responder, transcript: transcript.digest, bundle: peer, verifier: verifier, macKey: secrets.macKey(.responder))
        transcript.add(response.sealed)
        // The responder is who it should be: now it may know who asks.
        let own = try IdentityProof.make(
            .initiator, transcript: transcript.digest, bundle: identity.bundle, whole: sendsBundle, payload: payload,
            signer: identity, macKey: secrets.macKey(.initiator))
        let finish = [MessageKind.finish] + (try own.seal(.initiator, secrets, transcript.digest))
        transcript.add(finish)
        let tunnel = Tunnel(
            .initiator, suite, peer: peer, peerPayload: proof.payload, ownBundle: identity.bundle,
            secrets: secrets.epochZero(transcript.digest), limits: limits, at: now)
        return .established(finish: finish, tunnel)
    }

    /// The keys that the responder's claim means, where it is the one that was asked for.
    private func bundle(of proof: IdentityProof) throws(TunnelFailure) -> PublicBundle {
        let claimed = NodeID(proof.claim.digest)
        guard expected.id == nil || expected.id == claimed else { throw .wrongPeer(claimed) }
        guard claimed != identity.nodeID else { throw .isSelf }
        switch (proof.claim, expected) {
        case (.bundle(let bundle), _): return bundle
        case (.digest, .bundle(let known)): return known
        case (.digest, _): throw .wrongPeer(claimed)
        }
    }
}

extension IdentityProof {
    /// Sealed under nonce zero: each of the two keys seals once.
    func seal(
        _ role: TunnelRole, _ secrets: borrowing HandshakeSecrets, _ transcript: Digest
    ) throws(TunnelFailure) -> [UInt8] {
        var output: [UInt8] = []
        let key = secrets.sealingKey(role)
        do { try key.seal(bytes, nonce: Self.nonce, authenticating: transcript.bytes, into: &output) } catch {
            throw .cryptography
        }
        return output
    }

    static func open(
        _ sealed: ArraySlice<UInt8>, _ role: TunnelRole, _ secrets: borrowing HandshakeSecrets, _ transcript: Digest
    ) throws(TunnelFailure) -> IdentityProof {
        let key = secrets.sealingKey(role)
        let bytes: [UInt8]
        do { bytes = try key.open(sealed, nonce: nonce, authenticating: transcript.bytes) } catch { throw .notAuthentic }
        do { return try IdentityProof(bytes) } catch { throw .malformed(error) }
    }

    private static let nonce = [UInt8](repeating: 0, count: AES256GCM.nonceByteCount)
}
