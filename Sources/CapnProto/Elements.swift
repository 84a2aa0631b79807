// The elements of lists that aren't generated: numbers, Bool, Void, Text, Data, pointers.

/// An element that is read without following a pointer: an integer, a float or a Bool.
public protocol NumberElement: ListValueElement, Sendable, Hashable, Codable where Reader == Self, Value == Self {
    static func load(_ list: ListReader, at index: Int) -> Self
}

extension NumberElement {
    @inlinable public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Self {
        load(list, at: index)
    }
    @inlinable public static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Self {
        load(list, at: index)
    }
}

/// An element that lies behind a pointer, so that reading it may fail.
public protocol PointerElement: ListElement {}

extension NumberElement where Self: FixedWidthInteger {
    @inlinable public static var elementSize: ElementSize {
        switch MemoryLayout<Self>.size {
        case 1: .byte
        case 2: .twoBytes
        case 4: .fourBytes
        default: .eightBytes
        }
    }
    @inlinable public static func load(_ list: ListReader, at index: Int) -> Self { list.integer(at: index) }
    @inlinable public static func write(_ value: Self, to list: ListBuilder, at index: Int) {
        list.setInteger(value, at: index)
    }
}

extension UInt8: NumberElement {}
extension UInt16: NumberElement {}
extension UInt32: NumberElement {}
extension UInt64: NumberElement {}
extension Int8: NumberElement {}
extension Int16: NumberElement {}
extension Int32: NumberElement {}
extension Int64: NumberElement {}

extension Float: NumberElement {
    @inlinable public static var elementSize: ElementSize { .fourBytes }
    @inlinable public static func load(_ list: ListReader, at index: Int) -> Float {
        Float(bitPattern: list.integer(at: index))
    }
    @inlinable public static func write(_ value: Float, to list: ListBuilder, at index: Int) {
        list.setInteger(value.bitPattern, at: index)
    }
}

extension Double: NumberElement {
    @inlinable public static var elementSize: ElementSize { .eightBytes }
    @inlinable public static func load(_ list: ListReader, at index: Int) -> Double {
        Double(bitPattern: list.integer(at: index))
    }
    @inlinable public static func write(_ value: Double, to list: ListBuilder, at index: Int) {
        list.setInteger(value.bitPattern, at: index)
    }
}

extension Bool: NumberElement {
    @inlinable public static var elementSize: ElementSize { .bit }
    @inlinable public static func load(_ list: ListReader, at index: Int) -> Bool { list.bool(at: index) }
    @inlinable public static func write(_ value: Bool, to list: ListBuilder, at index: Int) {
        list.setBool(value, at: index)
    }
}

/// The schema type Void as an element of lists, where Swift's can't conform to anything.
public struct Unit: NumberElement {
    public init() {}
    @inlinable public static var elementSize: ElementSize { .void }
    @inlinable public static func load(_ list: ListReader, at index: Int) -> Unit { Unit() }
    @inlinable public static func write(_ value: Unit, to list: ListBuilder, at index: Int) {}
}

extension Text: ListValueElement, PointerElement {
    @inlinable public static var elementSize: ElementSize { .pointer }
    @inlinable @_lifetime(copy list)
    public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Reader {
        try list.text(at: index)
    }
    @inlinable public static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> String {
        try list.text(at: index).string
    }
    @inlinable public static func write(_ value: String, to list: ListBuilder, at index: Int) {
        if !value.isEmpty { list.setText(value, at: index) }
    }
}

extension Bytes: ListValueElement, PointerElement {
    @inlinable public static var elementSize: ElementSize { .pointer }
    @inlinable @_lifetime(copy list)
    public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Reader {
        try list.bytes(at: index)
    }
    @inlinable public static func value(_ list: ListReader, at index: Int) throws(CapnProtoError) -> [UInt8] {
        try list.bytes(at: index).array
    }
    @inlinable public static func write(_ value: [UInt8], to list: ListBuilder, at index: Int) {
        if !value.isEmpty { list.setBytes(value, at: index) }
    }
}

extension List: PointerElement {}
