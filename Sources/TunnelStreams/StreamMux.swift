/// All streams of one peer. See the essay in TunnelStreams.swift.
public struct StreamMux: Sendable {
    private let isInitiator: Bool
    private let limits: StreamLimits
    private var streams: [StreamID: Stream] = [:]
    private var nextOwn: UInt32
    /// The newest stream that the peer has opened; they come in order.
    private var newestOfPeer: StreamID?
    private var totalWindow: UInt64 = 0
    private var isGoingAway = false
    private var isPeerGoingAway = false

    // What waits to be sent.
    private var opens: [StreamID] = []
    private var resets: [Resume.Reset] = []
    /// The newest that this side has given up, for the next carrier.
    private var resetLog: [Resume.Reset] = []
    private var closed: [StreamID] = []
    private var credits: [StreamID] = []
    private var rings = [[StreamID]](repeating: [], count: TrafficClass.allCases.count)
    private var isGoingAwayUnsent = false
    private var isResumeUnsent = false
    /// The first frame of a carrier after the first carrier must be a resume.
    private var isResumeAwaited = false
    /// Frames of interactive traffic since the last of bulk.
    private var interactiveRun = 0
    /// Frames that may be sent before bulk fills whole frames again.
    private var caution = 0

    private static let longestInteractiveRun = 8
    private static let cautiousFrameCount = 64

    public init(isInitiator: Bool, limits: StreamLimits = StreamLimits()) {
        self.isInitiator = isInitiator
        self.limits = limits
        nextOwn = isInitiator ? 0 : 1
    }

    public var streamCount: Int { streams.count }

    // MARK: The owner's side

    /// - Parameter label: what the peer decides by; at most 64 bytes.
    public mutating func open(_ kind: TrafficClass, label: String) throws(StreamRefusal) -> StreamID {
        guard !isGoingAway, !isPeerGoingAway else { throw .goingAway }
        guard label.utf8.count <= StreamLimits.maxLabelByteCount else { throw .labelTooLong }
        guard streams.count < limits.maxStreamCount, nextOwn < .max - 1 else { throw .tooManyStreams }
        let id = StreamID(nextOwn)
        nextOwn += 2
        add(id, kind, label)
        opens.append(id)
        return id
    }

    /// - Returns: how many of the bytes were taken; `writable` follows where it was less than all.
    public mutating func write(_ bytes: [UInt8], to id: StreamID) throws(StreamRefusal) -> Int {
        guard var stream = streams[id] else { throw .unknownStream }
        guard !stream.sending.isFinished else { throw .finished }
        let count = stream.sending.write(bytes[...], room: limits.sendBufferByteCount)
        queue(id, &stream)
        streams[id] = stream
        return count
    }

    /// Nothing more will be written.
    public mutating func finish(_ id: StreamID) throws(StreamRefusal) {
        guard var stream = streams[id] else { throw .unknownStream }
        stream.sending.finish()
        queue(id, &stream)
        streams[id] = stream
    }

    /// Gives the stream up, both directions: nobody reads what was written any more.
    public mutating func reset(_ id: StreamID, code: UInt32) throws(StreamRefusal) {
        guard streams[id] != nil else { throw .unknownStream }
        remove(id)
        give(up: id, code)
    }

    /// Takes at most `count` bytes; reading is what lets the peer write on.
    public mutating func read(_ count: Int = .max, from id: StreamID) throws(StreamRefusal) -> StreamRead {
        guard var stream = streams[id] else { throw .unknownStream }
        let read = stream.receiving.read(count)
        let room = limits.maxTotalWindow - min(limits.maxTotalWindow, totalWindow)
        totalWindow += stream.receiving.grow(atMost: limits.maxWindow, room: room)
        queueCredit(id, &stream)
        streams[id] = stream
        settle(id)
        return read
    }

    /// Streams of which everything was said, read and acknowledged since the last call. They are gone. Look after `read`, `nextFrame` and
    /// `receive`.
    public mutating func takeClosed() -> [StreamID] {
        defer { closed = [] }
        return closed
    }

    /// The class and label of a stream.
    public func description(of id: StreamID) -> (kind: TrafficClass, label: String)? {
        streams[id].map { ($0.kind, $0.label) }
    }

    /// No new streams from either side; those that are open go on.
    public mutating func goAway() {
        guard !isGoingAway else { return }
        isGoingAway = true
        isGoingAwayUnsent = true
    }

    /// Frames go over another carrier from now on. What the old one had not delivered is sent again.
    public mutating func resume() {
        isResumeUnsent = true
        isResumeAwaited = true
    }
}

// What waits to be sent.
extension StreamMux {
    private mutating func add(_ id: StreamID, _ kind: TrafficClass, _ label: String) {
        streams[id] = Stream(
            kind: kind, label: label, sending: SendHalf(limit: limits.initialWindow),
            receiving: ReceiveHalf(window: limits.initialWindow))
        totalWindow += limits.initialWindow
    }

