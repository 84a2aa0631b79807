import Primitives
import Storage

/// All that an agent's store holds up to a record of its journal, in one file:
///
///     "HZAGENT1" ‖ u64 LSN ‖ list of families {text name, list of {bytes key, bytes value}} ‖ u32 CRC32C of all before
struct AgentImage: Sendable {
    private static let magic = Array("HZAGENT1".utf8)

    let contents: StoreContents
    /// The last record that is folded in.
    let lsn: LSN

    /// Durable on return.
    /// - Returns: the image's size.
    func write(_ path: String) throws(StorageFailure) -> Int {
        var writer = ByteWriter(capacity: 1 << 16)
        writer.writeRaw(Self.magic)
        writer.write(lsn.value)
        writer.write(UInt32(ColumnFamily.all.count))
        for family in ColumnFamily.all {
            writer.write(family.name)
            writer.write(UInt32(contents.count(of: family)))
            try contents.scan(family, from: [], upTo: nil) { key, value in
                writer.writeBytes(key)
                writer.writeBytes(value)
                return true
            }
        }
        writer.write(CRC32C.checksum(writer.bytes))
        try AtomicFile.write(writer.bytes, to: path)
        return writer.bytes.count
    }

    /// An empty image where there is no file.
    static func read(_ path: String) throws(StorageFailure) -> (image: AgentImage, byteCount: Int) {
        guard let bytes = try AtomicFile.read(path, limit: 1 << 31) else {
            return (AgentImage(contents: StoreContents(), lsn: .zero), 0)
        }
        do throws(DecodingFailure) {
            return (try decode(bytes), bytes.count)
        } catch {
            throw .corrupted(.engine("\(path): \(error)"))
        }
    }

    private static func decode(_ bytes: [UInt8]) throws(DecodingFailure) -> AgentImage {
        guard bytes.count >= 4 else { throw .truncated(offset: bytes.count) }
        var trailer = ByteReader(bytes[(bytes.count - 4)...])
        let body = bytes[..<(bytes.count - 4)]
        guard try trailer.read(UInt32.self) == CRC32C.checksum(body) else { throw .malformed("checksum", offset: 0) }
        var reader = ByteReader(body)
        guard try reader.readRaw(magic.count).elementsEqual(magic) else { throw .malformed("magic", offset: 0) }
        let lsn = LSN(try reader.read())
        var contents = StoreContents()
        for _ in 0..<(try reader.read(UInt32.self)) {
            let family = try BatchCoding.readFamily(&reader)
            for _ in 0..<(try reader.read(UInt32.self)) {
                contents.apply([.put(family, key: try reader.readBytes(), value: try reader.readBytes(limit: 1 << 26))])
            }
        }
        try reader.finish()
        return AgentImage(contents: contents, lsn: lsn)
    }
}
