/// An object of a message that nothing leads to: taken from one pointer, to be given to another of the same message
/// without a copy, or made before its place is known.
///
///     let points = builder.raw.disown(1, List<Point>.self)       // the field is null now
///     other.raw.adopt(4, points)
///
/// Bound to the exclusive access to its message, as builders are. One that is not adopted is zeroed when it goes, so that
/// the message doesn't send it; its words stay in the message until that is copied or compacted.
public struct Orphan<T: PointerSchema>: ~Copyable, ~Escapable {
    var segment: UnsafeMutablePointer<Segment>
    /// The object; of a list of structs its tag.
    var object: UnsafeMutableRawPointer
    /// Kind and sizes, with no offset; zero for null.
    var tag: WirePointer

    @_lifetime(immortal)
    init(segment: UnsafeMutablePointer<Segment>, object: UnsafeMutableRawPointer, tag: WirePointer) {
        self.segment = segment
        self.object = object
        self.tag = tag
    }

    deinit { AnyPointerBuilder.erase(Self.target(segment, object, tag)) }

    public var isNull: Bool { tag.isNull }

    /// The same object as another type, which is checked where it is read.
    @_lifetime(copy self)
    public consuming func `as`<U: PointerSchema>(_: U.Type) -> Orphan<U> {
        let other = _overrideLifetime(Orphan<U>(segment: segment, object: object, tag: tag), copying: self)
        discard self
        return other
    }

    /// Gives the object away.
    consuming func release() { discard self }

    var target: PointerTarget { Self.target(segment, object, tag) }

    static func target(
        _ segment: UnsafeMutablePointer<Segment>, _ object: UnsafeMutableRawPointer, _ tag: WirePointer
    ) -> PointerTarget {
        PointerTarget(segment: segment, byteOffset: object - segment.pointee.base, pointer: tag)
    }
}

// MARK: Taking and giving

extension AnyPointerBuilder {
    /// Takes the object away from this pointer, which becomes null. Its type is checked where the orphan is read.
    @_lifetime(copy self)
    public func disown<T: PointerSchema>(_: T.Type = T.self) -> Orphan<T> {
        let pointer = WirePointer(at: slot)
        let target = ownTarget()
        WirePointer(word: 0).store(at: slot)
        Self.erasePads(pointer, segment.pointee.arena)
        let isPlaced = target.pointer.isStruct || target.pointer.isList
        let orphan = Orphan<T>(
            segment: target.segment, object: isPlaced ? target.address : slot, tag: target.pointer.withoutOffset)
        return _overrideLifetime(orphan, copying: self)
    }

    /// Makes this pointer lead to the orphan's object instead of what is there. Both are of one message.
    public func adopt<T: PointerSchema>(_ orphan: consuming Orphan<T>) {
        precondition(orphan.segment.pointee.arena == segment.pointee.arena, "an orphan is adopted by its own message")
        clear()
        let tag = orphan.tag
        if !tag.isNull && tag.isStruct && tag.structWords == 0 {
            WirePointer.emptyStruct.store(at: slot)
        } else if tag.isNull || tag.isCapability {
            tag.store(at: slot)
        } else {
            link(slot, in: segment, to: orphan.object, in: orphan.segment, tag)
        }
        orphan.release()
    }

    private func ownTarget() -> PointerTarget {
        do {
            return try locate(segment, UnsafeRawPointer(slot))
        } catch {
            preconditionFailure("a builder wrote a bad pointer: \(error)")
        }
    }

    /// Makes orphans in this pointer's message.
    public var orphanage: Orphanage {
        @_lifetime(copy self) get { _overrideLifetime(Orphanage(arena: segment.pointee.arena), copying: self) }
    }
}

extension StructBuilder {
    /// Takes the object away from a pointer, which becomes null.
    @_lifetime(copy self)
    public func disown<T: PointerSchema>(_ index: Int, _: T.Type = T.self) -> Orphan<T> {
        let orphan = pointer(index).disown(T.self)
        return orphan
    }
    /// Makes a pointer lead to the orphan's object instead of what is there.
    public func adopt<T: PointerSchema>(_ index: Int, _ orphan: consuming Orphan<T>) {
        pointer(index).adopt(orphan)
    }
    /// Makes orphans in this struct's message.
    public var orphanage: Orphanage {
        @_lifetime(copy self) get { _overrideLifetime(Orphanage(arena: segment.pointee.arena), copying: self) }
    }
}

extension List.Builder {
    /// Takes the object away from an element that is a pointer, which becomes null.
    @_lifetime(copy self)
    public func disown(at index: Int) -> Orphan<Element> where Element: PointerElement & PointerSchema {
        let orphan = raw.pointer(at: index).disown(Element.self)
        return orphan
    }
    /// Makes an element lead to the orphan's object instead of what is there.
    public func adopt(
        _ orphan: consuming Orphan<Element>, at index: Int
    ) where Element: PointerElement & PointerSchema {
        raw.pointer(at: index).adopt(orphan)
    }
}

extension WirePointer {
    /// Kind and sizes. A struct without words, whose pointer leads to itself, keeps its offset, so that it isn't null.
    var withoutOffset: WirePointer {
        if isNull || isCapability || isStruct && structWords == 0 { return self }
        return WirePointer(word: word & 0xFFFF_FFFF_0000_0003)
    }
}
