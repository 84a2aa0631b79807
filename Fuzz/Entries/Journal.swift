import Primitives
import Storage

/// Segments of a journal. Where the first byte is odd, the rest is one segment as it lies on a disk; else a script that writes
/// segments whose checksums are right, then damages them, so that a fuzzer gets behind the checksums.
func fuzzJournal(_ input: UnsafeRawBufferPointer) {
    var input = InputReader(input)
    let kind = input.byte()
    let scanner = JournalScanner(checkpoint: LSN(UInt64(kind >> 4)), synced: LSN(UInt64(input.number(below: 16))))
    if kind & 1 == 1 {
        scan([(LSN(1), input.bytes(1 << 16))], scanner)
    } else {
        scan(segments(&input), scanner)
    }
}

private func scan(_ segments: [(name: LSN, bytes: [UInt8])], _ scanner: JournalScanner) {
    var scanner = scanner
    var visited: [LSN] = []
    do throws(StorageFailure) {
        for segment in segments {
            try scanner.read(segment: segment.name, segment.bytes) { record in
                precondition(visited.last.map { $0 < record.lsn } ?? true, "records come in order")
                visited.append(record.lsn)
            }
        }
        let synced = scanner.synced
        let recovery = try scanner.finish(freshID: JournalID(9))
        precondition(recovery.last >= synced, "what was synced is found")
        precondition(visited.last.map { $0 <= recovery.last } ?? true, "the last record is the last that was visited")
        check(recovery, segments)
    } catch {
        guard case .corrupted = error else { preconditionFailure("a scan fails by corruption only") }
    }
}

private func check(_ recovery: JournalRecovery, _ segments: [(name: LSN, bytes: [UInt8])]) {
    guard let last = recovery.segments.last, let bytes = segments.last(where: { $0.name == last })?.bytes else {
        return
    }
    precondition(recovery.tailByteCount <= bytes.count, "the tail lies in its segment")
    // What is cut off as it says is whole.
    var again = JournalScanner(checkpoint: last.previous)
    do throws(StorageFailure) {
        try again.read(segment: last, Array(bytes.prefix(recovery.tailByteCount))) { _ in }
        let second = try again.finish(freshID: JournalID(9))
        precondition(second.last == recovery.last && second.torn == nil, "the journal goes on where the scan ended")
    } catch {
        preconditionFailure("a tail that was cut is whole: \(error)")
    }
}

/// The bytes that journal.md draws, from a script: 4 header, then records, then damage.
private func segments(_ input: inout InputReader) -> [(name: LSN, bytes: [UInt8])] {
    var result: [(name: LSN, bytes: [UInt8])] = []
    var lsn = UInt64(1)
    var id = UInt64(input.byte())
    for _ in 0..<input.number(below: 4) + 1 where !input.isAtEnd {
        let change = input.byte()
        if change & 0xE0 == 0xE0 { lsn = input.wide() }
        if change & 0x1C == 0x1C { id = input.wide() }
        let name = LSN(change & 3 == 3 ? UInt64(change) : lsn)
        var bytes = header(id, lsn)
        for _ in 0..<input.number(below: 8) where !input.isAtEnd { bytes += record(&input, id, &lsn) }
        damage(&bytes, &input)
        // A folder lists each name once, in order.
        if result.last.map({ $0.name < name }) ?? true { result.append((name, bytes)) }
    }
    return result
}

private func header(_ id: UInt64, _ first: UInt64) -> [UInt8] {
    var writer = ByteWriter(capacity: 32)
    writer.writeRaw("HZJOURNL".utf8)
    writer.write(1 as UInt32)
    writer.write(id)
    writer.write(first)
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
}

private func record(_ input: inout InputReader, _ id: UInt64, _ lsn: inout UInt64) -> [UInt8] {
    let shape = input.byte()
    let payload = input.bytes(shape & 0x40 != 0 ? Int(input.byte()) : Int(shape & 3))
    let behind = UInt64(input.number(below: 4))
    let synced = shape & 0x80 != 0 ? input.wide() : lsn > behind ? lsn - 1 - behind : 0
    let kind = shape & 0x30 == 0x30 ? 0 : UInt8(1)
    var fields = ByteWriter(capacity: 25)
    fields.write(shape & 0x0C == 0x0C ? UInt32(input.byte()) << 20 : UInt32(payload.count))
    fields.write(lsn)
    fields.write(synced)
    fields.write(kind)
    fields.write(CRC32C.checksum(payload))
    var check = ByteWriter()
    check.write(id)
    check.writeRaw(fields.bytes)
    var bytes = ByteWriter()
    bytes.write(CRC32C.checksum(check.bytes))
    if kind != 0 { lsn &+= 1 }
    return bytes.bytes + fields.bytes + payload
}

private func damage(_ bytes: inout [UInt8], _ input: inout InputReader) {
    switch input.number(below: 6) {
    case 0: bytes.removeLast(min(bytes.count, Int(input.byte())))
    case 1: bytes += [UInt8](repeating: 0, count: Int(input.byte()))
    case 2: bytes[(Int(input.byte()) << 2 | Int(input.byte() & 3)) % bytes.count] ^= 1 << (input.byte() & 7)
    case 3: bytes += input.bytes(Int(input.byte()))
    default: break
    }
}
