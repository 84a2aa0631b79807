// What a pointer led to is zeroed when the pointer is overwritten, so that a message doesn't send what its author
// took back. The words stay in the message; only a copy gives them back.

extension AnyPointerBuilder {
    /// Nesting beyond which nothing is erased, as the stack is finite: deeper messages can't be read either.
    private static var maxDepth: Int { 128 }

    @usableFromInline func erase() {
        do {
            try Self.erase(slot, segment, Self.maxDepth)
        } catch {
            preconditionFailure("a builder wrote a bad pointer: \(error)")
        }
    }

    /// Zeroes an object to which nothing leads.
    static func erase(_ target: PointerTarget) {
        do {
            try eraseObject(target, maxDepth)
        } catch {
            preconditionFailure("a builder wrote a bad pointer: \(error)")
        }
    }

    private static func erase(
        _ slot: UnsafeMutableRawPointer, _ segment: UnsafeMutablePointer<Segment>, _ depth: Int
    ) throws(CapnProtoError) {
        let pointer = WirePointer(at: slot)
        guard !pointer.isNull, depth > 0 else { return }
        let target = try locate(segment, slot)
        WirePointer(word: 0).store(at: slot)
        erasePads(pointer, segment.pointee.arena)
        try eraseObject(target, depth)
    }

    private static func eraseObject(_ target: PointerTarget, _ depth: Int) throws(CapnProtoError) {
        if target.pointer.isStruct {
            try erase(structure: target.pointer, target.address, target.segment, depth)
        } else if target.pointer.isList {
            try erase(list: target.pointer, target.address, target.segment, depth)
        }
    }

    static func erasePads(_ pointer: WirePointer, _ arena: UnsafeMutablePointer<Arena>) {
        guard pointer.isFar else { return }
        let pad = arena.pointee.segments[Int(pointer.upper)].base + pointer.farPosition * 8
        pad.initializeMemory(as: UInt64.self, repeating: 0, count: pointer.isDoubleFar ? 2 : 1)
    }

    private static func erase(
        structure size: WirePointer, _ address: UnsafeMutableRawPointer, _ segment: UnsafeMutablePointer<Segment>,
        _ depth: Int
    ) throws(CapnProtoError) {
        for index in size.dataWords..<size.structWords { try erase(address + index * 8, segment, depth - 1) }
        address.initializeMemory(as: UInt64.self, repeating: 0, count: size.structWords)
    }

    private static func erase(
        list pointer: WirePointer, _ address: UnsafeMutableRawPointer, _ segment: UnsafeMutablePointer<Segment>,
        _ depth: Int
    ) throws(CapnProtoError) {
        var words = (pointer.count * pointer.elementSize.stepBits + 63) / 64
        switch pointer.elementSize {
        case .pointer:
            for index in 0..<words { try erase(address + index * 8, segment, depth - 1) }
        case .composite:
            words = pointer.count + 1
            let tag = WirePointer(at: address)
            for index in 0..<tag.tagCount where tag.structWords > 0 {
                try erase(structure: tag, address + 8 + index * tag.structWords * 8, segment, depth)
            }
        default: break
        }
        address.initializeMemory(as: UInt64.self, repeating: 0, count: words)
    }
}
