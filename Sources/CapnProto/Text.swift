/// The schema type Text: UTF-8 that ends in a zero byte on the wire.
public enum Text {
    /// A text of a message, in place.
    @frozen public struct Reader: ~Escapable {
        @usableFromInline let start: UnsafeRawPointer?
        /// In bytes, without the zero at the end.
        public let count: Int

        @inlinable @_lifetime(immortal)
        init(_ bytes: UnsafeRawBufferPointer) {
            start = bytes.baseAddress
            count = bytes.count
        }
        /// An empty text.
        @inlinable @_lifetime(immortal)
        public init() {
            start = nil
            count = 0
        }
        /// A text that lives as long as the program.
        @inlinable @_lifetime(immortal)
        public init(constant: StaticString) {
            start = constant.hasPointerRepresentation ? UnsafeRawPointer(constant.utf8Start) : nil
            count = constant.hasPointerRepresentation ? constant.utf8CodeUnitCount : 0
        }

        @inlinable public var isEmpty: Bool { count == 0 }
        @inlinable var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
        @inlinable public var bytes: RawSpan {
            @_lifetime(copy self) get { _overrideLifetime(RawSpan(_unsafeBytes: buffer), copying: self) }
        }
        /// - Throws: `textNotUTF8`.
        public var string: String {
            get throws(CapnProtoError) {
                guard let text = String(validating: buffer, as: UTF8.self) else { throw .textNotUTF8 }
                return text
            }
        }
        /// The text with every ill-formed sequence replaced: for display only, as two texts may look alike.
        public var repaired: String { String(decoding: buffer, as: UTF8.self) }

        /// Whether the bytes are those of `text`, without making a string.
        public func equals(_ text: StaticString) -> Bool {
            let other = Reader(constant: text)
            return buffer.elementsEqual(other.buffer)
        }

        /// Whether the bytes of `text` occur in these, without making a string.
        public func contains(_ text: StaticString) -> Bool {
            guard text.hasPointerRepresentation else { return false }
            let needle = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
            guard let start, needle.count > 0, needle.count <= count else { return needle.count == 0 }
            return occurs(needle, in: UnsafeRawBufferPointer(start: start, count: count))
        }
    }
}

// MARK: Search

/// Looks at 32 places at a time for two bytes of `needle`, which is not empty: the first and the last one that isn't a space,
/// as most needles are words.
private func occurs(_ needle: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer) -> Bool {
    let start = text.baseAddress.unsafelyUnwrapped
    let last = start + (text.count - needle.count)
    guard last - start >= 31 else { return occurs(needle, from: start, through: last) }
    let one = needle.count > 2 && needle[0] == 0x20 ? 1 : 0
    let other = needle.count - (needle.count > 2 && needle[needle.count - 1] == 0x20 ? 2 : 1)
    let first = SIMD16<UInt8>(repeating: needle[one])
    let second = SIMD16<UInt8>(repeating: needle[other])
    let final = last - 31
    var place = start
    while true {
        // All that is read lies in the text, as its last place is the last one that is looked at.
        let low = matches(place + one, first) & matches(place + other, second)
        let high = matches(place + 16 + one, first) & matches(place + 16 + other, second)
        let any = unsafeBitCast(low | high, to: SIMD2<UInt64>.self)
        if _slowPath(any[0] | any[1] != 0), occurs(needle, place, low) || occurs(needle, place + 16, high) {
            return true
        }
        if place >= final { return false }
        place += 32
        if place > final { place = final }
    }
}

/// Ones in the lanes whose byte is the one that is looked for.
@inline(__always)
private func matches(_ place: UnsafeRawPointer, _ byte: SIMD16<UInt8>) -> SIMD16<UInt8> {
    unsafeBitCast(place.loadUnaligned(as: SIMD16<UInt8>.self) .== byte, to: SIMD16<UInt8>.self)
}

/// Whether the needle is at one of the places whose lanes are ones.
private func occurs(_ needle: UnsafeRawBufferPointer, _ place: UnsafeRawPointer, _ lanes: SIMD16<UInt8>) -> Bool {
    let words = unsafeBitCast(lanes, to: SIMD2<UInt64>.self)
    for half in 0..<2 {
        var word = UInt64(littleEndian: words[half])
        while word != 0 {
            let lane = word.trailingZeroBitCount / 8
            if begins(needle, place + half * 8 + lane) { return true }
            word &= ~(0xFF << UInt64(lane * 8))
        }
    }
    return false
}

private func occurs(
    _ needle: UnsafeRawBufferPointer, from start: UnsafeRawPointer, through last: UnsafeRawPointer
) -> Bool {
    var place = start
    while place <= last {
        if begins(needle, place) { return true }
        place += 1
    }
    return false
}

private func begins(_ needle: UnsafeRawBufferPointer, _ place: UnsafeRawPointer) -> Bool {
    var index = 0
    while index < needle.count, place.load(fromByteOffset: index, as: UInt8.self) == needle[index] { index += 1 }
    return index == needle.count
}
