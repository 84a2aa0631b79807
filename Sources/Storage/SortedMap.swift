/// An ordered map from byte strings to byte strings, in chunks, so that an insertion moves at most one chunk and a copy
/// shares all of them until they change. No chunk is empty; chunks and keys ascend.
struct SortedMap: Sendable {
    private struct Chunk: Sendable {
        var keys: [[UInt8]]
        var values: [[UInt8]]
    }

    private static let maxChunkCount = 256
    private var chunks: [Chunk] = []
    private(set) var count = 0

    subscript(key: [UInt8]) -> [UInt8]? {
        let chunk = chunkIndex(for: key)
        guard chunk < chunks.count else { return nil }
        let (position, found) = Self.position(of: key, in: chunks[chunk].keys)
        return found ? chunks[chunk].values[position] : nil
    }

    mutating func put(_ key: [UInt8], _ value: [UInt8]) {
        guard !chunks.isEmpty else {
            chunks = [Chunk(keys: [key], values: [value])]
            count = 1
            return
        }
        let chunk = min(chunkIndex(for: key), chunks.count - 1)
        let (position, found) = Self.position(of: key, in: chunks[chunk].keys)
        if found {
            chunks[chunk].values[position] = value
            return
        }
        chunks[chunk].keys.insert(key, at: position)
        chunks[chunk].values.insert(value, at: position)
        count += 1
        if chunks[chunk].keys.count > Self.maxChunkCount { split(chunk) }
    }

    mutating func remove(_ key: [UInt8]) {
        let chunk = chunkIndex(for: key)
        guard chunk < chunks.count else { return }
        let (position, found) = Self.position(of: key, in: chunks[chunk].keys)
        guard found else { return }
        chunks[chunk].keys.remove(at: position)
        chunks[chunk].values.remove(at: position)
        count -= 1
        if chunks[chunk].keys.isEmpty { chunks.remove(at: chunk) }
    }

    mutating func removeRange(from lower: [UInt8], upTo upper: [UInt8]) {
        var doomed: [[UInt8]] = []
        scan(from: lower, upTo: upper, reverse: false) { key, _ in
            doomed.append(key)
            return true
        }
        for key in doomed { remove(key) }
    }

    func scan(
        from lower: [UInt8], upTo upper: [UInt8]?, reverse: Bool, _ visit: (_ key: [UInt8], _ value: [UInt8]) -> Bool
    ) {
        reverse ? descend(from: lower, upTo: upper, visit) : ascend(from: lower, upTo: upper, visit)
    }

    private func ascend(from lower: [UInt8], upTo upper: [UInt8]?, _ visit: ([UInt8], [UInt8]) -> Bool) {
        var chunk = chunkIndex(for: lower)
        guard chunk < chunks.count else { return }
        var position = Self.position(of: lower, in: chunks[chunk].keys).0
        while chunk < chunks.count {
            while position < chunks[chunk].keys.count {
                let key = chunks[chunk].keys[position]
                if let upper, !KeyOrder.precedes(key, upper) { return }
                guard visit(key, chunks[chunk].values[position]) else { return }
                position += 1
            }
            chunk += 1
            position = 0
        }
    }

    private func descend(from lower: [UInt8], upTo upper: [UInt8]?, _ visit: ([UInt8], [UInt8]) -> Bool) {
        var chunk = chunks.count - 1
        var position = chunks.last?.keys.count ?? 0
        if let upper, chunk >= 0 {
            chunk = min(chunkIndex(for: upper), chunk)
            position = Self.position(of: upper, in: chunks[chunk].keys).0
        }
        while chunk >= 0 {
            while position > 0 {
                position -= 1
                let key = chunks[chunk].keys[position]
                if KeyOrder.precedes(key, lower) { return }
                guard visit(key, chunks[chunk].values[position]) else { return }
            }
            chunk -= 1
            position = chunk >= 0 ? chunks[chunk].keys.count : 0
        }
    }

    /// The first chunk whose last key isn't below `key`: where the key is, if it is anywhere.
    private func chunkIndex(for key: [UInt8]) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            let keys = chunks[middle].keys
            if KeyOrder.precedes(keys[keys.count - 1], key) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func position(of key: [UInt8], in keys: [[UInt8]]) -> (Int, found: Bool) {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if KeyOrder.precedes(keys[middle], key) { low = middle + 1 } else { high = middle }
        }
        return (low, low < keys.count && keys[low] == key)
    }

    private mutating func split(_ index: Int) {
        let chunk = chunks[index]
        let half = chunk.keys.count / 2
        let upper = Chunk(keys: Array(chunk.keys[half...]), values: Array(chunk.values[half...]))
        chunks[index] = Chunk(keys: Array(chunk.keys[..<half]), values: Array(chunk.values[..<half]))
        chunks.insert(upper, at: index + 1)
    }
}
