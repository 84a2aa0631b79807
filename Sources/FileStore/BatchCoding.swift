import Primitives
import Storage

/// A batch as a journal record: list of {u8 what (1 put, 2 delete, 3 delete range) ‖ text family ‖ bytes key or lower bound
/// ‖ bytes value or upper bound (empty for delete)}.
enum BatchCoding {
    static func encode(_ operations: [BatchOperation]) -> [UInt8] {
        var writer = ByteWriter(capacity: 64 * operations.count)
        writer.writeList(operations) { writer, operation in
            switch operation {
            case .put(let family, let key, let value): write(1, family, key, value, &writer)
            case .delete(let family, let key): write(2, family, key, [], &writer)
            case .deleteRange(let family, let lower, let upper): write(3, family, lower, upper, &writer)
            }
        }
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(DecodingFailure) -> [BatchOperation] {
        var reader = ByteReader(bytes)
        let operations = try reader.readList(limit: bytes.count) { reader throws(DecodingFailure) in
            try readOperation(&reader)
        }
        try reader.finish()
        return operations
    }

    static func readFamily(_ reader: inout ByteReader) throws(DecodingFailure) -> ColumnFamily {
        let offset = reader.offset
        let name = try reader.readString(limit: 64)
        guard let family = ColumnFamily.all.first(where: { $0.name == name }) else {
            throw .malformed("no family is called \(name)", offset: offset)
        }
        return family
    }

    private static func readOperation(_ reader: inout ByteReader) throws(DecodingFailure) -> BatchOperation {
        let offset = reader.offset
        let what: UInt8 = try reader.read()
        let family = try readFamily(&reader)
        let first = try reader.readBytes(limit: 1 << 26)
        let second = try reader.readBytes(limit: 1 << 26)
        switch what {
        case 1: return .put(family, key: first, value: second)
        case 2 where second.isEmpty: return .delete(family, key: first)
        case 3: return .deleteRange(family, from: first, upTo: second)
        default: throw .malformed("operation \(what)", offset: offset)
        }
    }

    private static func write(
        _ what: UInt8, _ family: ColumnFamily, _ first: [UInt8], _ second: [UInt8], _ writer: inout ByteWriter
    ) {
        writer.write(what)
        writer.write(family.name)
        writer.writeBytes(first)
        writer.writeBytes(second)
    }
}
