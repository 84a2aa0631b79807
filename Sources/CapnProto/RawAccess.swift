// What a user without generated types needs beyond `StructReader`, `ListReader` and their builders: objects that are
// there, enlarged to a size that is known at run time only.

extension AnyPointerBuilder {
    /// The struct that is there, enlarged when an older schema made it; a new one for a null pointer.
    @_lifetime(copy self)
    public func structure(withRoomFor size: StructSize) throws(CapnProtoError) -> StructBuilder {
        try rawStructure(size)
    }
    /// The list that is there, its structs enlarged when an older schema made them; an empty one for a null pointer.
    /// - Parameter structSize: of the elements when `elementSize` is `composite`, else ignored.
    @_lifetime(copy self)
    public func list(
        of elementSize: ElementSize, withRoomFor structSize: StructSize
    ) throws(CapnProtoError) -> ListBuilder {
        try rawList(elementSize, structSize)
    }
}
