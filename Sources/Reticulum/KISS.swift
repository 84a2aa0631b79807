/// Frames as terminal node controllers have them: `C0 command … C0`, where `DB DC` stands for C0 and `DB DD` for DB.
public enum KISS {
    static let (end, escape, escapedEnd, escapedEscape): (UInt8, UInt8, UInt8, UInt8) = (0xC0, 0xDB, 0xDC, 0xDD)
    static let data: UInt8 = 0

    public static func encode(_ frame: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = [end, data]
        bytes.reserveCapacity(frame.count + frame.count / 32 + 3)
        for byte in frame {
            switch byte {
            case end: bytes += [escape, escapedEnd]
            case escape: bytes += [escape, escapedEscape]
            default: bytes.append(byte)
            }
        }
        bytes.append(end)
        return bytes
    }
}

/// Cuts data frames out of a stream that comes in pieces of any size. Frames of other commands are the device's and are
/// left out.
///
/// The command's lower half counts; the upper names a port. A frame longer than the limit, or with an escape that means
/// nothing, is counted and skipped.
public struct KISSReader: Sendable {
    public let limit: Int
    public private(set) var droppedCount: UInt64 = 0
    private var frame: [UInt8] = []
    private var state = State.outside

    private enum State { case outside, command, inside, escaped, skipping, foreign }

    public init(limit: Int = Wire.maxFrameByteCount) { self.limit = limit }

    /// How much of a frame is kept: never more than the limit.
    public var pendingByteCount: Int { frame.count }

    /// The frames that end in these bytes.
    public mutating func read(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        for byte in bytes {
            if byte == KISS.end {
                end(&frames)
            } else {
                take(byte)
            }
        }
        return frames
    }

    private mutating func end(_ frames: inout [[UInt8]]) {
        switch state {
        case .inside where !frame.isEmpty: frames.append(frame)
        case .escaped, .skipping: droppedCount += 1
        case .inside, .outside, .command, .foreign: break
        }
        frame.removeAll(keepingCapacity: frame.capacity <= 4_096)
        state = .command
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .outside, .skipping, .foreign: return
        case .command: state = byte & 0x0F == KISS.data ? .inside : .foreign
        case .inside where byte == KISS.escape: state = .escaped
        case .inside: keep(byte)
        case .escaped where byte == KISS.escapedEnd: unescape(KISS.end)
        case .escaped where byte == KISS.escapedEscape: unescape(KISS.escape)
        case .escaped: skip()
        }
    }

    private mutating func unescape(_ byte: UInt8) {
        state = .inside
        keep(byte)
    }

    private mutating func keep(_ byte: UInt8) {
        if frame.count < limit { frame.append(byte) } else { skip() }
    }

    private mutating func skip() {
        frame = []
        state = .skipping
    }
}
