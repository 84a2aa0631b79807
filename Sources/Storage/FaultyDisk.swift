public import Primitives

/// A disk in memory that performs a journal's steps and then loses power: what was written since a file's last sync is
/// there, gone or torn. Simulations and tests drive a `Journal` over it.
public struct FaultyDisk: Sendable {
    private struct File: Sendable {
        var synced: [UInt8] = []
        var writes: [(offset: Int, bytes: [UInt8])] = []

        var current: [UInt8] {
            var bytes = synced
            for write in writes { File.put(write.bytes, at: write.offset, in: &bytes) }
            return bytes
        }

        static func put(_ bytes: [UInt8], at offset: Int, in file: inout [UInt8]) {
            guard !bytes.isEmpty else { return }
            if file.count < offset + bytes.count {
                file += Array(repeating: 0, count: offset + bytes.count - file.count)
            }
            file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
    }

    public static let sectorByteCount = 512
    /// Ascending by name.
    private var files: [(name: LSN, file: File)] = []
    private var freeByteCount: Int
    /// How often a sync completed.
    public private(set) var syncCount = 0

    public init(freeByteCount: Int = .max) { self.freeByteCount = freeByteCount }

    public var segments: [LSN] { files.map(\.name) }

    /// What a reader sees now.
    public func bytes(of segment: LSN) -> [UInt8] { files.first { $0.name == segment }?.file.current ?? [] }

    /// Performs a step; where `syncing` is false the power goes before the step's sync.
    public mutating func perform(_ step: JournalStep, syncing: Bool = true) throws(StorageFailure) {
        switch step {
        case .begin(let segment, let header, _):
            files.append((segment, File()))
            try write(header, at: 0, of: segment)
            if syncing { sync(segment) }
        case .commit(let group):
            try write(group.encode(), at: group.offset, of: group.segment)
            if syncing { sync(group.segment) }
        case .mark(let segment, let offset, let bytes): try write(bytes, at: offset, of: segment)
        case .remove(let names): files.removeAll { names.contains($0.name) }
        }
    }

    /// Cuts the power. Of each file's writes since its last sync, by chance all survive, none, each sector by itself, or what
    /// lies below some byte.
    public mutating func crash(_ random: inout PRNG) {
        for index in files.indices {
            var bytes = files[index].file.synced
            let way = random.next() % 4
            let end = random.next() % UInt64(files[index].file.current.count + 1)
            for write in files[index].file.writes where way > 0 {
                for (offset, part) in Self.sectors(of: write) {
                    switch way {
                    case 1: File.put(part, at: offset, in: &bytes)
                    case 2: if random.next() & 1 == 0 { File.put(part, at: offset, in: &bytes) }
                    default: File.put(Array(part.prefix(max(0, Int(end) - offset))), at: offset, in: &bytes)
                    }
                }
            }
            files[index].file = File(synced: bytes)
        }
    }

    private static func sectors(of write: (offset: Int, bytes: [UInt8])) -> [(offset: Int, bytes: [UInt8])] {
        var parts: [(offset: Int, bytes: [UInt8])] = []
        var start = 0
        while start < write.bytes.count {
            let room = sectorByteCount - (write.offset + start) % sectorByteCount
            let end = min(write.bytes.count, start + room)
            parts.append((write.offset + start, Array(write.bytes[start..<end])))
            start = end
        }
        return parts
    }

    /// Damages one byte.
    public mutating func flip(_ segment: LSN, at offset: Int, mask: UInt8) {
        edit(segment) { $0[offset] ^= mask }
    }

    /// Cuts a segment's file to its first bytes.
    public mutating func cut(_ segment: LSN, to byteCount: Int) {
        edit(segment) { $0.removeSubrange(min(byteCount, $0.count)...) }
    }

    /// Loses a segment's file.
    public mutating func lose(_ segment: LSN) { files.removeAll { $0.name == segment } }

    /// Reads the journal back and repairs the disk as a driver does: cuts the torn tail, deletes what was abandoned.
    public mutating func recover(
        checkpoint: LSN = .zero, synced: LSN = .zero, freshID: JournalID, _ visit: (JournalRecord) -> Void
    ) throws(StorageFailure) -> JournalRecovery {
        var scanner = JournalScanner(checkpoint: checkpoint, synced: synced)
        for (name, file) in files { try scanner.read(segment: name, file.current, visit) }
        let recovery = try scanner.finish(freshID: freshID)
        if let tail = recovery.segments.last { cut(tail, to: recovery.tailByteCount) }
        for name in recovery.abandoned { lose(name) }
        return recovery
    }

    private mutating func edit(_ segment: LSN, _ body: (inout [UInt8]) -> Void) {
        guard let index = files.firstIndex(where: { $0.name == segment }) else { return }
        var bytes = files[index].file.current
        body(&bytes)
        files[index].file = File(synced: bytes)
    }

    private mutating func write(_ bytes: [UInt8], at offset: Int, of segment: LSN) throws(StorageFailure) {
        guard bytes.count <= freeByteCount else { throw .full(operation: "write") }
        guard let index = files.firstIndex(where: { $0.name == segment }) else {
            throw .io(errno: 2, operation: "open \(segment.fileName)")
        }
        freeByteCount -= bytes.count
        files[index].file.writes.append((offset, bytes))
    }

    private mutating func sync(_ segment: LSN) {
        guard let index = files.firstIndex(where: { $0.name == segment }) else { return }
        files[index].file = File(synced: files[index].file.current)
        syncCount += 1
    }
}
