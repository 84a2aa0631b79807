/// Messages under construction that are used again, for whoever builds many: a taken one costs no allocation.
///
///     var message = pool.take()
///     …                                          // build, frame, send
///     pool.give(message)
///
/// A value without a lock: each event loop, or thread, has its own.
public struct BuilderPool: ~Copyable {
    private var spare: UnsafeMutablePointer<UnsafeMutablePointer<Arena>>
    private var count = 0
    private let capacity: Int
    private let maxWords: Int
    private let firstSegmentWords: Int

    /// - Parameters:
    ///   - capacity: how many messages are kept at most.
    ///   - maxWords: a message whose room has grown beyond it is not kept.
    public init(capacity: Int = 16, firstSegmentWords: Int = 128, maxWords: Int = 1 << 15) {
        self.capacity = max(0, capacity)
        self.maxWords = maxWords
        self.firstSegmentWords = firstSegmentWords
        spare = .allocate(capacity: self.capacity)
    }

    deinit {
        for index in 0..<count {
            BuilderArena.freeSegments(spare[index])
            ArenaBlock.deallocate(spare[index])
        }
        spare.deallocate()
    }

    /// How many messages are kept.
    public var spareCount: Int { count }

    /// An empty message: a kept one, else a new one.
    public mutating func take() -> MessageBuilder {
        guard count > 0 else { return MessageBuilder(firstSegmentWords: firstSegmentWords) }
        count -= 1
        return MessageBuilder(reusing: spare[count])
    }

    /// Keeps a message for the next one, or frees it.
    public mutating func give(_ message: consuming MessageBuilder) {
        message.reset()
        guard count < capacity, message.capacityWords <= maxWords else { return }
        spare[count] = message.release()
        count += 1
    }
}

extension MessageBuilder {
    /// The words of all segments, used or not.
    var capacityWords: Int {
        var words = 0
        for index in 0..<arena.pointee.count { words += Int(arena.pointee.segments[index].capacity) }
        return words
    }
}
