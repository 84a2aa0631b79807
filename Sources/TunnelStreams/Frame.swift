import Primitives

/// One record's content. Integers are little-endian.
///
///     u8 0 open    ‖ u32 stream ‖ u8 class ‖ text label
///     u8 1 data    ‖ u32 stream ‖ u64 offset ‖ bool isEnd ‖ bytes, to the end of the frame
///     u8 2 credit  ‖ u32 stream ‖ u64 received ‖ u64 limit
///     u8 3 reset   ‖ u32 stream ‖ u32 code
///     u8 4 resume  ‖ bool has, u32 newest stream of the peer ‖ list {u32 stream ‖ u64 received ‖ u64 limit} ‖ list {u32 stream ‖ u32 code}
///     u8 5 going away
///
/// `received` counts the end of the stream as one byte more.
enum Frame: Hashable, Sendable {
    case open(StreamID, TrafficClass, label: String)
    case data(StreamID, offset: UInt64, isEnd: Bool, ArraySlice<UInt8>)
    case credit(StreamID, Credit)
    case reset(StreamID, code: UInt32)
    case resume(Resume)
    case goingAway

    static let dataHeaderByteCount = 1 + 4 + 8 + 1

    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 64)
        switch self {
        case .open(let stream, let kind, let label):
            writer.write(0 as UInt8)
            writer.write(stream.value)
            writer.write(kind.rawValue)
            writer.write(label)
        case .data(let stream, let offset, let isEnd, let bytes):
            writer = ByteWriter(capacity: Self.dataHeaderByteCount + bytes.count)
            writer.write(1 as UInt8)
            writer.write(stream.value)
            writer.write(offset)
            writer.write(isEnd)
            writer.writeRaw(bytes)
        case .credit(let stream, let credit):
            writer.write(2 as UInt8)
            writer.write(stream.value)
            writer.write(credit)
        case .reset(let stream, let code):
            writer.write(3 as UInt8)
            writer.write(stream.value)
            writer.write(code)
        case .resume(let resume):
            writer.write(4 as UInt8)
            writer.write(resume.newest != nil)
            writer.write(resume.newest?.value ?? 0)
            writer.writeList(resume.open) { writer, line in
                writer.write(line.stream.value)
                writer.write(line.credit)
            }
            writer.writeList(resume.resets) { writer, line in
                writer.write(line.stream.value)
                writer.write(line.code)
            }
        case .goingAway: writer.write(5 as UInt8)
        }
        return writer.bytes
    }

    init(_ bytes: ArraySlice<UInt8>) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        switch try reader.read(UInt8.self) {
        case 0:
            let stream = try reader.readStream()
            let start = reader.offset
            guard let kind = TrafficClass(rawValue: try reader.read()) else { throw .malformed("class", offset: start) }
            self = .open(stream, kind, label: try reader.readString(limit: StreamLimits.maxLabelByteCount))
        case 1:
            self = .data(
                try reader.readStream(), offset: try reader.read(), isEnd: try reader.readBool(),
                try reader.readRaw(reader.remaining))
        case 2: self = .credit(try reader.readStream(), try reader.readCredit())
        case 3: self = .reset(try reader.readStream(), code: try reader.read())
        case 4:
            let (has, newest) = (try reader.readBool(), try reader.readStream())
            let open = try reader.readList(limit: Resume.maxLineCount) { (reader: inout ByteReader) throws(DecodingFailure) in
                Resume.Open(stream: try reader.readStream(), credit: try reader.readCredit())
            }
            let resets = try reader.readList(limit: Resume.maxLineCount) { (reader: inout ByteReader) throws(DecodingFailure) in
                Resume.Reset(stream: try reader.readStream(), code: try reader.read())
            }
            self = .resume(Resume(newest: has ? newest : nil, open: open, resets: resets))
        case 5: self = .goingAway
        default: throw .malformed("frame", offset: 0)
        }
        try reader.finish()
    }
}

/// How far one side has read a stream, and how far the other may write.
struct Credit: Hashable, Sendable {
    var received: UInt64
    var limit: UInt64
}

/// What one side has, when a new carrier begins. A stream that stands in no list, and was opened, is over for this side.
struct Resume: Hashable, Sendable {
    struct Open: Hashable, Sendable {
        var stream: StreamID
        var credit: Credit
    }
    struct Reset: Hashable, Sendable {
        var stream: StreamID
        var code: UInt32
    }

    static let maxLineCount = 2_048

    /// The newest stream of the peer that has arrived.
    var newest: StreamID?
    var open: [Open]
    /// The newest of those that this side gave up.
    var resets: [Reset]
}

extension ByteWriter {
    fileprivate mutating func write(_ credit: Credit) {
        write(credit.received)
        write(credit.limit)
    }
}

extension ByteReader {
    fileprivate mutating func readStream() throws(DecodingFailure) -> StreamID { StreamID(try read()) }
    fileprivate mutating func readCredit() throws(DecodingFailure) -> Credit {
        Credit(received: try read(), limit: try read())
    }
}