    private mutating func remove(_ id: StreamID) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        totalWindow -= stream.receiving.window
        rings[Int(stream.kind.rawValue)].removeAll { $0 == id }
        credits.removeAll { $0 == id }
    }

    private mutating func give(up id: StreamID, _ code: UInt32) {
        let line = Resume.Reset(stream: id, code: code)
        resets.append(line)
        resetLog.append(line)
        if resetLog.count > limits.maxResetCount { resetLog.removeFirst() }
    }

    /// Forgets a stream that is over.
    private mutating func settle(_ id: StreamID) {
        guard streams[id]?.isOver == true else { return }
        remove(id)
        closed.append(id)
    }

    private mutating func queue(_ id: StreamID, _ stream: inout Stream) {
        guard !stream.isQueued, stream.sending.canSend else { return }
        stream.isQueued = true
        rings[Int(stream.kind.rawValue)].append(id)
    }

    private mutating func queueCredit(_ id: StreamID, _ stream: inout Stream) {
        guard !stream.isCreditQueued, stream.receiving.isCreditDue else { return }
        stream.isCreditQueued = true
        credits.append(id)
    }

    private func isOwn(_ id: StreamID) -> Bool { (id.value % 2 == 0) == isInitiator }

    // MARK: Frames out

    /// The most urgent thing to send now; nil where there is nothing. Call it when the carrier has room for one more record.
    ///
    /// - Parameter maxByteCount: of the frame, at most 65 536.
    public mutating func nextFrame(maxByteCount: Int = StreamLimits.maxFrameByteCount) -> [UInt8]? {
        if isResumeUnsent { return takeResume().bytes }
        // What was sent before the peer has said how far it got might be sent twice.
        if isResumeAwaited { return nil }
        if let frame = takeControl() { return frame.bytes }
        return takeData(min(maxByteCount, StreamLimits.maxFrameByteCount) - Frame.dataHeaderByteCount)?.bytes
    }

    private mutating func takeResume() -> Frame {
        isResumeUnsent = false
        resets = []  // they are in the log
        var open: [Resume.Open] = []
        for id in streams.keys.sorted() where !opens.contains(id) {
            guard let credit = streams[id]?.receiving.tell() else { continue }
            open.append(Resume.Open(stream: id, credit: credit))
        }
        return .resume(Resume(newest: newestOfPeer, open: open, resets: resetLog))
    }

    private mutating func takeControl() -> Frame? {
        if !opens.isEmpty {
            let id = opens.removeFirst()
            if let stream = streams[id] { return .open(id, stream.kind, label: stream.label) }
            // Given up before the peer heard of it; it must hear of both, because streams come in order.
            if !resets.contains(where: { $0.stream == id }) { resets.append(Resume.Reset(stream: id, code: 0)) }
            return .open(id, .bulk, label: "")
        }
        if !resets.isEmpty {
            let line = resets.removeFirst()
            return .reset(line.stream, code: line.code)
        }
        while !credits.isEmpty {
            let id = credits.removeFirst()
            guard var stream = streams[id] else { continue }
            stream.isCreditQueued = false
            let credit = stream.receiving.tell()
            streams[id] = stream
            settle(id)
            return .credit(id, credit)
        }
        guard isGoingAwayUnsent else { return nil }
        isGoingAwayUnsent = false
        return .goingAway
    }

    /// Strictly by class, but that bulk is not starved by interactive traffic; in turns within a class.
    private mutating func takeData(_ room: Int) -> Frame? {
        guard room > 0, let kind = nextClass() else { return nil }
        let id = rings[kind].removeFirst()
        guard var stream = streams[id] else { return nil }
        stream.isQueued = false
        let isBulk = stream.kind == .bulk
        if isBulk { caution = max(0, caution - 1) } else { caution = Self.cautiousFrameCount }
        let (offset, bytes, isEnd) = stream.sending.take(isBulk && caution > 0 ? min(room, limits.bulkFrameByteCount) : room)
        queue(id, &stream)
        streams[id] = stream
        return .data(id, offset: offset, isEnd: isEnd, bytes)
    }

    private mutating func nextClass() -> Int? {
        let (interactive, bulk) = (Int(TrafficClass.interactive.rawValue), Int(TrafficClass.bulk.rawValue))
        guard let first = rings.firstIndex(where: { !$0.isEmpty }) else { return nil }
        if first == interactive, !rings[bulk].isEmpty {
            interactiveRun += 1
            if interactiveRun > Self.longestInteractiveRun {
                interactiveRun = 0
                return bulk
            }
        } else if first == bulk {
            interactiveRun = 0
        }
        return first
    }

    // MARK: Frames in

    /// Takes one frame of the peer.
    /// - Throws: what no correct peer does; nothing of the frame was taken then.
    public mutating func receive(_ bytes: ArraySlice<UInt8>) throws(StreamFailure) -> [StreamEvent] {
        let frame: Frame
        do { frame = try Frame(bytes) } catch { throw .malformed(error) }
        if case .resume(let resume) = frame {
            guard isResumeAwaited else { throw .badResume }
            return try resumed(resume)
        }
        guard !isResumeAwaited else { throw .badResume }
        switch frame {
        case .open(let id, let kind, let label): return try opened(id, kind, label)
        case .data(let id, let offset, let isEnd, let bytes): return try heard(id, offset, isEnd, bytes)
        case .credit(let id, let credit): return try credited(id, credit)
        case .reset(let id, let code): return try wasReset(id, code)
        case .goingAway:
            isPeerGoingAway = true
            return [.goingAway]
        case .resume: throw .badResume
        }
    }

    private mutating func opened(
        _ id: StreamID, _ kind: TrafficClass, _ label: String
    ) throws(StreamFailure) -> [StreamEvent] {
        let expected = newestOfPeer.map { $0.value &+ 2 } ?? (isInitiator ? 1 : 0)
        guard !isOwn(id), id.value == expected else { throw .badOpen(id) }
        newestOfPeer = id
        // The peer may not know yet that this side is going away or full: it hears so by a reset.
        guard !isGoingAway, streams.count < limits.maxStreamCount else {
            try refuse(id)
            return []
        }
        add(id, kind, label)
        return [.opened(id, kind, label: label)]
    }

    private mutating func refuse(_ id: StreamID) throws(StreamFailure) {
        guard resets.count < limits.maxResetCount else { throw .tooManyResets }
        give(up: id, 0)
    }

    /// Whether a stream was there once: what is under way for it is dropped.
    private func wasThere(_ id: StreamID) -> Bool {
        isOwn(id) ? id.value < nextOwn : newestOfPeer.map { id <= $0 } ?? false
    }

    private mutating func heard(
        _ id: StreamID, _ offset: UInt64, _ isEnd: Bool, _ bytes: ArraySlice<UInt8>
    ) throws(StreamFailure) -> [StreamEvent] {
        guard var stream = streams[id] else {
            guard wasThere(id) else { throw .unknownStream(id) }
            return []
        }
        guard let isNew = stream.receiving.take(offset: offset, bytes, isEnd: isEnd) else { throw .badOffset(id) }
        queueCredit(id, &stream)
        streams[id] = stream
        return isNew ? [.readable(id)] : []
    }

    private mutating func credited(_ id: StreamID, _ credit: Credit) throws(StreamFailure) -> [StreamEvent] {
        guard var stream = streams[id] else {
            guard wasThere(id) else { throw .unknownStream(id) }
            return []
        }
        guard let isWritable = stream.sending.take(credit) else { throw .badCredit(id) }
        queue(id, &stream)
        streams[id] = stream
        settle(id)
        return isWritable ? [.writable(id)] : []
    }

    private mutating func wasReset(_ id: StreamID, _ code: UInt32) throws(StreamFailure) -> [StreamEvent] {
        guard wasThere(id) else { throw .unknownStream(id) }
        guard streams[id] != nil else { return [] }
        remove(id)
        return [.reset(id, code: code)]
    }

    /// The peer says what it has. What it doesn't have is sent again, in the order of the streams.
    private mutating func resumed(_ resume: Resume) throws(StreamFailure) -> [StreamEvent] {
        if let newest = resume.newest, !isOwn(newest) || newest.value >= nextOwn { throw .badResume }
        var said: [StreamID: Credit] = [:]
        for line in resume.open {
            // One that the peer has opened and that was lost on its way is opened again.
            guard !isOwn(line.stream) || line.stream.value < nextOwn, said.updateValue(line.credit, forKey: line.stream) == nil
            else { throw .badResume }
        }
        for id in streams.keys.sorted() {
            guard let credit = said[id], let stream = streams[id] else { continue }
            guard stream.sending.accepts(credit) else { throw .badCredit(id) }
        }
        isResumeAwaited = false
        let first = resume.newest.map { $0.value + 2 } ?? (isInitiator ? 0 : 1)
        opens = stride(from: first, to: nextOwn, by: 2).map { StreamID($0) }
        if isGoingAway { isGoingAwayUnsent = true }
        return takeResets(resume.resets) + rewind(said)
    }

    private mutating func takeResets(_ lines: [Resume.Reset]) -> [StreamEvent] {
        var events: [StreamEvent] = []
        for line in lines where streams[line.stream] != nil && !opens.contains(line.stream) {
            remove(line.stream)
            events.append(.reset(line.stream, code: line.code))
        }
        return events
    }

    private mutating func rewind(_ said: [StreamID: Credit]) -> [StreamEvent] {
        var events: [StreamEvent] = []
        for id in streams.keys.sorted() {
            guard var stream = streams[id] else { continue }
            if let credit = said[id] {
                if stream.sending.take(credit) == true { events.append(.writable(id)) }
                stream.sending.rewind(to: credit.received)
            } else if opens.contains(id) {
                stream.sending.rewind(to: 0)
            } else {
                // The peer is through with it: it has read all, and was told that its own end arrived. What came of it may still be read.
                stream.sending.settle()
                _ = stream.receiving.tell()
            }
            queue(id, &stream)
            streams[id] = stream
            settle(id)
        }
        return events
    }
}
