import Primitives

/// The writing half: bytes from the oldest unacknowledged one to the newest.
struct SendHalf: Sendable {
    private var buffer: [UInt8] = []
    /// Where `buffer` begins; all before is acknowledged.
    private(set) var acknowledged: UInt64 = 0
    /// The next byte to be sent.
    private(set) var next: UInt64 = 0
    /// How far the peer lets this side write.
    private(set) var limit: UInt64
    private(set) var isFinished = false
    /// The end is sent once, like a byte behind the last.
    private var isEndSent = false
    /// Somebody wanted to write more than there was room for.
    var isWaited = false

    init(limit: UInt64) { self.limit = limit }

    var written: UInt64 { acknowledged + UInt64(buffer.count) }
    /// Whether the peer has all of it, the end included.
    var isAcknowledged: Bool { isEndAcknowledged }
    private var isEndAcknowledged = false

    var canSend: Bool { next < min(written, limit) || (isFinished && !isEndSent && next == written) }

    mutating func write(_ bytes: ArraySlice<UInt8>, room: Int) -> Int {
        let count = min(bytes.count, max(0, room - buffer.count))
        buffer.append(contentsOf: bytes.prefix(count))
        isWaited = count < bytes.count
        return count
    }

    mutating func finish() { isFinished = true }

    /// The next bytes, at most `count` of them, and whether the end comes with them.
    mutating func take(_ count: Int) -> (offset: UInt64, bytes: ArraySlice<UInt8>, isEnd: Bool) {
        let start = Int(next - acknowledged)
        let length = min(count, Int(min(written, max(limit, next)) - next))
        let offset = next
        next += UInt64(length)
        let isEnd = isFinished && next == written
        if isEnd { isEndSent = true }
        return (offset, buffer[start..<start + length], isEnd)
    }

    /// Whether the peer acknowledges only what was sent, and takes nothing back.
    func accepts(_ credit: Credit) -> Bool {
        let sent = next + (isEndSent ? 1 : 0)
        return credit.received >= acknowledged && credit.received <= sent && credit.limit >= limit
    }

    /// - Returns: whether a writer that was told to wait can go on; nil where `accepts` is false.
    mutating func take(_ credit: Credit) -> Bool? {
        guard accepts(credit) else { return nil }
        limit = credit.limit
        if isEndSent, credit.received == written + 1 { isEndAcknowledged = true }
        let count = Int(min(credit.received, written) - acknowledged)
        if count > 0 {
            buffer.removeFirst(count)
            acknowledged += UInt64(count)
        }
        guard isWaited, count > 0 else { return false }
        isWaited = false
        return true
    }

    /// The peer has everything, and hears nothing more.
    mutating func settle() {
        acknowledged = written
        buffer = []
        next = acknowledged
        (isFinished, isEndSent, isEndAcknowledged) = (true, true, true)
    }

    /// What the peer does not have is sent again.
    mutating func rewind(to received: UInt64) {
        next = min(received, written)
        isEndSent = isEndAcknowledged
    }
}

/// The reading half: bytes that have come and were not read.
struct ReceiveHalf: Sendable {
    private var buffer: [UInt8] = []
    private var head = 0
    /// The next byte that may come.
    private(set) var next: UInt64 = 0
    private(set) var window: UInt64
    private var end: UInt64?
    private(set) var isEndRead = false
    /// What the peer was told last.
    private(set) var told: Credit
    /// Bytes read since the window grew.
    private var readSinceGrowth: UInt64 = 0

    init(window: UInt64) {
        self.window = window
        told = Credit(received: 0, limit: window)
    }

    private var unread: Int { buffer.count - head }
    var credit: Credit {
        Credit(received: next + (end == nil ? 0 : 1), limit: max(told.limit, next - UInt64(unread) + window))
    }
    /// Half a window is news, and so is the end.
    var isCreditDue: Bool {
        let credit = credit
        return credit.limit - told.limit >= window / 2 || credit.received - told.received >= window / 2
            || (end != nil && credit.received != told.received)
    }

    mutating func tell() -> Credit {
        told = credit
        return told
    }

    /// - Returns: whether there is something new to read; nil where no correct peer sends this.
    mutating func take(offset: UInt64, _ bytes: ArraySlice<UInt8>, isEnd: Bool) -> Bool? {
        guard offset <= next, told.limit >= offset, told.limit - offset >= UInt64(bytes.count) else { return nil }
        let last = offset + UInt64(bytes.count)
        if let end, last > end || (isEnd && last != end) { return nil }
        if isEnd, last < next { return nil }
        let isNew = last > next || (isEnd && end == nil)
        if last > next {
            buffer.append(contentsOf: bytes.suffix(Int(last - next)))
            next = last
        }
        if isEnd { end = last }
        return isNew
    }

    mutating func read(_ count: Int) -> StreamRead {
        let bytes = Array(buffer[head..<head + min(max(0, count), unread)])
        head += bytes.count
        readSinceGrowth += UInt64(bytes.count)
        if head == buffer.count || head > 65_536 {
            buffer.removeFirst(head)
            head = 0
        }
        if end == next, unread == 0 { isEndRead = true }
        return StreamRead(bytes: bytes, isEnd: isEndRead)
    }

    /// Doubles the window of a reader that has read a whole one.
    /// - Returns: by how much.
    mutating func grow(atMost maximum: UInt64, room: UInt64) -> UInt64 {
        guard readSinceGrowth >= window else { return 0 }
        readSinceGrowth = 0
        let more = min(window, maximum - min(maximum, window))
        guard more <= room else { return 0 }
        window += more
        return more
    }
}

/// Both halves of a stream.
struct Stream: Sendable {
    let kind: TrafficClass
    let label: String
    var sending: SendHalf
    var receiving: ReceiveHalf
    /// Whether it stands in its class's ring.
    var isQueued = false
    var isCreditQueued = false

    /// Nothing is left to say, to hear or to acknowledge.
    var isOver: Bool { sending.isAcknowledged && receiving.isEndRead && !receiving.isCreditDue }
}
