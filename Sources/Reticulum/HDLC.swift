/// Frames on a stream as TCP interfaces have them: `7E … 7E`, where `7D x` stands for `x xor 20`. There is no check
/// sequence.
public enum HDLC {
    static let (flag, escape, toggle): (UInt8, UInt8, UInt8) = (0x7E, 0x7D, 0x20)

    public static func encode(_ frame: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = [flag]
        bytes.reserveCapacity(frame.count + frame.count / 32 + 2)
        for byte in frame {
            if byte == flag || byte == escape {
                bytes.append(escape)
                bytes.append(byte ^ toggle)
            } else {
                bytes.append(byte)
            }
        }
        bytes.append(flag)
        return bytes
    }
}

/// Cuts frames out of a stream that comes in pieces of any size.
///
/// What stands before the first flag is no frame. Flags that follow each other are keepalives. A frame longer than the
/// limit is counted and skipped up to the next flag, one with an escape before its end too.
public struct HDLCReader: Sendable {
    public let limit: Int
    public private(set) var droppedCount: UInt64 = 0
    private var frame: [UInt8] = []
    private var state = State.outside

    private enum State { case outside, inside, escaped, skipping }

    public init(limit: Int = Wire.maxFrameByteCount) { self.limit = limit }

    /// How much of a frame is kept: never more than the limit.
    public var pendingByteCount: Int { frame.count }

    public mutating func read(_ bytes: some Sequence<UInt8>, _ body: ([UInt8]) -> Void) {
        for byte in bytes {
            if byte == HDLC.flag {
                end(body)
            } else {
                take(byte)
            }
        }
    }

    /// The frames that end in these bytes.
    public mutating func read(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        read(bytes) { frames.append($0) }
        return frames
    }

    private mutating func end(_ body: ([UInt8]) -> Void) {
        switch state {
        case .inside where !frame.isEmpty: body(frame)
        case .escaped, .skipping: droppedCount += 1
        case .inside, .outside: break
        }
        frame.removeAll(keepingCapacity: frame.capacity <= 4_096)
        state = .inside
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .outside, .skipping: return
        case .inside where byte == HDLC.escape: state = .escaped
        case .inside: keep(byte)
        case .escaped:
            state = .inside
            keep(byte ^ HDLC.toggle)
        }
    }

    private mutating func keep(_ byte: UInt8) {
        guard frame.count < limit else {
            frame = []
            state = .skipping
            return
        }
        frame.append(byte)
    }
}
