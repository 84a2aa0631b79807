/// One pointer word, little-endian:
///
///     struct      | offset:30 (signed, words from the end) |00| dataWords:16 | pointerCount:16     |
///     list        | offset:30 (signed)                     |01| elementSize:3 | count:29           |
///     far         | position:29, d:1 (double far)          |10| segment id:32                       |
///     capability  | 0:30                                   |11| index:32                            |
///
/// Every accessor widens to `Int` before anybody adds, so no sum of fields can overflow.
@frozen @usableFromInline
struct WirePointer {
    @usableFromInline let word: UInt64

    @inlinable @inline(__always) init(word: UInt64) { self.word = word }
    @inlinable @inline(__always) init(at slot: UnsafeRawPointer) {
        word = UInt64(littleEndian: slot.loadUnaligned(as: UInt64.self))
    }

    @inlinable @inline(__always) var isNull: Bool { word == 0 }
    @inlinable @inline(__always) var isStruct: Bool { word & 3 == 0 }
    @inlinable @inline(__always) var isList: Bool { word & 3 == 1 }
    @inlinable @inline(__always) var isFar: Bool { word & 3 == 2 }
    @inlinable @inline(__always) var isDoubleFar: Bool { word & 7 == 6 }
    @inlinable @inline(__always) var isCapability: Bool { word & 0xFFFF_FFFF == 3 }

    /// Struct and list: bytes from the end of the pointer to the object.
    @inlinable @inline(__always) var byteOffset: Int { Int(Int32(truncatingIfNeeded: word) & ~3) &* 2 }
    /// Struct and list: words from the end of the pointer to the object.
    @inlinable @inline(__always) var offset: Int { Int(Int32(truncatingIfNeeded: word) >> 2) }
    @inlinable @inline(__always) var dataWords: Int { Int((word >> 32) & 0xFFFF) }
    @inlinable @inline(__always) var pointerCount: Int { Int(word >> 48) }
    @inlinable @inline(__always) var structWords: Int { dataWords &+ pointerCount }
    @inlinable @inline(__always) var elementSize: ElementSize { ElementSize(bits: word >> 32) }
    /// List: elements, or words without the tag for a list of structs.
    @inlinable @inline(__always) var count: Int { Int(word >> 35) }
    /// A list's tag word has the shape of a struct pointer whose offset is the number of elements.
    @inlinable @inline(__always) var tagCount: Int { Int(UInt32(truncatingIfNeeded: word) >> 2) }
    @inlinable @inline(__always) var farPosition: Int { Int((word >> 3) & 0x1FFF_FFFF) }
    @inlinable @inline(__always) var upper: UInt32 { UInt32(truncatingIfNeeded: word >> 32) }

    @inlinable static func near(lower: UInt32, upper: UInt32, offset: Int) -> WirePointer {
        let low = UInt32(bitPattern: Int32(truncatingIfNeeded: offset) << 2) | lower
        return WirePointer(word: UInt64(upper) << 32 | UInt64(low))
    }
    @inlinable static func far(segment: UInt32, position: Int, double: Bool) -> WirePointer {
        WirePointer(word: UInt64(segment) << 32 | UInt64(position) << 3 | (double ? 6 : 2))
    }
    @inlinable static func capability(_ index: UInt32) -> WirePointer {
        WirePointer(word: UInt64(index) << 32 | 3)
    }
    /// A struct without content still needs a pointer that isn't null: one that leads to itself.
    @inlinable static var emptyStruct: WirePointer { WirePointer(word: 0xFFFF_FFFC) }

    @inlinable @inline(__always) func store(at slot: UnsafeMutableRawPointer) {
        slot.storeBytes(of: word.littleEndian, as: UInt64.self)
    }
}

/// How the elements of a list are laid out; the numbers are those of the wire.
@frozen public enum ElementSize: UInt8, Sendable, Hashable {
    case void, bit, byte, twoBytes, fourBytes, eightBytes, pointer, composite

    @inlinable @inline(__always) init(bits: UInt64) {
        // SAFETY: three bits, and all eight numbers are cases, in order.
        self = unsafeBitCast(UInt8(truncatingIfNeeded: bits & 7), to: ElementSize.self)
    }

    /// Bits of data in an element; zero for pointers and structs.
    @inlinable @inline(__always) public var dataBits: Int {
        // A byte for each case, the first lowest.
        Int(truncatingIfNeeded: (0x0000_4020_1008_0100 as UInt64) >> (UInt64(rawValue) &* 8)) & 0xFF
    }
    /// Bits from one element to the next; zero for structs, whose tag tells.
    @inlinable @inline(__always) public var stepBits: Int {
        Int(truncatingIfNeeded: (0x0040_4020_1008_0100 as UInt64) >> (UInt64(rawValue) &* 8)) & 0xFF
    }
    @inlinable @inline(__always) public var pointerCount: Int { self == .pointer ? 1 : 0 }
}

/// The sections of a struct.
@frozen public struct StructSize: Sendable, Hashable {
    public let dataWords: UInt16
    public let pointerCount: UInt16

    @inlinable public init(dataWords: UInt16, pointerCount: UInt16) {
        self.dataWords = dataWords
        self.pointerCount = pointerCount
    }
    @inlinable var words: Int { Int(dataWords) &+ Int(pointerCount) }
    @inlinable var upper: UInt32 { UInt32(pointerCount) << 16 | UInt32(dataWords) }
}
