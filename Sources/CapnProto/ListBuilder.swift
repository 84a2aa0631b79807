/// A list of a message under construction, untyped: `List<Element>.Builder` gives it a type.
@frozen public struct ListBuilder: ~Escapable {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    @usableFromInline let base: UnsafeMutableRawPointer
    @usableFromInline let countAndSize: UInt32
    @usableFromInline let stepBits: UInt32
    @usableFromInline let dataBits: UInt32
    @usableFromInline let pointerCount: UInt16

    @inlinable @inline(__always) @_lifetime(immortal)
    init(
        segment: UnsafeMutablePointer<Segment>, base: UnsafeMutableRawPointer, count: Int, elementSize: ElementSize,
        stepBits: UInt32, dataBits: UInt32, pointerCount: UInt16
    ) {
        self.segment = segment
        self.base = base
        countAndSize = UInt32(truncatingIfNeeded: count) << 3 | UInt32(elementSize.rawValue)
        self.stepBits = stepBits
        self.dataBits = dataBits
        self.pointerCount = pointerCount
    }

    @inlinable public var count: Int { Int(countAndSize >> 3) }
    @inlinable public var elementSize: ElementSize { ElementSize(bits: UInt64(countAndSize)) }

    /// The list as readers see it.
    @inlinable public var asReader: ListReader {
        @_lifetime(copy self) get {
            _overrideLifetime(
                ListReader(
                    segment: segment, base: UnsafeRawPointer(base), count: count, elementSize: elementSize,
                    stepBits: stepBits, dataBits: dataBits, pointerCount: pointerCount, depth: builderNesting),
                copying: self)
        }
    }

    @inlinable @inline(__always)
    func address(_ index: Int) -> UnsafeMutableRawPointer {
        precondition(index >= 0 && index < count, "list index out of range")
        return base + (index &* Int(stepBits)) >> 3
    }

    @inlinable @inline(__always)
    public func setInteger<T: FixedWidthInteger>(_ value: T, at index: Int) {
        let element = address(index)
        precondition(MemoryLayout<T>.size &* 8 <= Int(dataBits), "the list's elements are smaller")
        element.storeBytes(of: value.littleEndian, as: T.self)
    }
    @inlinable public func setBool(_ value: Bool, at index: Int) {
        let element = address(index)
        precondition(dataBits > 0, "the list's elements are smaller")
        let bit = UInt8(1) << UInt8(truncatingIfNeeded: (index &* Int(stepBits)) & 7)
        let byte = element.load(as: UInt8.self)
        element.storeBytes(of: value ? byte | bit : byte & ~bit, as: UInt8.self)
    }
    @inlinable @inline(__always) @_lifetime(copy self)
    public func structure(at index: Int) -> StructBuilder {
        _overrideLifetime(
            StructBuilder(
                segment: segment, data: address(index), dataBytes: dataBits >> 3, pointerCount: pointerCount),
            copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func pointer(at index: Int) -> AnyPointerBuilder {
        let element = address(index)
        precondition(pointerCount > 0, "the list's elements are not pointers")
        return _overrideLifetime(
            AnyPointerBuilder(segment: segment, slot: element + Int(dataBits) >> 3), copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func initList<E: ListElement>(at index: Int, of _: E.Type, count: Int) -> ListBuilder {
        pointer(at: index).initRawList(E.elementSize, E.structSize, count: count)
    }
    @inlinable public func setText(_ text: borrowing String, at index: Int) { pointer(at: index).setText(text) }
    @inlinable public func setBytes(_ bytes: [UInt8], at index: Int) { pointer(at: index).setBytes(bytes) }
    @inlinable public func setCapability(_ capability: UInt32?, at index: Int) {
        pointer(at: index).setCapability(capability)
    }
}
