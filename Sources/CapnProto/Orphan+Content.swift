// What is in an orphan, and how long its list is. Its readers and builders are bound to the message, not to the orphan: they
// stay good when it is adopted, and see zeros when it isn't.

extension Orphan where T: StructSchema {
    /// Null reads as a struct of defaults.
    public var reader: T.Reader {
        @_lifetime(copy self) get throws(CapnProtoError) { T.Reader(try structure()) }
    }
    /// The struct, to be changed; one that an older schema made is enlarged.
    @_lifetime(copy self)
    public mutating func edit() throws(CapnProtoError) -> T.Builder {
        let old = try structure()
        if tag.isNull || !old.size.contains(T.structSize) {
            let new = placeDetachedStructure(old.size.union(T.structSize), segment.pointee.arena)
            new.move(old)
            replace(Orphan(new))
            return T.Builder(new)
        }
        return T.Builder(
            StructBuilder(
                segment: old.segment, data: UnsafeMutableRawPointer(mutating: old.data), dataBytes: old.dataBytes,
                pointerCount: old.pointerCount))
    }
}

// What follows isn't bound to the orphan, as it is the orphan that changes.
extension Orphan {
    /// Null reads as a struct of defaults.
    @_lifetime(immortal)
    func structure() throws(CapnProtoError) -> StructReader {
        if isNull { return StructReader(emptyIn: segment, at: UnsafeRawPointer(object)) }
        return try resolveStruct(target, builderNesting)
    }

    /// Null reads as an empty list.
    @_lifetime(immortal)
    func list(_ expected: ElementSize) throws(CapnProtoError) -> ListReader {
        if isNull { return ListReader(emptyIn: segment, at: UnsafeRawPointer(object)) }
        return try resolveList(target, builderNesting, expected)
    }

    @_lifetime(immortal)
    mutating func editList(_ elementSize: ElementSize, _ structSize: StructSize) throws(CapnProtoError) -> ListBuilder {
        let old = try list(elementSize)
        if elementSize != .composite || old.elementSize == .composite && old.structSize.contains(structSize) {
            return ListBuilder(changing: old)
        }
        let new = placeDetachedList(
            .composite, old.structSize.union(structSize), count: old.count, segment.pointee.arena)
        for index in 0..<old.count { new.structure(at: index).move(old.structure(at: index)) }
        replace(Orphan(new))
        return new
    }

    /// Becomes another object; the old one must be zeroed already, or hold nothing.
    mutating func replace(_ other: consuming Orphan) {
        segment = other.segment
        object = other.object
        tag = other.tag
        other.release()
    }

    /// Cuts a list after `count` elements, or adds new ones at its end: in place where the list is the last object of its
    /// segment, else by a move.
    mutating func resizeList(to count: Int, _ elementSize: ElementSize, _ size: StructSize) throws(CapnProtoError) {
        let old = try editList(elementSize, size)
        if count < old.count { return shrink(old, to: count) }
        guard count > old.count else { return }
        if grow(old, to: count) { return }
        let isComposite = old.elementSize == .composite
        let encoding = isNull ? elementSize : old.elementSize
        let new = placeDetachedList(
            encoding, isComposite ? old.structSize : size, count: count, segment.pointee.arena)
        new.move(old)
        replace(Orphan(new))
    }

    private mutating func shrink(_ old: ListBuilder, to count: Int) {
        if old.pointerCount > 0 {
            for index in count..<old.count { old.structure(at: index).reset() }
        }
        let oldEnd = old.end
        let new = ListBuilder(resizing: old, to: count)
        let bits = new.count * Int(new.stepBits)
        let start = new.base + (bits + 7) / 8
        if bits % 8 > 0 {
            let last = new.base + bits / 8
            last.storeBytes(of: last.load(as: UInt8.self) & (1 << UInt8(bits % 8) - 1), as: UInt8.self)
        }
        start.initializeMemory(as: UInt8.self, repeating: 0, count: oldEnd - start)
        // The words are not given back: a pointer to an empty object may mean the place behind them.
        replace(Orphan(resized(new)))
    }

    /// - Returns: whether there is room.
    private mutating func grow(_ old: ListBuilder, to count: Int) -> Bool {
        precondition(count <= ListReader.maxCount, "a list has at most 2^29 - 1 elements")
        guard !isNull, old.count > 0, isLast(old.end) else { return false }
        let new = ListBuilder(resizing: old, to: count)
        precondition(count * Int(old.stepBits) / 64 < ListReader.maxCount, "a list has at most 2^29 - 1 words")
        guard bump(segment, (new.end - old.end) / 8) != nil else { return false }
        replace(Orphan(resized(new)))
        return true
    }

