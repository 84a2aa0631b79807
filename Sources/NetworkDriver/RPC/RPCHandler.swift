public import CapnProto
public import CapnProtoRPC
import Glibc
public import NIOCore

/// Carries one RPC session on one channel.
///
/// What one burst of reads causes goes out with one flush at its end; what others cause goes out with one flush at the
/// end of the loop's tick. While too much waits to be sent, nothing is read; a peer that does not read at all is given
/// up.
public final class RPCHandler: ChannelDuplexHandler, Transport {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundIn = Never
    public typealias OutboundOut = ByteBuffer

    /// Buffers are handed to the channel at this size.
    private static let chunkByteCount = 256 * 1024

    public let session: Session
    private let configuration: RPCConfiguration
    private let eventLoop: any EventLoop
    private var reader: FrameReader
    private let relay: Relay
    private var context: ChannelHandlerContext?

    /// Messages that were not handed to the channel yet.
    private var output = ByteBuffer()
    /// Bytes that the channel has not sent yet.
    private var writtenByteCount = 0
    private var isInBurst = false
    private var isTaking = false
    private var isFlushScheduled = false
    private var isReadWithheld = false
    private var isThrottled = false
    private var isClosing = false
    private var idleTimer: Scheduled<Void>?
    private var lastActivity: NIODeadline = .now()

    /// - Precondition: the caller is on `executor`'s loop.
    public init(
        on executor: LoopTaskExecutor, bootstrap: Capability? = nil,
        configuration: RPCConfiguration = RPCConfiguration()
    ) {
        self.configuration = configuration
        eventLoop = executor.eventLoop
        reader = FrameReader(maxMessageWords: configuration.connection.maxMessageWords)
        relay = Relay()
        session = Session(on: executor, transport: relay, bootstrap: bootstrap, configuration: configuration.connection)
        relay.hold(self, isAdded: false)
    }

    /// The session's transport: keeps the handler only for as long as it is in a channel's pipeline.
    private final class Relay: Transport {
        private var added: RPCHandler?
        private weak var made: RPCHandler?
        /// Set when it is made, set again when it is added to a pipeline, unset when it is removed.
        var handler: RPCHandler? { added ?? made }

        func hold(_ handler: RPCHandler?, isAdded: Bool) {
            made = handler
            added = isAdded ? handler : nil
        }
        func send(_ message: consuming Message) { handler?.send(message) }
        func flush() { handler?.flush() }
        func close(_ reason: CloseReason) { handler?.close(reason) }
    }
}

// From the channel.
extension RPCHandler {
    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        relay.hold(self, isAdded: true)
        lastActivity = .now()
        scheduleIdleCheck()
        if output.readableBytes > 0 { scheduleFlush() }
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        relay.hold(self, isAdded: false)
        idleTimer?.cancel()
        session.close(.disconnected("the connection is closed"))
    }

    public func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        scheduleFlush()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        idleTimer?.cancel()
        session.close(.disconnected("the peer closed the connection"))
        context.fireChannelInactive()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        session.close(.disconnected("\(error)"))
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        isInBurst = true
        lastActivity = .now()
        var bytes = unwrapInboundIn(data)
        reader.append(&bytes)
        takeMessages()
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        isInBurst = false
        flushNow()
        context.fireChannelReadComplete()
    }

    public func read(context: ChannelHandlerContext) {
        if isThrottled { isReadWithheld = true } else { context.read() }
    }
}

// From the session.
extension RPCHandler {
    public func send(_ message: consuming Message) {
        guard !isClosing else { return }
        if message.isWorthLending, canWrite { lend(message) } else { output.writeMessage(message) }
        if output.readableBytes >= Self.chunkByteCount { handOver() }
        checkWaterMarks()
    }

    /// Writes a message whose large segments go to the channel as they lie in memory.
    private func lend(_ message: consuming Message) {
        output.writeFrameHeader(of: message)
        guard let segments = Message.takeSegments(of: &message) else { return output.writeSegments(of: message) }
        for segment in segments {
            guard segment.count >= ByteBuffer.lendingByteCount else {
                output.writeBytes(segment)
                free(UnsafeMutableRawPointer(mutating: segment.baseAddress))
                continue
            }
            handOver()
            write(ByteBuffer(takingOwnershipOf: segment))
        }
    }

    public func flush() {
        if !isInBurst { scheduleFlush() }
    }

    public func close(_ reason: CloseReason) {
        guard !isClosing else { return }
        handOver()
        isClosing = true
        context?.flush()
        context?.close(promise: nil)
    }
}

// Inside.
extension RPCHandler {
    /// Hands over what has come, message by message, for as long as the answers find room.
    private func takeMessages() {
        guard !isTaking else { return }
        isTaking = true
        defer { isTaking = false }
        do throws(CapnProtoError) {
            while !isClosing, !isThrottled, let message = try reader.next() { session.receive(message) }
        } catch {
            session.receive(fault: .malformed("\(error)"))
        }
    }

    private func scheduleFlush() {
        guard !isFlushScheduled, context != nil, output.readableBytes > 0 || writtenByteCount > 0 else { return }
        isFlushScheduled = true
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute {
            bound.value.isFlushScheduled = false
            bound.value.flushNow()
        }
    }

    private func flushNow() {
        guard output.readableBytes > 0 || writtenByteCount > 0 else { return }
        handOver()
        context?.flush()
    }

    /// Gives what has gathered to the channel, which sends it with the next flush.
    private func handOver() {
        guard output.readableBytes > 0, canWrite else { return }
        write(output)
        output = ByteBuffer()
    }

    private var canWrite: Bool { context?.channel.isActive == true }

    private func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        let byteCount = bytes.readableBytes
        writtenByteCount += byteCount
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        context.write(wrapOutboundOut(bytes)).whenComplete { _ in bound.value.hasSent(byteCount) }
    }

    private func hasSent(_ byteCount: Int) {
        writtenByteCount -= byteCount
        checkWaterMarks()
    }

    private func checkWaterMarks() {
        let waiting = writtenByteCount + output.readableBytes
        if waiting > configuration.maxOutboundByteCount, !isClosing {
            output.clear()
            session.close(.disconnected("the peer does not read"))
        } else if waiting > configuration.outboundHighWaterByteCount {
            isThrottled = true
        } else if isThrottled, waiting <= configuration.outboundLowWaterByteCount {
            isThrottled = false
            readAgain()
        }
    }

    private func readAgain() {
        takeMessages()
        guard isReadWithheld, !isThrottled, let context else { return }
        isReadWithheld = false
        context.read()
    }

    private func scheduleIdleCheck() {
        guard let timeout = configuration.idleTimeout else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        idleTimer = eventLoop.scheduleTask(deadline: lastActivity + timeout) { bound.value.checkIdle(timeout) }
    }

    private func checkIdle(_ timeout: TimeAmount) {
        guard !isClosing else { return }
        guard lastActivity + timeout <= .now() else { return scheduleIdleCheck() }
        session.close(.disconnected("nothing has come for \(timeout.nanoseconds / 1_000_000_000) s"))
    }
}
