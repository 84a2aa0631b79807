/// Calls that wait for something, in order. One whose caller gives up leaves at once: what a peer has called back takes
/// no room.
struct CallQueue {
    private var entries: [(number: UInt64, call: IncomingCall)] = []
    /// The entries before it have gone on.
    private var next = 0
    private var nextNumber: UInt64 = 0

    var count: Int { entries.count - next }

    /// - Returns: what `forget` takes.
    mutating func append(_ call: IncomingCall) -> UInt64 {
        nextNumber += 1
        entries.append((nextNumber, call))
        return nextNumber
    }

    mutating func popFirst() -> IncomingCall? {
        guard next < entries.count else { return nil }
        let call = entries[next].call
        next += 1
        if next == entries.count || next >= 64 && next > entries.count / 2 {
            entries.removeFirst(next)
            next = 0
        }
        return call
    }

    mutating func forget(_ number: UInt64) {
        var (low, high) = (next, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].number < number { low = middle + 1 } else { high = middle }
        }
        if low < entries.count, entries[low].number == number { entries.remove(at: low) }
    }
}

extension IncomingCall {
    /// Runs `forget` on `loop` where the caller gives up while the call waits.
    func waits(on loop: any Loop, forget: @escaping @Sendable () -> Void) {
        self.loop.perform { self.onCancel { loop.perform(forget) } }
    }
}
