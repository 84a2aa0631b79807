/// Whether two objects of any kind say the same.
public enum Equality: Sendable, Hashable {
    case equal
    case different
    /// They differ in nothing but that they hold capabilities, and an index says nothing of what it stands for.
    case unknown

    fileprivate mutating func combine(_ other: Equality) {
        if self == .equal || other == .different { self = other }
    }
}

// Zeros at the end of a section are as good as absent, as an older schema may have written either side. Reading is at the
// expense of both messages' allowances.

extension AnyPointerReader {
    /// Whether both lead to the same content. Null is different from an empty object.
    public func equality(with other: AnyPointerReader) throws(CapnProtoError) -> Equality {
        let kind = try self.kind
        guard try kind == other.kind else { return .different }
        switch kind {
        case .null: return .equal
        case .structure: return try structure().equality(with: other.structure())
        case .list: return try anyList().equality(with: other.anyList())
        case .capability: return .unknown
        }
    }
}

extension StructReader {
    /// Whether all fields are the same.
    public func equality(with other: StructReader) throws(CapnProtoError) -> Equality {
        let words = max(Int(size.dataWords), Int(other.size.dataWords))
        for index in 0..<words where dataWord(index) != other.dataWord(index) { return .different }
        var result = Equality.equal
        for index in 0..<Int(max(pointerCount, other.pointerCount)) {
            result.combine(try anyPointer(index).equality(with: other.anyPointer(index)))
            if result == .different { return result }
        }
        return result
    }
}

extension ListReader {
    /// Whether both have the same elements in the same encoding.
    public func equality(with other: ListReader) throws(CapnProtoError) -> Equality {
        guard count == other.count, elementSize == other.elementSize else { return .different }
        if elementSize != .composite && elementSize != .pointer { return hasSameData(as: other) ? .equal : .different }
        var result = Equality.equal
        guard structSize.words > 0 || other.structSize.words > 0 else { return result }
        for index in 0..<count {
            result.combine(try structure(at: index).equality(with: other.structure(at: index)))
            if result == .different { return result }
        }
        return result
    }

    private func hasSameData(as other: ListReader) -> Bool {
        let bits = count * Int(stepBits)
        return (0..<(bits + 63) / 64).allSatisfy { dataWord($0, ofBits: bits) == other.dataWord($0, ofBits: bits) }
    }
}
