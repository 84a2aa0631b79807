import CapnProto

/// An object that no field leads to, with its type: taken from one field, to be given to another of the same message
/// without a copy. One that isn't adopted is zeroed.
public struct DynamicOrphan: ~Copyable, ~Escapable {
    public let type: SchemaType
    private var orphan: Orphan<AnyPointer>

    @_lifetime(copy orphan)
    init(_ orphan: consuming Orphan<AnyPointer>, _ type: SchemaType) {
        self.type = type
        self.orphan = orphan
    }

    public var isNull: Bool { orphan.isNull }

    consuming func give(to pointer: borrowing AnyPointerBuilder) { pointer.adopt(orphan) }
}

extension DynamicStruct.Builder {
    /// Takes the object away from a field, which becomes null.
    /// - Throws: `notSet` for a member of the union that isn't set.
    @_lifetime(copy self)
    public mutating func disown(_ field: FieldDefinition) throws(DynamicError) -> DynamicOrphan {
        guard definition.isSet(field, in: raw.asReader) else { throw .notSet(field.name) }
        guard case .slot(let offset, let declared, _) = field.kind, declared.isPointer else {
            throw .wrongType(field.name)
        }
        let orphan = raw.disown(offset, AnyPointer.self)
        return DynamicOrphan(orphan, brand.close(declared))
    }
    @_lifetime(copy self)
    public mutating func disown(_ name: String) throws(DynamicError) -> DynamicOrphan {
        try disown(field(named: name))
    }

    /// Makes a field lead to the orphan's object instead of what is there. Both are of one message.
    /// - Throws: `wrongType` when the field has another type; the orphan is then zeroed.
    public mutating func adopt(
        _ field: FieldDefinition, _ orphan: consuming DynamicOrphan
    ) throws(DynamicError) {
        guard case .slot(let offset, let declared, _) = field.kind, brand.close(declared) == orphan.type else {
            throw .wrongType(field.name)
        }
        select(field)
        orphan.give(to: raw.pointer(offset))
    }
    public mutating func adopt(_ name: String, _ orphan: consuming DynamicOrphan) throws(DynamicError) {
        try adopt(field(named: name), orphan)
    }
}
