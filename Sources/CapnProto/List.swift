/// The schema type List(Element), itself an element of lists.
public enum List<Element: ListElement>: ListElement {
    @inlinable public static var elementSize: ElementSize { .pointer }
    @inlinable @_lifetime(copy list)
    public static func read(_ list: ListReader, at index: Int) throws(CapnProtoError) -> Reader {
        Reader(try list.list(at: index, expecting: Element.elementSize))
    }

    /// A list of a message, in place. Numbers, enums and structs have a subscript; for elements that are pointers it
    /// throws.
    @frozen public struct Reader: ~Escapable {
        public let raw: ListReader

        @inlinable @inline(__always) @_lifetime(copy raw)
        public init(_ raw: ListReader) { self.raw = raw }

        @inlinable public var count: Int { raw.count }
        @inlinable public var isEmpty: Bool { raw.count == 0 }
        @inlinable public var indices: Range<Int> { 0..<raw.count }

        /// Any element.
        @inlinable @_lifetime(copy self)
        public func element(at index: Int) throws(CapnProtoError) -> Element.Reader {
            try Element.read(raw, at: index)
        }
    }

    /// A list of a message under construction.
    @frozen public struct Builder: ~Escapable {
        public let raw: ListBuilder

        @inlinable @inline(__always) @_lifetime(copy raw)
        public init(_ raw: ListBuilder) { self.raw = raw }

        @inlinable public var count: Int { raw.count }
        @inlinable public var indices: Range<Int> { 0..<raw.count }
        /// The list as readers see it.
        @inlinable public var reader: Reader { @_lifetime(copy self) get { Reader(raw.asReader) } }
    }
}

extension List: ListValueElement where Element: ListValueElement {
    @inlinable public static func value(
        _ list: ListReader, at index: Int
    ) throws(CapnProtoError) -> [Element.Value] {
        try read(list, at: index).values()
    }
    @inlinable public static func write(_ value: [Element.Value], to list: ListBuilder, at index: Int) {
        guard !value.isEmpty else { return }
        var builder = List.Builder(list.initList(at: index, of: Element.self, count: value.count))
        builder.set(value)
    }
}

extension List.Reader where Element: ListValueElement {
    /// Copies of all elements. Where those take more memory than the elements take on the wire (of an older schema, or
    /// cut in canonical form), the traversal allowance pays for the difference: a few bytes can announce millions.
    @inlinable public func values() throws(CapnProtoError) -> [Element.Value] {
        let surplus = MemoryLayout<Element.Value>.stride &- Int(raw.stepBits) >> 3
        if surplus > 0 { try charge(raw.segment.pointee.arena, count &* surplus >> 3) }
        var result = [Element.Value]()
        result.reserveCapacity(count)
        for index in 0..<count { result.append(try Element.value(raw, at: index)) }
        return result
    }
}
extension List.Reader where Element: EnumSchema {
    @inlinable public subscript(index: Int) -> Element { Element(rawValue: raw.integer(at: index)) }
}
extension List.Reader where Element: NumberElement {
    @inlinable public subscript(index: Int) -> Element { Element.load(raw, at: index) }
}
extension List.Reader where Element: StructSchema {
    @inlinable public subscript(index: Int) -> Element.Reader {
        @_lifetime(copy self) get { Element.Reader(raw.structure(at: index)) }
    }
}
extension List.Reader where Element: PointerElement {
    @inlinable public subscript(index: Int) -> Element.Reader {
        @_lifetime(copy self) get throws(CapnProtoError) { try Element.read(raw, at: index) }
    }
}

extension List.Builder where Element: ListValueElement {
    /// Writes as many elements as there are values; the list must have at least that many.
    @inlinable public mutating func set(_ values: [Element.Value]) {
        for (index, value) in values.enumerated() { Element.write(value, to: raw, at: index) }
    }
    @inlinable public mutating func set(_ value: Element.Value, at index: Int) {
        Element.write(value, to: raw, at: index)
    }
}
extension List.Builder where Element: StructSchema {
    @inlinable public subscript(index: Int) -> Element.Builder {
        @_lifetime(copy self) mutating get { Element.Builder(raw.structure(at: index)) }
    }
}
extension List.Builder {
    @inlinable @_lifetime(copy self)
    public mutating func initList<Inner: ListElement>(
        at index: Int, count: Int
    ) -> List<Inner>.Builder where Element == List<Inner> {
        List<Inner>.Builder(raw.initList(at: index, of: Inner.self, count: count))
    }
}
extension List.Builder where Element: NumberElement {
    @inlinable public subscript(index: Int) -> Element {
        get { Element.load(raw.asReader, at: index) }
        nonmutating set { Element.write(newValue, to: raw, at: index) }
    }
}
extension List.Builder where Element: EnumSchema {
    @inlinable public subscript(index: Int) -> Element {
        get { Element(rawValue: raw.asReader.integer(at: index)) }
        nonmutating set { raw.setInteger(newValue.rawValue, at: index) }
    }
}
extension List.Builder where Element: PointerElement & PointerSchema {
    /// What the element leads to, to be changed: for a null pointer an empty list, text or data.
    @inlinable public subscript(index: Int) -> Element.Builder {
        @_lifetime(copy self) mutating get throws(CapnProtoError) { try Element.edit(raw.pointer(at: index)) }
    }
    /// Copies an object of this or another message.
    @inlinable public mutating func set(copying source: Element.Reader, at index: Int) throws(CapnProtoError) {
        try Element.copy(source, to: raw.pointer(at: index))
    }
}
extension List.Builder where Element: PointerElement & SizedPointerSchema {
    /// A new list, text or data of `count` elements instead of what is there.
    @inlinable @_lifetime(copy self)
    public mutating func initElement(at index: Int, count: Int) -> Element.Builder {
        Element.initialize(raw.pointer(at: index), count: count)
    }
}
extension List.Builder where Element: StructSchema {
    /// Copies the fields of a struct of this or another message.
    @inlinable public mutating func set(copying source: Element.Reader, at index: Int) throws(CapnProtoError) {
        try raw.structure(at: index).copyFields(of: source.raw)
    }
}
