/// The standard packing, which takes the zeros out of a message, framed or flat. It is a transformation of whole words:
///
///     tag, then for each bit of the tag that is set (lowest first) a byte of the word; the others are zero
///     tag 0x00 is followed by the number of further words of zeros
///     tag 0xFF is followed, after its word, by a number of words that come as they are
///
/// `MessageBuilder.packed()` and `Message(packed:)` pack and unpack a framed message without a copy between;
/// `PackedFrameDecoder` cuts a packed stream into messages as it arrives.
public enum Packing {
    /// - Parameter bytes: whole words.
    public static func pack(_ bytes: [UInt8]) -> [UInt8] { pack(bytes.span.bytes) }

    /// - Parameter bytes: whole words.
    public static func pack(_ bytes: RawSpan) -> [UInt8] {
        precondition(bytes.byteCount % 8 == 0, "only whole words can be packed")
        let capacity = maxPackedByteCount(wordCount: bytes.byteCount / 8)
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, initialized in
            guard let start = buffer.baseAddress else { return }
            var packer = Packer(target: UnsafeMutableRawPointer(start))
            bytes.withUnsafeBytes { packer.pack($0) }
            initialized = packer.target - UnsafeMutableRawPointer(start)
        }
    }

    /// - Throws: `truncated`, or `messageTooLarge` for more than the limits' words (and the largest segment table).
    public static func unpack(_ packed: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) -> [UInt8] {
        try unpack(packed.span.bytes, limits: limits)
    }

    /// - Throws: `truncated`, or `messageTooLarge` for more than the limits' words (and the largest segment table).
    public static func unpack(_ packed: RawSpan, limits: ReadLimits = .default) throws(CapnProtoError) -> [UInt8] {
        let maxByteCount = limits.traversalWords.saturatingBytes + (ReadLimits.maxSegmentCount + 2) * 4
        let byteCount = try unpackedByteCount(packed)
        guard byteCount <= maxByteCount else { throw .messageTooLarge }
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
            let target = UnsafeMutableRawBufferPointer(buffer)
            var unpacker = Unpacker()
            packed.withUnsafeBytes { initialized = unpacker.unpack($0, to: target).written }
        }
    }

    /// The most bytes that so many words take when packed, and the seven that a store may write beyond: a tag and a count
    /// besides each word.
    static func maxPackedByteCount(wordCount: Int) -> Int { wordCount * 10 + 8 }

    /// What whole packed bytes stand for.
    private static func unpackedByteCount(_ packed: RawSpan) throws(CapnProtoError) -> Int {
        var position = 0
        var byteCount = 0
        while position < packed.byteCount {
            let tag = packed.unsafeLoad(fromByteOffset: position, as: UInt8.self)
            position += 1 + tag.nonzeroBitCount
            byteCount += 8
            guard tag == 0 || tag == 0xFF else { continue }
            guard position < packed.byteCount else { throw .truncated }
            let run = Int(packed.unsafeLoad(fromByteOffset: position, as: UInt8.self)) * 8
            position += 1 + (tag == 0 ? 0 : run)
            byteCount += run
        }
        guard position == packed.byteCount else { throw .truncated }
        return byteCount
    }
}

extension MessageBuilder {
    /// The message framed for a stream and packed.
    public func packed() -> [UInt8] {
        var bytes: [UInt8] = []
        appendPacked(to: &bytes)
        return bytes
    }

    /// Appends the message, framed for a stream and packed.
    public func appendPacked(to bytes: inout [UInt8]) {
        let capacity = Packing.maxPackedByteCount(wordCount: framedByteCount / 8)
        withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 8) { buffer in
            guard let start = buffer.baseAddress else { return }
            var packer = Packer(target: start)
            Framing.withTable(arena) { packer.pack($0) }
            for index in 0..<segmentCount { segmentBytes(index).withUnsafeBytes { packer.pack($0) } }
            bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: packer.target - start))
        }
    }
}

extension Int {
    /// Eight times as much, or as much as fits.
    fileprivate var saturatingBytes: Int { self > Int.max >> 4 ? Int.max >> 1 : self * 8 }
}
