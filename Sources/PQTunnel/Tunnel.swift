public import Identity
import MeshCrypto
public import Primitives

/// A tunnel after its handshake: seals what this side says, opens what the other says, and changes keys on the way.
///
/// Records may be lost, repeated and reordered by the carrier; what is above numbers its bytes and repeats them. Who calls: seal and
/// open as often as wanted; `expire` and, on the initiator's side, `rekey` when `nextDeadline` has come or `needsRekey` says so.
public struct Tunnel: ~Copyable, Sendable {
    /// What a record held.
    public enum Opened: Hashable, Sendable {
        case data([UInt8])
        /// It was about the tunnel itself; send these bytes, if any.
        case control(reply: [UInt8])
        /// The other side has closed the tunnel, on purpose.
        case closed
    }

    /// What people are shown.
    public struct Status: Hashable, Sendable {
        public var cipherSuite: String
        public var isPQSecure: Bool
        public var hasPerfectForwardSecrecy: Bool
        public var epoch: UInt32
        public var epochAge: Interval
        public var sealedRecordCount: UInt64
        public var openedRecordCount: UInt64
    }

    /// The first byte of a record's content.
    enum Content {
        static let data: UInt8 = 0
        static let rekey: UInt8 = 1
        static let rekeyAnswer: UInt8 = 2
        static let rekeyed: UInt8 = 3
        static let rekeyWanted: UInt8 = 4
        static let bundleNeeded: UInt8 = 5
        static let bundle: UInt8 = 6
        static let close: UInt8 = 7
    }

    /// A rekey that the responder has answered: its keys serve from the initiator's first record on.
    struct Answered: ~Copyable, Sendable {
        let publicKey: [UInt8]
        let ciphertext: [UInt8]
        var opening: OpeningEpoch
        var sealing: SealingEpoch
        var rekey: Secret
    }

    let role: TunnelRole
    let suite: TunnelSuite
    let limits: TunnelLimits
    private let ownBundle: PublicBundle
    private var peerBundle: PublicBundle?
    /// What the other side said with its identity.
    public private(set) var peerPayload: [UInt8]

    var sealing: SealingEpoch
    var opening: OpeningEpoch
    /// The epoch before, until its lifetime is over.
    var previous: OpeningEpoch?
    var previousEnds: Instant?
    var rekeySecret: Secret
    /// The key of a rekey that the initiator has asked for, and when it asks again.
    var asked: XWing.PrivateKey?
    var askedUntil: Instant?
    var answered: Answered?
    var isRekeyWanted = false
    var epochBegan: Instant
    private var isClosed = false
    private var sealedBefore: UInt64 = 0
    private var openedBefore: UInt64 = 0

    init(
        _ role: TunnelRole, _ suite: TunnelSuite, peer: PublicBundle?, peerPayload: [UInt8], ownBundle: PublicBundle,
        secrets: consuming EpochSecrets, limits: TunnelLimits, at now: Instant
    ) {
        (self.role, self.suite, peerBundle, self.peerPayload) = (role, suite, peer, peerPayload)
        (self.ownBundle, self.limits) = (ownBundle, limits)
        if role == .initiator {
            sealing = SealingEpoch(0, secrets.initiator)
            opening = OpeningEpoch(0, secrets.responder)
        } else {
            sealing = SealingEpoch(0, secrets.responder)
            opening = OpeningEpoch(0, secrets.initiator)
        }
        rekeySecret = secrets.rekey
        epochBegan = now
    }

    /// Whom this side speaks to, proven.
    public var peer: PublicBundle {
        guard let peerBundle else { preconditionFailure("a tunnel is handed out when its peer is verified") }
        return peerBundle
    }

    /// Of two tunnels between two nodes the one that the smaller NodeID has opened stays.
    public var isPreferred: Bool {
        let (own, other) = (ownBundle.digest.bytes, peer.digest.bytes)
        return (role == .initiator) == own.lexicographicallyPrecedes(other)
    }

