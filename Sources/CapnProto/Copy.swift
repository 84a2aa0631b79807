// Deep copies, within a message or between two. The source is followed with the same checks and the same allowances as
// when it is read, so a small hostile message can't be copied into more than its reader's limits allow.

/// Gives the index that a capability has in the target's table; nil makes the pointer null.
public typealias CapabilityMap = (UInt32) throws(CapnProtoError) -> UInt32?

extension AnyPointerBuilder {
    /// Copies what `source` points to. Capabilities keep their index, or get the one that `map` says.
    ///
    /// When it throws, the pointer leads to the part that was copied before the fault, or to what it led to before.
    public func copy(_ source: AnyPointerReader, map: CapabilityMap? = nil) throws(CapnProtoError) {
        let target = freshSlot(besides: source.segment)
        try target.fill(source, map)
        settle(target)
    }

    /// Copies a struct with the sizes that it has.
    public func copy(_ source: StructReader, map: CapabilityMap? = nil) throws(CapnProtoError) {
        let target = freshSlot(besides: source.segment)
        try target.fill(source, map)
        settle(target)
    }

    /// Copies a list with the encoding that it has.
    public func copy(_ source: ListReader, map: CapabilityMap? = nil) throws(CapnProtoError) {
        let target = freshSlot(besides: source.segment)
        try target.fill(source, map)
        settle(target)
    }

    /// This pointer, made null; or a spare word if the source belongs to the same message, where what is overwritten
    /// may hold the source, or the source may hold this pointer.
    @_lifetime(copy self)
    private func freshSlot(besides source: UnsafeMutablePointer<Segment>) -> AnyPointerBuilder {
        guard source.pointee.arena == segment.pointee.arena else {
            clear()
            return self
        }
        let roomy = BuilderArena.segment(segment.pointee.arena, withRoomFor: 1)
        guard let spare = bump(roomy, 1) else { preconditionFailure("the segment was chosen for its room") }
        return _overrideLifetime(AnyPointerBuilder(segment: roomy, slot: spare), copying: self)
    }

    private func settle(_ fresh: AnyPointerBuilder) {
        guard fresh.slot != slot else { return }
        clear()
        movePointer(from: fresh.slot, in: fresh.segment, to: slot, in: segment)
        WirePointer(word: 0).store(at: fresh.slot)
    }

    // MARK: Into a null pointer

    fileprivate func fill(_ source: AnyPointerReader, _ map: CapabilityMap?) throws(CapnProtoError) {
        switch try source.kind {
        case .null: return
        case .structure: try fill(source.structure(), map)
        case .list: try fill(source.anyList(), map)
        case .capability:
            guard let index = try source.capability() else { return }
            guard let map else { return setCapability(index) }
            setCapability(try map(index))
        }
    }

    private func fill(_ source: StructReader, _ map: CapabilityMap?) throws(CapnProtoError) {
        try placeStructure(source.size).fill(source, map)
    }

    private func fill(_ source: ListReader, _ map: CapabilityMap?) throws(CapnProtoError) {
        try placeList(source.elementSize, source.structSize, count: source.count).fill(source, map)
    }
}

extension StructBuilder {
    /// Copies the fields of a struct of this or another message, those that this one has room for; its others get their
    /// defaults. For elements of a list of structs, which have their place already.
    ///
    /// When it throws, no field has changed.
    public func copyFields(of source: StructReader, map: CapabilityMap? = nil) throws(CapnProtoError) {
        let spare = placeDetachedStructure(source.size, segment.pointee.arena)
        try spare.fill(source, map)
        reset()
        let fields = spare.size.intersection(size)
        for index in Int(fields.pointerCount)..<Int(spare.pointerCount) { spare.clear(index) }
        move(
            StructReader(
                segment: spare.segment, data: UnsafeRawPointer(spare.data), dataBytes: spare.dataBytes,
                pointerCount: fields.pointerCount, depth: 0),
            dataBytes: min(dataBytes, spare.dataBytes))
    }

    /// Copies the sections of a struct into a new one of at least that size.
    func fill(_ source: StructReader, _ map: CapabilityMap?) throws(CapnProtoError) {
        precondition(source.dataBytes <= dataBytes && source.pointerCount <= pointerCount)
        data.copyMemory(from: source.data, byteCount: Int(source.dataBytes))
        for index in 0..<Int(source.pointerCount) {
            try pointer(index).fill(source.anyPointer(index), map)
        }
    }
}

extension ListBuilder {
    /// Copies the elements of a list into a new one of its size and encoding.
    func fill(_ source: ListReader, _ map: CapabilityMap?) throws(CapnProtoError) {
        switch source.elementSize {
        case .composite where source.structSize.pointerCount > 0:
            for index in 0..<source.count { try structure(at: index).fill(source.structure(at: index), map) }
        case .pointer:
            for index in 0..<source.count { try pointer(at: index).fill(source.anyPointer(at: index), map) }
        default: fillData(source)
        }
    }

    /// Copies elements without pointers; of a list of bits the unused ones of the last byte stay zero.
    fileprivate func fillData(_ source: ListReader) {
        let bits = source.count * Int(source.stepBits)
        base.copyMemory(from: source.base, byteCount: bits / 8)
        guard bits % 8 > 0 else { return }
        let last = source.base.load(fromByteOffset: bits / 8, as: UInt8.self) & (1 << UInt8(bits % 8) - 1)
        base.storeBytes(of: last, toByteOffset: bits / 8, as: UInt8.self)
    }
}
