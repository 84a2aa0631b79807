/// The standard packing, which takes the zeros out of a framed message. It is a transformation of whole words:
///
///     tag, then for each bit of the tag that is set (lowest first) a byte of the word; the others are zero
///     tag 0x00 is followed by the number of further words of zeros
///     tag 0xFF is followed, after its word, by a number of words that come as they are
public enum Packing {
    /// - Parameter bytes: whole words.
    public static func pack(_ bytes: [UInt8]) -> [UInt8] {
        precondition(bytes.count % 8 == 0, "only whole words can be packed")
        var packed = [UInt8]()
        packed.reserveCapacity(bytes.count / 2)
        var position = 0
        while position < bytes.count {
            let tag = appendWord(bytes, position, to: &packed)
            position += 8
            if tag == 0 {
                let end = run(bytes, from: position) { $0 == 8 }
                packed.append(UInt8((end - position) / 8))
                position = end
            } else if tag == 0xFF {
                let end = run(bytes, from: position) { $0 < 2 }
                packed.append(UInt8((end - position) / 8))
                packed.append(contentsOf: bytes[position..<end])
                position = end
            }
        }
        return packed
    }

    /// - Throws: `truncated`, or `messageTooLarge` for more than the limits' words (and the largest segment table).
    public static func unpack(_ packed: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) -> [UInt8] {
        let maxByteCount = limits.traversalWords * 8 + (ReadLimits.maxSegmentCount + 2) * 4
        var bytes = [UInt8]()
        var position = 0
        while position < packed.count {
            let tag = packed[position]
            position += 1
            let count = tag.nonzeroBitCount
            guard packed.count - position >= count + (tag == 0 || tag == 0xFF ? 1 : 0) else { throw .truncated }
            guard bytes.count + 8 <= maxByteCount else { throw .messageTooLarge }
            for bit in 0..<8 {
                let isSet = tag >> UInt8(bit) & 1 != 0
                bytes.append(isSet ? packed[position] : 0)
                position += isSet ? 1 : 0
            }
            guard tag == 0 || tag == 0xFF else { continue }
            let runBytes = Int(packed[position]) * 8
            position += 1
            guard bytes.count + runBytes <= maxByteCount else { throw .messageTooLarge }
            if tag == 0 {
                bytes.append(contentsOf: repeatElement(0, count: runBytes))
            } else {
                guard packed.count - position >= runBytes else { throw .truncated }
                bytes.append(contentsOf: packed[position..<position + runBytes])
                position += runBytes
            }
        }
        return bytes
    }

    /// - Returns: the tag.
    private static func appendWord(_ bytes: [UInt8], _ start: Int, to packed: inout [UInt8]) -> UInt8 {
        var tag: UInt8 = 0
        let tagPosition = packed.count
        packed.append(0)
        for offset in 0..<8 where bytes[start + offset] != 0 {
            tag |= 1 << UInt8(offset)
            packed.append(bytes[start + offset])
        }
        packed[tagPosition] = tag
        return tag
    }

    /// The end of at most 255 words whose number of zero bytes satisfies `belongs`.
    private static func run(_ bytes: [UInt8], from start: Int, _ belongs: (Int) -> Bool) -> Int {
        var end = start
        while end < bytes.count, end - start < 255 * 8 {
            let zeros = (0..<8).reduce(0) { $0 + (bytes[end + $1] == 0 ? 1 : 0) }
            guard belongs(zeros) else { break }
            end += 8
        }
        return end
    }
}
