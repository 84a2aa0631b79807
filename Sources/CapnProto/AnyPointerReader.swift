/// A pointer whose kind the schema leaves open.
@frozen public struct AnyPointerReader: ~Escapable {
    @usableFromInline let segment: UnsafeMutablePointer<Segment>
    /// Nil for a pointer that the enclosing struct is too small to have: it reads as null.
    @usableFromInline let slot: UnsafeRawPointer?
    @usableFromInline let depth: UInt16

    @inlinable @inline(__always) @_lifetime(immortal)
    init(segment: UnsafeMutablePointer<Segment>, slot: UnsafeRawPointer?, depth: UInt16) {
        self.segment = segment
        self.slot = slot
        self.depth = depth
    }

    /// What a pointer leads to.
    public enum Kind: Sendable, Hashable { case null, structure, list, capability }

    /// - Throws: for a broken far pointer or a reserved kind.
    @inlinable public var kind: Kind {
        get throws(CapnProtoError) {
            guard let slot else { return .null }
            let pointer = try locate(segment, slot).pointer
            if pointer.isNull { return .null }
            if pointer.isStruct { return .structure }
            if pointer.isList { return .list }
            guard pointer.isCapability else { throw .reservedPointer }
            return .capability
        }
    }
    @inlinable public var isNull: Bool {
        guard let slot else { return true }
        return WirePointer(at: slot).isNull
    }

    @inlinable @_lifetime(copy self)
    public func structure() throws(CapnProtoError) -> StructReader {
        guard let slot else {
            return _overrideLifetime(StructReader(emptyIn: segment, at: segment.pointee.base), copying: self)
        }
        return _overrideLifetime(try resolveStruct(segment, slot, depth), copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func structure<S: StructSchema>(_: S.Type) throws(CapnProtoError) -> S.Reader {
        S.Reader(try structure())
    }
    @inlinable @_lifetime(copy self)
    public func list(expecting expected: ElementSize) throws(CapnProtoError) -> ListReader {
        guard let slot else {
            return _overrideLifetime(ListReader(emptyIn: segment, at: segment.pointee.base), copying: self)
        }
        return _overrideLifetime(try resolveList(segment, slot, depth, expected), copying: self)
    }
    /// The list in whichever encoding it has.
    @inlinable @_lifetime(copy self)
    public func anyList() throws(CapnProtoError) -> ListReader {
        try list(expecting: .void)
    }
    @inlinable @_lifetime(copy self)
    public func list<E: ListElement>(of _: E.Type) throws(CapnProtoError) -> List<E>.Reader {
        List<E>.Reader(try list(expecting: E.elementSize))
    }
    @inlinable @_lifetime(copy self)
    public func text() throws(CapnProtoError) -> Text.Reader {
        guard let slot else { return Text.Reader() }
        return _overrideLifetime(try resolveText(segment, slot), copying: self)
    }
    @inlinable @_lifetime(copy self)
    public func bytes() throws(CapnProtoError) -> Bytes.Reader {
        guard let slot, let bytes = try resolveBytes(segment, slot) else { return Bytes.Reader() }
        return _overrideLifetime(Bytes.Reader(bytes), copying: self)
    }
    /// The index of a capability in the message's table; nil for a null pointer.
    @inlinable public func capability() throws(CapnProtoError) -> UInt32? {
        guard let slot else { return nil }
        return try resolveCapability(segment, slot)
    }
}
