// Deep copies, within a message or between two. The source is followed with the same checks and the same allowances as when
// it is read, so a small hostile message can't be copied into more than its reader's limits allow.

/// Gives the index that a capability has in the target's table; nil makes the pointer null.
public typealias CapabilityMap = (UInt32) throws(CapnProtoError) -> UInt32?

extension AnyPointerBuilder {
    /// Copies what `source` points to. Capabilities keep their index, or get the one that `map` says.
    public func copy(_ source: AnyPointerReader, map: CapabilityMap? = nil) throws(CapnProtoError) {
        clear()
        switch try source.kind {
        case .null: return
        case .structure: try copy(source.structure(), map: map)
        case .list: try copy(source.anyList(), map: map)
        case .capability:
            guard let index = try source.capability() else { return }
            setCapability(map == nil ? index : try map?(index))
        }
    }

    /// Copies a struct with the sizes that it has.
    public func copy(_ source: StructReader, map: CapabilityMap? = nil) throws(CapnProtoError) {
        try initRawStructure(source.size).copyContent(source, map: map)
    }

    /// Copies a list with the encoding that it has.
    public func copy(_ source: ListReader, map: CapabilityMap? = nil) throws(CapnProtoError) {
        let target = initRawList(source.elementSize, source.structSize, count: source.count)
        switch source.elementSize {
        case .composite:
            for index in 0..<source.count {
                try target.structure(at: index).copyContent(source.structure(at: index), map: map)
            }
        case .pointer:
            for index in 0..<source.count {
                try target.pointer(at: index).copy(source.anyPointer(at: index), map: map)
            }
        default: target.copyData(source)
        }
    }
}

extension StructBuilder {
    /// Copies the sections of a struct into a new one of at least that size.
    func copyContent(_ source: StructReader, map: CapabilityMap?) throws(CapnProtoError) {
        precondition(source.dataBytes <= dataBytes && source.pointerCount <= pointerCount)
        data.copyMemory(from: source.data, byteCount: Int(source.dataBytes))
        for index in 0..<Int(source.pointerCount) {
            try pointer(index).copy(source.anyPointer(index), map: map)
        }
    }
}

extension ListBuilder {
    /// Copies elements without pointers; of a list of bits the unused ones of the last byte stay zero.
    func copyData(_ source: ListReader) {
        let bits = source.count * Int(source.stepBits)
        base.copyMemory(from: source.base, byteCount: bits / 8)
        guard bits % 8 > 0 else { return }
        let last = source.base.load(fromByteOffset: bits / 8, as: UInt8.self) & (1 << UInt8(bits % 8) - 1)
        base.storeBytes(of: last, toByteOffset: bits / 8, as: UInt8.self)
    }
}
