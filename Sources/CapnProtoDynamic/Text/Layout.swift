/// Puts the items of a list or record on one line or on several, after they are written.
///
/// A codec writes items one after another to the end of its output and notes where each begins; when the last is there, it
/// is known what fits, and the items get what goes between them.
struct Layout {
    /// Where each item begins.
    var starts: [Int] = []

    mutating func begin(_ output: [UInt8]) { starts.append(output.count) }

    var count: Int { starts.count }

    func length(_ index: Int, _ output: [UInt8]) -> Int {
        (index + 1 < starts.count ? starts[index + 1] : output.count) - starts[index]
    }

    func contains(_ byte: UInt8, _ index: Int, _ output: [UInt8]) -> Bool {
        output[starts[index]..<starts[index] + length(index, output)].contains(byte)
    }

    /// Puts `opening` before the first item, `delimiter` between any two, `closing` after the last.
    func spread(_ output: inout [UInt8], opening: [UInt8], delimiter: [UInt8], closing: [UInt8]) {
        guard let first = starts.first else { return }
        let gaps = opening.count + delimiter.count * (starts.count - 1)
        guard gaps > 0 else {
            output.append(contentsOf: closing)
            return
        }
        let items = Array(output[first...])
        output.removeSubrange(first...)
        output.reserveCapacity(first + items.count + gaps + closing.count)
        for index in starts.indices {
            output.append(contentsOf: index == 0 ? opening : delimiter)
            let begin = starts[index] - first
            let end = index + 1 < starts.count ? starts[index + 1] - first : items.count
            output.append(contentsOf: items[begin..<end])
        }
        output.append(contentsOf: closing)
    }
}
