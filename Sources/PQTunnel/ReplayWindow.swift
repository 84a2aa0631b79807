/// Which counters of one epoch were read: the newest, and a bit for each of the 1 024 before it (RFC 6479's shape).
struct ReplayWindow: Sendable {
    static let count: UInt64 = 1_024
    private static let wordCount = Int(count / 64) + 1

    /// One more than the newest counter that was read.
    private(set) var next: UInt64 = 0
    private var words = [UInt64](repeating: 0, count: wordCount)

    /// Whether `counter` is new and not too old.
    func accepts(_ counter: UInt64) -> Bool {
        guard counter < .max else { return false }
        if counter >= next { return true }
        guard next - counter <= Self.count else { return false }
        return words[word(counter)] & bit(counter) == 0
    }

    /// Only for counters that `accepts`, after the record was found authentic.
    mutating func insert(_ counter: UInt64) {
        if counter >= next {
            // The words between the newest counter and this one belong to counters that were never read.
            let (old, new) = (next == 0 ? 0 : (next - 1) / 64, counter / 64)
            if next == 0 || new - old >= UInt64(Self.wordCount) {
                for index in words.indices { words[index] = 0 }
            } else if new > old {
                for number in old + 1...new { words[Int(number % UInt64(Self.wordCount))] = 0 }
            }
            next = counter + 1
        }
        words[word(counter)] |= bit(counter)
    }

    private func word(_ counter: UInt64) -> Int { Int(counter / 64 % UInt64(Self.wordCount)) }
    private func bit(_ counter: UInt64) -> UInt64 { 1 << (counter % 64) }
}