    @_lifetime(copy list)
    private func resized(_ list: ListBuilder) -> ListBuilder {
        if list.elementSize == .composite {
            WirePointer.near(lower: 0, upper: list.structSize.upper, offset: list.count).store(at: list.base - 8)
        }
        return list
    }

    private func isLast(_ end: UnsafeMutableRawPointer) -> Bool {
        end == segment.pointee.base + Int(segment.pointee.words) * 8
    }
}

extension Orphan where T: ListSchema {
    /// Null reads as an empty list.
    public var reader: List<T.Element>.Reader {
        @_lifetime(copy self) get throws(CapnProtoError) { List<T.Element>.Reader(try list(T.Element.elementSize)) }
    }
    /// The list, to be changed; elements that an older schema made are enlarged.
    @_lifetime(copy self)
    public mutating func edit() throws(CapnProtoError) -> List<T.Element>.Builder {
        List<T.Element>.Builder(try editList(T.Element.elementSize, T.Element.structSize))
    }
    /// Cuts the list after `count` elements, or adds new ones at its end.
    public mutating func resize(to count: Int) throws(CapnProtoError) {
        try resizeList(to: count, T.Element.elementSize, T.Element.structSize)
    }
}

extension Orphan where T == Bytes {
    public var reader: Bytes.Reader {
        @_lifetime(copy self) get throws(CapnProtoError) {
            isNull ? Bytes.Reader() : Bytes.Reader(try resolveBytes(target))
        }
    }
    /// Cuts the data after `count` bytes, or adds zeros at its end.
    public mutating func resize(to count: Int) throws(CapnProtoError) {
        try resizeList(to: count, .byte, StructSize(dataWords: 0, pointerCount: 0))
    }
}

extension Orphan where T == Text {
    public var reader: Text.Reader {
        @_lifetime(copy self) get throws(CapnProtoError) {
            isNull ? Text.Reader() : try textReader(resolveBytes(target))
        }
    }
    /// Cuts the text after `count` bytes, or adds zero bytes before its terminator.
    public mutating func resize(to count: Int) throws(CapnProtoError) {
        try resizeList(to: count + 1, .byte, StructSize(dataWords: 0, pointerCount: 0))
        let list = try editList(.byte, StructSize(dataWords: 0, pointerCount: 0))
        list.setInteger(0 as UInt8, at: count)
    }
}

extension Orphan where T == AnyList {
    public var reader: ListReader { @_lifetime(copy self) get throws(CapnProtoError) { try list(.void) } }
    /// The list in whichever encoding it has.
    @_lifetime(copy self)
    public mutating func edit() throws(CapnProtoError) -> ListBuilder {
        try editList(.void, StructSize(dataWords: 0, pointerCount: 0))
    }
    /// Cuts the list after `count` elements, or adds new ones at its end.
    public mutating func resize(to count: Int) throws(CapnProtoError) {
        try resizeList(to: count, .void, StructSize(dataWords: 0, pointerCount: 0))
    }
}

extension ListBuilder {
    @_lifetime(copy list)
    init(changing list: ListReader) {
        self.init(
            segment: list.segment, base: UnsafeMutableRawPointer(mutating: list.base), count: list.count,
            elementSize: list.elementSize, stepBits: list.stepBits, dataBits: list.dataBits,
            pointerCount: list.pointerCount)
    }
    @_lifetime(copy list)
    init(resizing list: ListBuilder, to count: Int) {
        self.init(
            segment: list.segment, base: list.base, count: count, elementSize: list.elementSize,
            stepBits: list.stepBits, dataBits: list.dataBits, pointerCount: list.pointerCount)
    }

    /// The first address beyond the list's words.
    var end: UnsafeMutableRawPointer { base + (count * Int(stepBits) + 63) / 64 * 8 }

    /// Takes over the elements of a list of the same message and encoding that isn't longer, and leaves it zeroed.
    func move(_ old: ListBuilder) {
        switch old.elementSize {
        case .composite, .pointer:
            for index in 0..<old.count { structure(at: index).move(old.structure(at: index).asReader) }
        default:
            let byteCount = old.end - old.base
            base.copyMemory(from: old.base, byteCount: byteCount)
            old.base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        }
        if old.elementSize == .composite { WirePointer(word: 0).store(at: old.base - 8) }
    }
}
