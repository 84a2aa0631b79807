import Primitives

/// Which numbers of one sender's epoch have been handled: disjoint ranges, ascending, merged where they touch. Numbers that a
/// handler refused stay out, so that the owner's retry of a dead letter is handled.
struct HandledNumbers: Sendable, Hashable {
    static let maxRangeCount = 256

    enum Verdict: Hashable, Sendable {
        case fresh
        case handled
        /// So old that it is no longer known.
        case forgotten
    }

    private(set) var ranges: [ClosedRange<UInt64>] = []
    /// Nothing is known of numbers up to here.
    private(set) var forgottenThrough: UInt64 = 0

    init() {}

    func verdict(_ number: UInt64) -> Verdict {
        if number <= forgottenThrough { return .forgotten }
        let index = firstIndex(reaching: number)
        return index < ranges.count && ranges[index].contains(number) ? .handled : .fresh
    }

    mutating func insert(_ number: UInt64) {
        guard number > forgottenThrough else { return }
        var index = firstIndex(reaching: number)
        if index < ranges.count, ranges[index].contains(number) { return }
        var range = number...number
        if index > 0, ranges[index - 1].upperBound == number - 1 {
            index -= 1
            range = ranges.remove(at: index).lowerBound...number
        }
        if index < ranges.count, number < .max, ranges[index].lowerBound == number + 1 {
            range = range.lowerBound...ranges.remove(at: index).upperBound
        }
        ranges.insert(range, at: index)
        if ranges.count > Self.maxRangeCount { forgottenThrough = ranges.removeFirst().upperBound }
    }

    /// The first range that ends at or above `number`.
    private func firstIndex(reaching number: UInt64) -> Int {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func write(to writer: inout ByteWriter) {
        writer.write(forgottenThrough)
        writer.write(UInt32(ranges.count))
        for range in ranges {
            writer.write(range.lowerBound)
            writer.write(range.upperBound)
        }
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        forgottenThrough = try reader.read()
        let count = try reader.read(UInt32.self)
        guard count <= Self.maxRangeCount else { throw .malformed("ranges", offset: reader.offset) }
        for _ in 0..<count {
            let (lower, upper): (UInt64, UInt64) = (try reader.read(), try reader.read())
            guard lower <= upper, lower > (ranges.last?.upperBound ?? forgottenThrough) else {
                throw .malformed("range", offset: reader.offset)
            }
            ranges.append(lower...upper)
        }
    }
}
