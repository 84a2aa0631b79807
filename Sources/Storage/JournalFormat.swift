import Primitives

// The bytes of a segment. All integers are little-endian.
//
//     segment = header ‖ record* ‖ zeros where space was reserved
//     header  = "HZJOURNL" ‖ u32 version = 1 ‖ u64 journal id ‖ u64 first LSN ‖ u32 CRC32C of the 28 bytes before  (32 bytes)
//     record  = u32 CRC32C of (journal id ‖ the 25 bytes that follow) ‖ u32 payload length ‖ u64 LSN ‖ u64 synced ‖ u8 kind
//               ‖ u32 CRC32C of the payload ‖ payload                                                          (29 + n bytes)
//
// The id is drawn at random when the journal is created and told to nobody, so that no payload can contain bytes that pass
// for a record, nor make the search for records behind a damaged one expensive.
// `synced` is the highest LSN that was known to be synced when the record was written: it is how recovery tells a record
// that never was promised (torn) from one that was (corrupted). Kind 0 is a mark: it carries `synced` and nothing else, has
// the LSN of the record to come, and consumes none.

/// What a record means to its owner. Zero is the journal's own.
public struct RecordKind: Hashable, Sendable {
    public let rawValue: UInt8
    public init(_ rawValue: UInt8) { self.rawValue = rawValue }

    static let mark = RecordKind(0)
}

/// One record of a journal.
public struct JournalRecord: Hashable, Sendable {
    public let lsn: LSN
    public let kind: RecordKind
    public let payload: [UInt8]

    public init(lsn: LSN, kind: RecordKind, payload: [UInt8]) {
        self.lsn = lsn
        self.kind = kind
        self.payload = payload
    }
}

/// Identifies a journal: the same in all of its segments, drawn at random.
public struct JournalID: Hashable, Sendable {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
}

enum JournalFormat {
    static let magic = Array("HZJOURNL".utf8)
    static let version: UInt32 = 1
    static let headerByteCount = 32
    static let recordHeaderByteCount = 29
    static let maxPayloadByteCount = 1 << 26

    static func byteCount(ofPayload count: Int) -> Int { recordHeaderByteCount + count }

    static func encodeHeader(_ id: JournalID, first: LSN) -> [UInt8] {
        var writer = ByteWriter(capacity: headerByteCount)
        writer.writeRaw(magic)
        writer.write(version)
        writer.write(id.value)
        writer.write(first.value)
        writer.write(checksum(writer.bytes[...]))
        return writer.bytes
    }

    /// - Returns: nil where the bytes begin with no valid header.
    static func decodeHeader(_ bytes: [UInt8]) -> (id: JournalID, first: LSN)? {
        guard bytes.count >= headerByteCount, bytes.starts(with: magic) else { return nil }
        guard checksum(bytes[..<28]) == load(bytes, 28) else { return nil }
        guard load(bytes, 8) == version else { return nil }
        return (JournalID(load(bytes, 12)), LSN(load(bytes, 20)))
    }

    static func encode(_ record: JournalRecord, synced: LSN, id: JournalID, into bytes: inout [UInt8]) {
        var fields = ByteWriter(capacity: recordHeaderByteCount - 4)
        fields.write(UInt32(record.payload.count))
        fields.write(record.lsn.value)
        fields.write(synced.value)
        fields.write(record.kind.rawValue)
        fields.write(checksum(record.payload[...]))
        var check = ByteWriter(capacity: 4)
        check.write(checksum(fields.bytes[...], id: id))
        bytes += check.bytes
        bytes += fields.bytes
        bytes += record.payload
    }

    /// The fields in front of a payload, whose own checksum held.
    struct RecordHeader {
        let payloadByteCount: Int
        let lsn: LSN
        let synced: LSN
        let kind: RecordKind
        let payloadChecksum: UInt32
    }

    /// - Returns: nil where no valid record header stands at `offset`. The payload may be damaged or cut off.
    static func decodeRecordHeader(_ bytes: [UInt8], at offset: Int, id: JournalID) -> RecordHeader? {
        guard bytes.count - offset >= recordHeaderByteCount else { return nil }
        let length: UInt32 = load(bytes, offset + 4)
        let lsn: UInt64 = load(bytes, offset + 8)
        let synced: UInt64 = load(bytes, offset + 16)
        guard lsn > synced, length <= maxPayloadByteCount else { return nil }
        let end = offset + recordHeaderByteCount
        guard checksum(bytes[offset + 4..<end], id: id) == load(bytes, offset) else { return nil }
        return RecordHeader(
            payloadByteCount: Int(length), lsn: LSN(lsn), synced: LSN(synced), kind: RecordKind(bytes[end - 5]),
            payloadChecksum: load(bytes, end - 4))
    }

    /// - Returns: nil where no valid record stands at `offset`.
    static func decode(_ bytes: [UInt8], at offset: Int, id: JournalID) -> JournalRecord? {
        guard let header = decodeRecordHeader(bytes, at: offset, id: id) else { return nil }
        let start = offset + recordHeaderByteCount
        guard bytes.count - start >= header.payloadByteCount else { return nil }
        let payload = bytes[start..<start + header.payloadByteCount]
        guard checksum(payload) == header.payloadChecksum else { return nil }
        return JournalRecord(lsn: header.lsn, kind: header.kind, payload: Array(payload))
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>, id: JournalID? = nil) -> UInt32 {
        var crc = CRC32C()
        if let id {
            var writer = ByteWriter(capacity: 8)
            writer.write(id.value)
            crc.update(writer.bytes[...])
        }
        crc.update(bytes)
        return crc.value
    }

    /// Whether only zeros stand from `offset` to the end.
    static func isZero(_ bytes: [UInt8], from offset: Int) -> Bool {
        bytes.withUnsafeBytes { raw in
            var index = min(offset, raw.count)
            while index + 8 <= raw.count {
                guard raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) == 0 else { return false }
                index += 8
            }
            while index < raw.count {
                guard raw[index] == 0 else { return false }
                index += 1
            }
            return true
        }
    }

    /// A little-endian field.
    private static func load<T: FixedWidthInteger & BitwiseCopyable>(_ bytes: [UInt8], _ offset: Int) -> T {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= bytes.count, "a field lies within its segment")
        return T(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) })
    }
}