    public func status(at now: Instant) -> Status {
        Status(
            cipherSuite: suite.name, isPQSecure: true, hasPerfectForwardSecrecy: true, epoch: sealing.number,
            epochAge: now - epochBegan, sealedRecordCount: sealedBefore + sealing.recordCount,
            openedRecordCount: openedBefore + opening.recordCount)
    }

    // MARK: Records

    /// Appends one record with `data` to `output`.
    /// - Throws: `exhausted` where the epoch's key may seal no more and no rekey has come.
    public mutating func seal(_ data: some Collection<UInt8>, into output: inout [UInt8]) throws(TunnelFailure) {
        guard !isClosed else { throw .closed }
        guard data.count <= TunnelLimits.maxContentByteCount else {
            throw .malformed(.tooLarge(offset: 0, limit: TunnelLimits.maxContentByteCount))
        }
        guard sealing.recordCount < limits.recordsPerEpoch &+ limits.grace,
            sealing.byteCount < limits.bytesPerEpoch &+ limits.grace
        else { throw .exhausted }
        if role == .responder, isSpent, !isRekeyWanted {
            isRekeyWanted = true
            try seal(control: Content.rekeyWanted, into: &output)
        }
        try seal(control: Content.data, data, into: &output)
    }

    /// Opens one record. What is not authentic, or was read before, throws and changes nothing: a carrier that orders its bytes is
    /// closed then, a link drops the packet.
    public mutating func open(_ record: ArraySlice<UInt8>, at now: Instant) throws(TunnelFailure) -> Opened {
        guard !isClosed else { throw .closed }
        var content = try openContent(record, at: now)
        guard let kind = content.first else { throw .malformed(.truncated(offset: RecordFormat.headerByteCount)) }
        if kind == Content.data {
            content.removeFirst()
            return .data(content)
        }
        return try take(control: kind, content.dropFirst(), at: now)
    }

    /// The last record of this side.
    public mutating func close() throws(TunnelFailure) -> [UInt8] {
        guard !isClosed else { throw .closed }
        var output: [UInt8] = []
        try seal(control: Content.close, into: &output)
        isClosed = true
        return output
    }

    mutating func seal(
        control kind: UInt8, _ body: some Collection<UInt8> = [], into output: inout [UInt8]
    ) throws(TunnelFailure) {
        var content: [UInt8] = []
        content.reserveCapacity(1 + body.count)
        content.append(kind)
        content.append(contentsOf: body)
        try sealing.seal(content, into: &output)
    }

    private func header(_ record: ArraySlice<UInt8>) throws(TunnelFailure) -> (epoch: UInt8, counter: UInt64) {
        guard record.count >= RecordFormat.overhead else { throw .malformed(.truncated(offset: record.count)) }
        guard record.count <= TunnelLimits.maxContentByteCount + RecordFormat.overhead else {
            throw .malformed(.tooLarge(offset: 0, limit: TunnelLimits.maxContentByteCount))
        }
        guard record[record.startIndex] == RecordFormat.version else {
            throw .unexpectedMessage(record[record.startIndex])
        }
        var counter: UInt64 = 0
        for byte in record[(record.startIndex + 2)..<(record.startIndex + RecordFormat.headerByteCount)] {
            counter = counter << 8 | UInt64(byte)
        }
        return (record[record.startIndex + 1], counter)
    }

    private mutating func openContent(_ record: ArraySlice<UInt8>, at now: Instant) throws(TunnelFailure) -> [UInt8] {
        let (epoch, counter) = try header(record)
        expire(at: now)
        if epoch == opening.low { return try opening.open(record, counter: counter) }
        if epoch == previous?.low, let content = try previous?.open(record, counter: counter) { return content }
        if epoch == answered?.opening.low, let content = try answered?.opening.open(record, counter: counter) {
            // The initiator has the keys, so they serve.
            if let next = answered.take() { promote(next.opening, next.sealing, next.rekey, at: now) }
            return content
        }
        throw .unknownEpoch
    }

