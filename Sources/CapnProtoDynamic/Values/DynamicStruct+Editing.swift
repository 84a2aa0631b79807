public import CapnProto

// What is there already, to be edited in place.

extension DynamicStruct.Builder {
    /// The root that is there, enlarged when an older schema made it; else a new one.
    @_lifetime(copy pointer, borrow type)
    public init(editing pointer: AnyPointerBuilder, as type: borrowing StructType) throws(DynamicError) {
        do { raw = try pointer.structure(withRoomFor: type.definition.size) } catch { throw .message(error) }
        schemas = type.schemas
        definition = type.definition
        brand = type.brand
    }

    /// The struct that is there, else a new one; a group. A default is copied before it is edited.
    /// - Throws: `notSet` for a member of the union that isn't set.
    @_lifetime(copy self)
    public mutating func structure(_ field: FieldDefinition) throws(DynamicError) -> DynamicStruct.Builder {
        guard definition.isSet(field, in: raw.asReader) else { throw .notSet(field.name) }
        switch (field.kind, type.type(of: field)) {
        case (.group(let id), _): return DynamicStruct.Builder(raw, schemas, schemas.definition(id), brand)
        case (.slot(let offset, _, let initial), .structure(let id, let brand)):
            let definition = schemas.definition(id)
            let pointer = raw.pointer(offset)
            do throws(CapnProtoError) {
                try fill(pointer, initial)
                let structure = try pointer.structure(withRoomFor: definition.size)
                return DynamicStruct.Builder(structure, schemas, definition, brand)
            } catch {
                throw .message(error)
            }
        default: throw .wrongType(field.name)
        }
    }
    @_lifetime(copy self)
    public mutating func structure(_ name: String) throws(DynamicError) -> DynamicStruct.Builder {
        try structure(field(named: name))
    }

    /// The list that is there; an empty one for a null pointer. A default is copied before it is edited.
    /// - Throws: `notSet` for a member of the union that isn't set.
    @_lifetime(copy self)
    public mutating func list(_ field: FieldDefinition) throws(DynamicError) -> DynamicList.Builder {
        guard definition.isSet(field, in: raw.asReader) else { throw .notSet(field.name) }
        guard case .slot(let offset, _, let initial) = field.kind, case .list(let element) = type.type(of: field)
        else { throw .wrongType(field.name) }
        let pointer = raw.pointer(offset)
        do throws(CapnProtoError) {
            try fill(pointer, initial)
            let list = try pointer.list(of: element.elementSize, withRoomFor: schemas.elementSize(element))
            return DynamicList.Builder(list, of: element, in: schemas)
        } catch {
            throw .message(error)
        }
    }
    @_lifetime(copy self)
    public mutating func list(_ name: String) throws(DynamicError) -> DynamicList.Builder {
        try list(field(named: name))
    }

    private func fill(_ pointer: AnyPointerBuilder, _ initial: SchemaValue) throws(CapnProtoError) {
        guard pointer.isNull, let message = initial.message else { return }
        message.renewTraversalAllowance()
        try pointer.copy(message.rootPointer)
    }
}
