import Primitives

/// What the lines between machines do to messages. All times in nanoseconds.
struct Network {
    struct Conditions {
        var minLatency: UInt64 = 500_000
        var jitter: UInt64 = 500_000
        /// Of 1 000 messages.
        var lossPerMille: UInt64 = 0
        var duplicatePerMille: UInt64 = 0
        /// So many are held back up to twenty times as long as others.
        var reorderPerMille: UInt64 = 0
    }

    var conditions: Conditions
    /// Pairs (from, to) that are cut, with how many reasons there are.
    private var cuts: [Int: Int] = [:]
    private let count: Int
    private var random: PRNG
    private(set) var lost = 0
    private(set) var duplicated = 0
    private(set) var reordered = 0

    init(count: Int, conditions: Conditions, random: PRNG) {
        self.count = count
        self.conditions = conditions
        self.random = random
    }

    mutating func cut(from: Int, to: Int) { cuts[from * count + to, default: 0] += 1 }
    mutating func mend(from: Int, to: Int) {
        let key = from * count + to
        guard let reasons = cuts[key] else { return }
        cuts[key] = reasons > 1 ? reasons - 1 : nil
    }
    mutating func mendAll() { cuts = [:] }
    func isCut(from: Int, to: Int) -> Bool { cuts[from * count + to] != nil }

    /// After how long each copy of a message arrives; none where it is lost.
    mutating func delays(from: Int, to: Int) -> [UInt64] {
        guard !isCut(from: from, to: to) else { return [] }
        guard !happens(conditions.lossPerMille) else {
            lost += 1
            return []
        }
        var delays = [delay()]
        if happens(conditions.duplicatePerMille) {
            duplicated += 1
            delays.append(delay())
        }
        return delays
    }

    private mutating func delay() -> UInt64 {
        var delay = conditions.minLatency + random.next() % (conditions.jitter + 1)
        if happens(conditions.reorderPerMille) {
            reordered += 1
            delay += random.next() % (20 * (conditions.minLatency + conditions.jitter))
        }
        return delay
    }

    private mutating func happens(_ perMille: UInt64) -> Bool { perMille > 0 && random.next() % 1000 < perMille }
}