    private mutating func take(
        control kind: UInt8, _ body: ArraySlice<UInt8>, at now: Instant
    ) throws(TunnelFailure) -> Opened {
        switch (kind, role) {
        case (Content.rekey, .responder): return .control(reply: try answer(body))
        case (Content.rekeyAnswer, .initiator): return .control(reply: try conclude(body, at: now))
        case (Content.rekeyed, .responder): return .control(reply: [])
        case (Content.rekeyWanted, .initiator):
            isRekeyWanted = true
            return .control(reply: [])
        case (Content.bundleNeeded, .initiator):
            var reply: [UInt8] = []
            try seal(control: Content.bundle, ownBundle.canonicalBytes, into: &reply)
            return .control(reply: reply)
        // The initiator answers each question; a second answer says nothing new.
        case (Content.bundle, .responder): return .control(reply: [])
        case (Content.close, _):
            isClosed = true
            return .closed
        default: throw .malformed(.malformed("record content", offset: RecordFormat.headerByteCount))
        }
    }

    // MARK: Epochs

    /// Whether either direction has used up what its key is for.
    var isSpent: Bool {
        max(sealing.recordCount, opening.recordCount) >= limits.recordsPerEpoch
            || max(sealing.byteCount, opening.byteCount) >= limits.bytesPerEpoch
    }

    /// From here on only the new keys seal; records of the old epoch are read for a while.
    mutating func promote(
        _ newOpening: consuming OpeningEpoch, _ newSealing: consuming SealingEpoch, _ rekey: consuming Secret, at now: Instant
    ) {
        sealedBefore += sealing.recordCount
        openedBefore += opening.recordCount
        var old = newOpening
        swap(&old, &opening)
        previous = consume old
        previousEnds = now + limits.oldEpochLifetime
        sealing = newSealing
        rekeySecret = rekey
        epochBegan = now
        isRekeyWanted = false
    }

    /// Erases keys whose time is over.
    public mutating func expire(at now: Instant) {
        guard let end = previousEnds, now >= end else { return }
        previous = nil
        previousEnds = nil
    }

    /// When `expire` or, on the initiator's side, `rekey` has something to do.
    public var nextDeadline: Instant {
        let rotation = role == .initiator ? askedUntil ?? epochBegan + limits.rotationInterval : nil
        return [previousEnds, rotation].compactMap { $0 }.min() ?? Instant(nanoseconds: .max)
    }

    // MARK: A bundle that the responder did not know

    mutating func askForBundle() throws(TunnelFailure) -> [UInt8] {
        var output: [UInt8] = []
        try seal(control: Content.bundleNeeded, into: &output)
        return output
    }

    /// The bundle in a record; nil where it holds something else, which is then left unread.
    mutating func openBundle(_ record: ArraySlice<UInt8>, at now: Instant) throws(TunnelFailure) -> [UInt8]? {
        let (epoch, counter) = try header(record)
        guard epoch == opening.low else { throw .unknownEpoch }
        let content = try opening.peek(record, counter: counter)
        guard content.first == Content.bundle else { return nil }
        opening.note(counter, content.count)
        return Array(content.dropFirst())
    }

    mutating func verified(_ bundle: PublicBundle, payload: [UInt8]) {
        peerBundle = bundle
        peerPayload = payload
    }
}

extension Tunnel {
    /// A tunnel without its handshake, whose keys anybody can know: for the fuzzer and the simulator.
    @_spi(Simulation) public static func simulated(
        isInitiator: Bool, own: PublicBundle, peer: PublicBundle, limits: TunnelLimits, at now: Instant
    ) -> Tunnel {
        func secret(_ byte: UInt8) -> Secret { Secret(copying: [UInt8](repeating: byte, count: 32)) }
        return Tunnel(
            isInitiator ? .initiator : .responder, .xwingAES256GCM, peer: peer, peerPayload: [], ownBundle: own,
            secrets: EpochSecrets(initiator: secret(1), responder: secret(2), rekey: secret(3)), limits: limits, at: now)
    }
}
