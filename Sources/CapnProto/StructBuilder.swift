/// A struct of a message under construction: 24 bytes, bound to the exclusive access to its `MessageBuilder`.
///
/// Copies of a builder write to the same struct. Generated builders hold one. Writing a field that the struct has no
/// room for is a programmer's error; generated code can't make it, as getters enlarge structs of an older schema.
@frozen public struct StructBuilder: ~Escapable {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    @usableFromInline let data: UnsafeMutableRawPointer
    @usableFromInline let dataBytes: UInt32
    @usableFromInline let pointerCount: UInt16

    @inlinable @inline(__always) @_lifetime(immortal)
    init(
        segment: UnsafeMutablePointer<Segment>, data: UnsafeMutableRawPointer, dataBytes: UInt32, pointerCount: UInt16
    ) {
        self.segment = segment
        self.data = data
        self.dataBytes = dataBytes
        self.pointerCount = pointerCount
    }

    /// The struct as readers see it.
    @inlinable public var asReader: StructReader {
        @_lifetime(copy self) get {
            _overrideLifetime(
                StructReader(
                    segment: segment, data: UnsafeRawPointer(data), dataBytes: dataBytes, pointerCount: pointerCount,
                    depth: builderNesting),
                copying: self)
        }
    }
    @inlinable public var size: StructSize { asReader.size }

    // MARK: Numbers

    @inlinable @inline(__always)
    public func integer<T: FixedWidthInteger>(_ index: Int, mask: T = 0) -> T { asReader.integer(index, mask: mask) }
    @inlinable public func bool(_ index: Int, mask: Bool = false) -> Bool { asReader.bool(index, mask: mask) }
    @inlinable public func float(_ index: Int, mask: UInt32 = 0) -> Float { asReader.float(index, mask: mask) }
    @inlinable public func double(_ index: Int, mask: UInt64 = 0) -> Double { asReader.double(index, mask: mask) }
    @inlinable public func enumeration<E: EnumSchema>(_ index: Int, _: E.Type = E.self, mask: UInt16 = 0) -> E {
        asReader.enumeration(index, mask: mask)
    }

    @inlinable @inline(__always)
    public func setInteger<T: FixedWidthInteger>(_ index: Int, _ value: T, mask: T = 0) {
        let size = MemoryLayout<T>.size
        precondition(index >= 0 && (index &+ 1) &* size <= Int(dataBytes), "the struct has no room for the field")
        data.storeBytes(of: (value ^ mask).littleEndian, toByteOffset: index &* size, as: T.self)
    }
    @inlinable @inline(__always)
    public func setBool(_ index: Int, _ value: Bool, mask: Bool = false) {
        precondition(index >= 0 && index < Int(dataBytes) &* 8, "the struct has no room for the field")
        let byte = data.load(fromByteOffset: index >> 3, as: UInt8.self)
        let bit = UInt8(1) << UInt8(truncatingIfNeeded: index & 7)
        data.storeBytes(of: value != mask ? byte | bit : byte & ~bit, toByteOffset: index >> 3, as: UInt8.self)
    }
    @inlinable public func setFloat(_ index: Int, _ value: Float, mask: UInt32 = 0) {
        setInteger(index, value.bitPattern, mask: mask)
    }
    @inlinable public func setDouble(_ index: Int, _ value: Double, mask: UInt64 = 0) {
        setInteger(index, value.bitPattern, mask: mask)
    }
    @inlinable public func setEnumeration<E: EnumSchema>(_ index: Int, _ value: E, mask: UInt16 = 0) {
        setInteger(index, value.rawValue, mask: mask)
    }

    // MARK: Pointers

    @inlinable public func has(_ index: Int) -> Bool { asReader.has(index) }

    /// A pointer of any kind; through it everything below is done.
    @inlinable @inline(__always) @_lifetime(copy self)
    public func pointer(_ index: Int) -> AnyPointerBuilder {
        precondition(index >= 0 && index < Int(pointerCount), "the struct has no room for the field")
        return _overrideLifetime(
            AnyPointerBuilder(segment: segment, slot: data + Int(dataBytes) + index &* 8), copying: self)
    }

    /// Makes the pointer null.
    @inlinable public func clear(_ index: Int) { pointer(index).clear() }

    @inlinable @_lifetime(copy self)
    public func initStructure<S: StructSchema>(_ index: Int, _: S.Type) -> S.Builder {
        pointer(index).initStructure(S.self)
    }
    /// The struct that is there, else a new one.
    @inlinable @_lifetime(copy self)
    public func structure<S: StructSchema>(_ index: Int, _: S.Type) throws(CapnProtoError) -> S.Builder {
        try pointer(index).structure(S.self)
    }
    @inlinable @_lifetime(copy self)
    public func initList<E: ListElement>(_ index: Int, of _: E.Type, count: Int) -> List<E>.Builder {
        pointer(index).initList(of: E.self, count: count)
    }
    /// The list that is there; an empty one when the pointer is null.
    @inlinable @_lifetime(copy self)
    public func list<E: ListElement>(_ index: Int, of _: E.Type) throws(CapnProtoError) -> List<E>.Builder {
        try pointer(index).list(of: E.self)
    }

    @inlinable public func setText(_ index: Int, _ text: borrowing String) { pointer(index).setText(text) }
    @inlinable public func setBytes(_ index: Int, _ bytes: [UInt8]) { pointer(index).setBytes(bytes) }
    @inlinable public func setBytes(_ index: Int, _ bytes: RawSpan) { pointer(index).setBytes(bytes) }
    @inlinable public func setCapability(_ index: Int, _ capability: UInt32?) {
        pointer(index).setCapability(capability)
    }
    /// Writes a plain struct; nil makes the pointer null.
    @inlinable public func setValue<V: StructValue>(_ index: Int, _ value: V?) {
        guard let value else { return clear(index) }
        var builder = initStructure(index, V.Schema.self)
        value.write(to: &builder)
    }
    /// Writes a list of plain values.
    @inlinable public func setValues<E: ListValueElement>(_ index: Int, of _: E.Type, _ values: [E.Value]) {
        var list = initList(index, of: E.self, count: values.count)
        list.set(values)
    }
    /// Copies what `source` points to, from this message or another.
    @inlinable public func copy(_ index: Int, from source: AnyPointerReader) throws(CapnProtoError) {
        try pointer(index).copy(source)
    }
    @inlinable public func copy(_ index: Int, from source: StructReader) throws(CapnProtoError) {
        try pointer(index).copy(source)
    }
    @inlinable public func copy(_ index: Int, from source: ListReader) throws(CapnProtoError) {
        try pointer(index).copy(source)
    }

    /// Makes all fields what they are in a new struct: numbers zero, pointers null.
    public func reset() {
        for index in 0..<Int(pointerCount) { clear(index) }
        data.initializeMemory(as: UInt8.self, repeating: 0, count: Int(dataBytes) + Int(pointerCount) * 8)
    }
}
