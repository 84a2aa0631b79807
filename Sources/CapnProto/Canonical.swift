// The canonical form: the one encoding of a value that everybody who hashes or signs it arrives at. One segment,
// objects in the order in which a walk from the root meets them, sections cut after their last word that isn't zero
// (in a list of structs, after the last of all elements), no far pointers, no capabilities.

extension AnyPointerReader {
    /// The canonical segment with this as its root; not framed.
    /// - Throws: `notCanonical` for a capability, which has no canonical form.
    public func canonical() throws(CapnProtoError) -> [UInt8] {
        try canonical(capabilities: .refused)
    }
    func canonical(capabilities: CapabilityPolicy) throws(CapnProtoError) -> [UInt8] {
        var writer = CanonicalWriter(capabilities)
        try writer.write(self, slot: 0)
        return writer.bytes
    }
}

extension StructReader {
    /// The canonical segment with this as its root; not framed.
    /// - Throws: `notCanonical` for a capability, which has no canonical form.
    public func canonical() throws(CapnProtoError) -> [UInt8] {
        try canonical(capabilities: .refused)
    }
    func canonical(capabilities: CapabilityPolicy) throws(CapnProtoError) -> [UInt8] {
        var writer = CanonicalWriter(capabilities)
        try writer.write(self, slot: 0)
        return writer.bytes
    }
}

extension Message {
    /// Throws `notCanonical` unless the message is one segment in canonical form.
    public func checkCanonical() throws(CapnProtoError) {
        guard segmentCount == 1 else { throw .notCanonical }
        let canonical = try rootPointer.canonical()
        let isSame = segmentBytes(0).withUnsafeBytes { $0.elementsEqual(canonical) }
        guard isSame else { throw .notCanonical }
    }
}

extension StructValue {
    /// The canonical segment with this as its root; not framed.
    public func canonical() throws(CapnProtoError) -> [UInt8] {
        var message = MessageBuilder()
        message.setRoot(self)
        return try message.reader(Schema.self).raw.canonical()
    }
}

/// What becomes of capabilities, which have no canonical form.
enum CapabilityPolicy { case refused, null }

/// Appends objects to one segment. The source's traversal allowance bounds what is appended.
private struct CanonicalWriter {
    private var words: [UInt64] = [0]
    private let capabilities: CapabilityPolicy

    init(_ capabilities: CapabilityPolicy) { self.capabilities = capabilities }

    var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: words.count * 8) { buffer, initialized in
            for (index, word) in words.enumerated() {
                UnsafeMutableRawBufferPointer(buffer)
                    .storeBytes(of: word.littleEndian, toByteOffset: index * 8, as: UInt64.self)
            }
            initialized = words.count * 8
        }
    }

    mutating func write(_ source: AnyPointerReader, slot: Int) throws(CapnProtoError) {
        switch try source.kind {
        case .null: return
        case .structure: try write(source.structure(), slot: slot)
        case .list: try write(source.anyList(), slot: slot)
        case .capability: if capabilities == .refused { throw .notCanonical }
        }
    }

    mutating func write(_ source: StructReader, slot: Int) throws(CapnProtoError) {
        let size = try source.trimmedSize(capabilities)
        guard size.words > 0 else {
            words[slot] = WirePointer.emptyStruct.word
            return
        }
        let start = append(size.words, slot: slot, lower: 0, upper: size.upper)
        try fill(start, source, size)
    }

    private mutating func write(_ source: ListReader, slot: Int) throws(CapnProtoError) {
        let size = source.elementSize
        if size == .composite { return try writeComposite(source, slot: slot) }
        let upper = UInt32(source.count) << 3 | UInt32(size.rawValue)
        let bits = source.count * size.stepBits
        let start = append((bits + 63) / 64, slot: slot, lower: 1, upper: upper)
        guard size == .pointer else {
            for index in 0..<(bits + 63) / 64 { words[start + index] = source.dataWord(index, ofBits: bits) }
            return
        }
        for index in 0..<source.count { try write(source.anyPointer(at: index), slot: start + index) }
    }

    private mutating func writeComposite(_ source: ListReader, slot: Int) throws(CapnProtoError) {
        var size = StructSize(dataWords: 0, pointerCount: 0)
        let sizedCount = source.structSize.words > 0 ? source.count : 0
        for index in 0..<sizedCount {
            size = size.union(try source.structure(at: index).trimmedSize(capabilities))
        }
        let count = source.count * size.words
        let upper = UInt32(count) << 3 | UInt32(ElementSize.composite.rawValue)
        let tag = append(count + 1, slot: slot, lower: 1, upper: upper)
        words[tag] = WirePointer.near(lower: 0, upper: size.upper, offset: source.count).word
        for index in 0..<sizedCount {
            try fill(tag + 1 + index * size.words, source.structure(at: index), size)
        }
    }

    private mutating func fill(_ start: Int, _ source: StructReader, _ size: StructSize) throws(CapnProtoError) {
        let dataWords = Int(size.dataWords)
        for index in 0..<dataWords { words[start + index] = source.dataWord(index) }
        for index in 0..<Int(size.pointerCount) {
            try write(source.anyPointer(index), slot: start + dataWords + index)
        }
    }

    private mutating func append(_ count: Int, slot: Int, lower: UInt32, upper: UInt32) -> Int {
        let start = words.count
        words[slot] = WirePointer.near(lower: lower, upper: upper, offset: start - slot - 1).word
        words.append(contentsOf: repeatElement(0, count: count))
        return start
    }
}

extension StructReader {
    /// A word of the data section; bytes beyond its end read as zero.
    func dataWord(_ index: Int) -> UInt64 {
        loadWord(data + index * 8, byteCount: min(8, Int(dataBytes) - index * 8))
    }

    /// The sections without the zeros at their ends. A far pointer that leads to null is null.
    func trimmedSize(_ capabilities: CapabilityPolicy) throws(CapnProtoError) -> StructSize {
        var dataWords = (Int(dataBytes) + 7) / 8
        while dataWords > 0, dataWord(dataWords - 1) == 0 { dataWords -= 1 }
        var pointers = Int(pointerCount)
        while pointers > 0 {
            let kind = try anyPointer(pointers - 1).kind
            guard kind == .null || kind == .capability && capabilities == .null else { break }
            pointers -= 1
        }
        return StructSize(dataWords: UInt16(dataWords), pointerCount: UInt16(pointers))
    }
}

extension ListReader {
    /// A word of a list of numbers that has `bits` in all; bits beyond its end read as zero.
    func dataWord(_ index: Int, ofBits bits: Int) -> UInt64 {
        let left = bits - index * 64
        let word = loadWord(base + index * 8, byteCount: min(8, (left + 7) / 8))
        return left >= 64 ? word : word & (1 << UInt64(left) - 1)
    }
}

private func loadWord(_ address: UnsafeRawPointer, byteCount: Int) -> UInt64 {
    if byteCount == 8 { return UInt64(littleEndian: address.loadUnaligned(as: UInt64.self)) }
    var word: UInt64 = 0
    for index in 0..<max(0, byteCount) {
        word |= UInt64(address.load(fromByteOffset: index, as: UInt8.self)) << UInt64(index * 8)
    }
    return word
}
