/// What an object and everything that it leads to take.
public struct ObjectMeasure: Sendable, Hashable {
    /// Words of content, without far pointers' landing pads.
    public var words = 0
    public var capabilities = 0

    public init(words: Int = 0, capabilities: Int = 0) {
        self.words = words
        self.capabilities = capabilities
    }
}

extension AnyPointerReader {
    /// Visits everything within reach, at the expense of the traversal allowance. What passes may be copied, and
    /// nothing in it has a bad pointer.
    public func measure() throws(CapnProtoError) -> ObjectMeasure {
        var measure = ObjectMeasure()
        try measure.add(self)
        return measure
    }
}

extension StructReader {
    /// The struct and everything within its reach, as `AnyPointerReader.measure`.
    public func measure() throws(CapnProtoError) -> ObjectMeasure {
        var measure = ObjectMeasure()
        try measure.add(self)
        return measure
    }
}

extension ListReader {
    /// The list and everything within its reach, as `AnyPointerReader.measure`.
    public func measure() throws(CapnProtoError) -> ObjectMeasure {
        var measure = ObjectMeasure()
        try measure.add(self)
        return measure
    }
}

extension ObjectMeasure {
    fileprivate mutating func add(_ source: AnyPointerReader) throws(CapnProtoError) {
        switch try source.kind {
        case .null: return
        case .structure: try add(source.structure())
        case .list: try add(source.anyList())
        case .capability: capabilities += 1
        }
    }

    fileprivate mutating func add(_ source: StructReader) throws(CapnProtoError) {
        words += source.size.words
        try addPointers(source)
    }

    fileprivate mutating func add(_ source: ListReader) throws(CapnProtoError) {
        switch source.elementSize {
        case .composite:
            words += 1 + source.count * source.structSize.words
            if source.structSize.pointerCount == 0 { return }
            for index in 0..<source.count { try addPointers(source.structure(at: index)) }
        case .pointer:
            words += source.count
            for index in 0..<source.count { try add(source.anyPointer(at: index)) }
        default: words += (source.count * Int(source.stepBits) + 63) / 64
        }
    }

    private mutating func addPointers(_ source: StructReader) throws(CapnProtoError) {
        for index in 0..<Int(source.pointerCount) { try add(source.anyPointer(index)) }
    }
}
