import Primitives

/// The numbers of an agent's transactions: `homeEpoch << 32 | counter`. A restarted agent registers with a higher epoch, so
/// counters begin anew and need no disk. The registration itself is number 0 of its epoch.
struct NonceSequence: Sendable, Hashable {
    let epoch: HomeEpoch
    private var counter: UInt64 = 0

    /// - Returns: nil where the epoch exceeds 32 bits.
    init?(epoch: HomeEpoch) {
        guard epoch.value <= UInt64(UInt32.max) else { return nil }
        self.epoch = epoch
    }

    var registrationNonce: UInt64 { epoch.value << 32 }

    /// - Returns: nil where the epoch is used up: join anew.
    mutating func next() -> UInt64? {
        guard counter < UInt64(UInt32.max) else { return nil }
        counter += 1
        return epoch.value << 32 | counter
    }
}
