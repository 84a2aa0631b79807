public import Identity
public import MeshCrypto
public import Primitives

/// The side that a tunnel is opened to. A `HelloGate` stands before it.
///
///     init ──hello──► response ──finish──► established
///                                   └────► waiting for the bundle ──record──► established
///
/// A failure ends it: close the carrier, and say nothing.
public struct TunnelResponder: ~Copyable, Sendable {
    private enum State: ~Copyable {
        /// Can transition to: greeted.
        case idle
        /// The response is out. Can transition to: waiting, done.
        case greeted(HandshakeSecrets, Transcript, TunnelSuite)
        /// The initiator named a bundle that nobody here knows. Can transition to: done.
        case waiting(Waiting)
        case done
    }

    /// The tunnel as it will be, and what came before its time.
    private struct Waiting: ~Copyable {
        var tunnel: Tunnel
        let proof: IdentityProof
        let transcript: Digest
        let macKey: Secret
        var early: [[UInt8]] = []
        var earlyByteCount = 0
    }

    private let identity: SecretIdentity
    private let binding: CarrierBinding
    private let payload: [UInt8]
    private let nonce: Digest
    private let limits: TunnelLimits
    private var state = State.idle
    /// Until then the initiator must have proven who it is.
    public let deadline: Instant

    /// - Parameters:
    ///   - payload: at most 8 192 bytes, which whoever opened the connection reads: nothing secret.
    ///   - nonce: 32 bytes of entropy for this handshake alone.
    public init(
        _ identity: SecretIdentity, over binding: CarrierBinding, payload: [UInt8] = [], nonce: Digest,
        limits: TunnelLimits = TunnelLimits(), at now: Instant
    ) throws(TunnelFailure) {
        guard payload.count <= TunnelLimits.maxPayloadByteCount else {
            throw .malformed(.tooLarge(offset: 0, limit: TunnelLimits.maxPayloadByteCount))
        }
        (self.identity, self.binding, self.payload, self.nonce) = (identity, binding, payload, nonce)
        self.limits = limits
        deadline = now + limits.handshakePatience
    }

    /// What a message of the initiator leads to.
    public enum Step: ~Copyable, Sendable {
        case send([UInt8])
        /// Nothing yet.
        case wait
        /// The initiator is `tunnel.peer`. Records that came early are to be opened first, in this order.
        case established(Tunnel, early: [[UInt8]])
    }

    /// - Parameter known: a bundle that this node has seen before.
    public mutating func receive(
        _ message: ArraySlice<UInt8>, verifier: some Verifier, at now: Instant, known: (NodeID) -> PublicBundle?
    ) throws(TunnelFailure) -> Step {
        guard now <= deadline else { throw .timedOut }
        var taken = State.done
        swap(&taken, &state)
        switch consume taken {
        case .idle: return try greet(try Hello(message))
        case .greeted(let secrets, let transcript, let suite):
            return try finish(message, secrets, transcript, suite, verifier, now, known)
        case .waiting(let waiting): return try hear(message, waiting, verifier, now)
        case .done: throw .unexpectedMessage(message.first ?? 0)
        }
    }

    private mutating func greet(_ hello: Hello) throws(TunnelFailure) -> Step {
        guard let suite = TunnelSuite.allCases.first(where: { hello.suites.contains($0.rawValue) }) else {
            throw .noCommonSuite
        }
        let agreed: XWing.Encapsulation
        do { agreed = try XWing.encapsulate(to: hello.publicKey) } catch { throw .badKeys }
        var response = Response(suite: suite, nonce: nonce, ciphertext: agreed.ciphertext)
        var transcript = Transcript(binding)
        transcript.add(hello.bytes)
        transcript.add(response.clearBytes)
        let secrets = HandshakeSecrets(agreed.secret, binding: binding, transcript: transcript.digest)
        let proof = try IdentityProof.make(
            .responder, transcript: transcript.digest, bundle: identity.bundle, whole: !hello.holdsBundle, payload: payload,
            signer: identity, macKey: secrets.macKey(.responder))
        response.sealed = try proof.seal(.responder, secrets, transcript.digest)
        transcript.add(response.sealed)
        state = .greeted(secrets, transcript, suite)
        return .send(response.clearBytes + response.sealed)
    }

    private mutating func finish(
        _ message: ArraySlice<UInt8>, _ secrets: consuming HandshakeSecrets, _ spoken: Transcript, _ suite: TunnelSuite,
        _ verifier: some Verifier, _ now: Instant, _ known: (NodeID) -> PublicBundle?
    ) throws(TunnelFailure) -> Step {
        let sealed = try decoding(message, kind: MessageKind.finish) { (reader: inout ByteReader) throws(DecodingFailure) in
            try reader.readRaw(reader.remaining)
        }
        let proof = try IdentityProof.open(sealed, .initiator, secrets, spoken.digest)
        let id = NodeID(proof.claim.digest)
        guard id != identity.nodeID else { throw .isSelf }
        var transcript = spoken
        transcript.add(message)
        let epoch = secrets.epochZero(transcript.digest)
        let macKey = secrets.macKey(.initiator)
        let bundle: PublicBundle
        switch proof.claim {
        case .bundle(let whole): bundle = whole
        case .digest:
            guard let found = known(id), found.nodeID == id else {
                var tunnel = Tunnel(
                    .responder, suite, peer: nil, peerPayload: [], ownBundle: identity.bundle, secrets: epoch, limits: limits,
                    at: now)
                let question = try tunnel.askForBundle()
                state = .waiting(Waiting(tunnel: tunnel, proof: proof, transcript: spoken.digest, macKey: macKey))
                return .send(question)
            }
            bundle = found
        }
        try proof.verify(.initiator, transcript: spoken.digest, bundle: bundle, verifier: verifier, macKey: macKey)
        return .established(
            Tunnel(
                .responder, suite, peer: bundle, peerPayload: proof.payload, ownBundle: identity.bundle, secrets: epoch,
                limits: limits, at: now), early: [])
    }

    /// Nothing but the bundle is opened before it is there.
    private mutating func hear(
        _ message: ArraySlice<UInt8>, _ heard: consuming Waiting, _ verifier: some Verifier, _ now: Instant
    ) throws(TunnelFailure) -> Step {
        var waiting = heard
        guard let bytes = try waiting.tunnel.openBundle(message, at: now) else {
            waiting.earlyByteCount += message.count
            guard waiting.earlyByteCount <= TunnelLimits.maxUnverifiedByteCount else { throw .tooMuchUnverified }
            waiting.early.append(Array(message))
            state = .waiting(waiting)
            return .wait
        }
        guard let bundle = PublicBundle(canonicalBytes: bytes), bundle.digest == waiting.proof.claim.digest else {
            throw .wrongPeer(NodeID(waiting.proof.claim.digest))
        }
        try waiting.proof.verify(
            .initiator, transcript: waiting.transcript, bundle: bundle, verifier: verifier, macKey: waiting.macKey)
        var tunnel = waiting.tunnel
        tunnel.verified(bundle, payload: waiting.proof.payload)
        return .established(tunnel, early: waiting.early)
    }
}
