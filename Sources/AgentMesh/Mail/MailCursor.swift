import Primitives

/// How far one sender's messages have been handled. A message is numbered (homeEpoch, counter); the newest epochs are known
/// by number, older ones are forgotten: whether such a message was handled isn't known, so it is refused and becomes a dead letter,
/// which its sender is told. That bound never makes a handler run twice. Nor does it refuse what waits: mail comes in order, so when
/// an epoch is forgotten, 32 newer ones have been handled behind it; only the retry of an old dead letter meets it.
struct MailCursor: Sendable, Hashable {
    /// A node that comes back makes an epoch of each of its agents; what waits over several such returns must still be known.
    static let maxEpochCount = 32

    /// Ascending.
    private(set) var epochs: [(epoch: HomeEpoch, numbers: HandledNumbers)] = []
    /// Nothing is known of epochs up to here.
    private(set) var forgottenThrough = HomeEpoch(0)

    init() {}

    func verdict(_ number: MailNumber) -> HandledNumbers.Verdict {
        if number.epoch <= forgottenThrough { return .forgotten }
        return epochs.first { $0.epoch == number.epoch }?.numbers.verdict(number.counter) ?? .fresh
    }

    mutating func insert(_ number: MailNumber) {
        guard number.epoch > forgottenThrough else { return }
        let index = epochs.firstIndex { $0.epoch >= number.epoch } ?? epochs.count
        if index == epochs.count || epochs[index].epoch != number.epoch {
            epochs.insert((number.epoch, HandledNumbers()), at: index)
        }
        epochs[index].numbers.insert(number.counter)
        if epochs.count > Self.maxEpochCount { forgottenThrough = epochs.removeFirst().epoch }
    }

    /// `u8 version ‖ u64 forgotten epoch ‖ list of {u64 epoch ‖ u64 forgotten counter ‖ list of {u64 first ‖ u64 last}}`.
    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 64)
        writer.write(UInt8(1))
        writer.write(forgottenThrough.value)
        writer.write(UInt32(epochs.count))
        for entry in epochs {
            writer.write(entry.epoch.value)
            entry.numbers.write(to: &writer)
        }
        return writer.bytes
    }

    init(bytes: [UInt8]) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let version = try reader.read(UInt8.self)
        guard version == 1 else { throw .unknownVersion(Int(version)) }
        forgottenThrough = HomeEpoch(try reader.read())
        let count = try reader.read(UInt32.self)
        guard count <= Self.maxEpochCount else { throw .malformed("epochs", offset: reader.offset) }
        for _ in 0..<count {
            let epoch = HomeEpoch(try reader.read())
            guard epoch > (epochs.last?.epoch ?? forgottenThrough) else {
                throw .malformed("epoch", offset: reader.offset)
            }
            epochs.append((epoch, try HandledNumbers(from: &reader)))
        }
        try reader.finish()
    }

    static func == (a: MailCursor, b: MailCursor) -> Bool { a.bytes == b.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
