/// Makes objects in a message before it is known what will point to them. From `MessageBuilder.orphanage`, or from any
/// builder of the message.
public struct Orphanage: ~Escapable {
    let arena: UnsafeMutablePointer<Arena>

    @_lifetime(immortal)
    init(arena: UnsafeMutablePointer<Arena>) { self.arena = arena }

    @_lifetime(copy self)
    public func newStructure<S: StructSchema>(_: S.Type) -> Orphan<S> {
        adoptable(placeDetachedStructure(S.structSize, arena))
    }
    /// A struct of sizes that no schema known here says.
    @_lifetime(copy self)
    public func newRawStructure(_ size: StructSize) -> Orphan<AnyStruct> {
        adoptable(placeDetachedStructure(size, arena))
    }
    @_lifetime(copy self)
    public func newList<E: ListValueElement>(of _: E.Type, count: Int) -> Orphan<List<E>> {
        adoptable(placeDetachedList(E.elementSize, E.structSize, count: count, arena))
    }
    /// - Parameter structSize: of the elements when `elementSize` is `composite`, else ignored.
    @_lifetime(copy self)
    public func newRawList(_ elementSize: ElementSize, _ structSize: StructSize, count: Int) -> Orphan<AnyList> {
        adoptable(placeDetachedList(elementSize, structSize, count: count, arena))
    }
    @_lifetime(copy self)
    public func newText(_ text: String) -> Orphan<Text> {
        let list = placeDetachedList(
            .byte, StructSize(dataWords: 0, pointerCount: 0), count: text.utf8.count + 1, arena)
        let start = list.base
        var text = text
        text.withUTF8 { utf8 in
            if let source = utf8.baseAddress { start.copyMemory(from: source, byteCount: utf8.count) }
        }
        return adoptable(list)
    }
    @_lifetime(copy self)
    public func newBytes(_ bytes: RawSpan) -> Orphan<Bytes> {
        let list = placeDetachedList(.byte, StructSize(dataWords: 0, pointerCount: 0), count: bytes.byteCount, arena)
        bytes.withUnsafeBytes { source in
            if let address = source.baseAddress { list.base.copyMemory(from: address, byteCount: source.count) }
        }
        return adoptable(list)
    }
    /// A copy of a struct of this or another message.
    @_lifetime(copy self)
    public func newCopy(
        of source: StructReader, map: CapabilityMap? = nil
    ) throws(CapnProtoError) -> Orphan<AnyStruct> {
        let copy = placeDetachedStructure(source.size, arena)
        try copy.fill(source, map)
        return adoptable(copy)
    }
    /// A copy of a list of this or another message.
    @_lifetime(copy self)
    public func newCopy(
        of source: ListReader, map: CapabilityMap? = nil
    ) throws(CapnProtoError) -> Orphan<AnyList> {
        let copy = placeDetachedList(source.elementSize, source.structSize, count: source.count, arena)
        try copy.fill(source, map)
        return adoptable(copy)
    }

    @_lifetime(copy self)
    private func adoptable<T>(_ builder: StructBuilder) -> Orphan<T> {
        _overrideLifetime(Orphan<T>(builder), copying: self)
    }
    @_lifetime(copy self)
    private func adoptable<T>(_ builder: ListBuilder) -> Orphan<T> {
        _overrideLifetime(Orphan<T>(builder), copying: self)
    }
}
