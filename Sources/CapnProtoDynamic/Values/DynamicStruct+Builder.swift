public import CapnProto

extension DynamicStruct {
    /// A struct of a message under construction. It lives no longer than its type and its access to the message.
    ///
    /// Writing a member of a union makes it the one that is set.
    public struct Builder: ~Escapable {
        public let raw: StructBuilder
        let schemas: Schemas
        public let definition: StructDefinition
        let brand: TypeBrand

        @_lifetime(copy raw)
        init(_ raw: StructBuilder, _ schemas: Schemas, _ definition: StructDefinition, _ brand: TypeBrand) {
            self.raw = raw
            self.schemas = schemas
            self.definition = definition
            self.brand = brand
        }

        /// A new struct in place of what the pointer leads to.
        @_lifetime(copy pointer, borrow type)
        public init(_ pointer: AnyPointerBuilder, as type: borrowing StructType) {
            raw = pointer.initRawStructure(type.definition.size)
            schemas = type.schemas
            definition = type.definition
            brand = type.brand
        }

        /// A new root.
        @_lifetime(&message, borrow type)
        public init(_ message: inout MessageBuilder, as type: borrowing StructType) {
            let root = message.root
            self.init(root, as: type)
        }

        public var type: StructType { StructType(schemas: schemas, definition: definition, brand: brand) }
        /// The struct as readers see it.
        public var asReader: Reader {
            @_lifetime(copy self) get { Reader(raw.asReader, schemas, definition, brand) }
        }
        public var which: FieldDefinition? { asReader.which }

        func field(named name: String) throws(DynamicError) -> FieldDefinition {
            guard let field = definition.field(named: name) else { throw .noSuchField(name) }
            return field
        }
    }
}

extension DynamicStruct.Builder {
    @_lifetime(copy self)
    public func get(_ name: String) throws(DynamicError) -> DynamicValue.Reader { try asReader.get(name) }

    /// Writes a number, Bool, enum, Void, text or data.
    public mutating func set(_ field: FieldDefinition, _ value: DynamicValue.Plain) throws(DynamicError) {
        guard case .slot(let offset, let declared, let initial) = field.kind else { throw .wrongType(field.name) }
        let type = brand.close(declared)
        switch (type, value) {
        case (.text, .text(let text)): raw.setText(offset, text)
        case (.data, .data(let bytes)): raw.setBytes(offset, bytes)
        default:
            guard !type.isPointer else { throw .wrongType(field.name) }
            store(try value.bits(as: type, in: schemas, field.name) ^ initial.mask, type, offset)
        }
        select(field)
    }
    public mutating func set(_ name: String, _ value: DynamicValue.Plain) throws(DynamicError) {
        try set(field(named: name), value)
    }

    /// A new struct in place of what is there; for a group all of its fields are made what they are in a new struct.
    @_lifetime(copy self)
    public mutating func initStructure(_ field: FieldDefinition) throws(DynamicError) -> DynamicStruct.Builder {
        switch (field.kind, type.type(of: field)) {
        case (.group(let id), _):
            reset(field)
            return DynamicStruct.Builder(raw, schemas, schemas.definition(id), brand)
        case (.slot(let offset, _, _), .structure(let id, let brand)):
            let definition = schemas.definition(id)
            select(field)
            let new = raw.pointer(offset).initRawStructure(definition.size)
            return DynamicStruct.Builder(new, schemas, definition, brand)
        default: throw .wrongType(field.name)
        }
    }
    @_lifetime(copy self)
    public mutating func initStructure(_ name: String) throws(DynamicError) -> DynamicStruct.Builder {
        try initStructure(field(named: name))
    }

    /// A new list of `count` elements in place of what is there.
    @_lifetime(copy self)
    public mutating func initList(_ field: FieldDefinition, count: Int) throws(DynamicError) -> DynamicList.Builder {
        guard case .slot(let offset, _, _) = field.kind, case .list(let element) = type.type(of: field) else {
            throw .wrongType(field.name)
        }
        select(field)
        let new = raw.pointer(offset).initRawList(element.elementSize, schemas.elementSize(element), count: count)
        return DynamicList.Builder(new, of: element, in: schemas)
    }
    @_lifetime(copy self)
    public mutating func initList(_ name: String, count: Int) throws(DynamicError) -> DynamicList.Builder {
        try initList(field(named: name), count: count)
    }

    /// A pointer field of any type, for what is done with pointers as such: copies, capabilities, AnyPointer.
    @_lifetime(copy self)
    public mutating func pointer(_ field: FieldDefinition) throws(DynamicError) -> AnyPointerBuilder {
        guard case .slot(let offset, let type, _) = field.kind, type.isPointer else { throw .wrongType(field.name) }
        select(field)
        return raw.pointer(offset)
    }
    @_lifetime(copy self)
    public mutating func pointer(_ name: String) throws(DynamicError) -> AnyPointerBuilder {
        try pointer(field(named: name))
    }

    /// Makes a field what it is in a new struct, and a member of the union the one that is set.
    public mutating func clear(_ field: FieldDefinition) { reset(field) }
    public mutating func clear(_ name: String) throws(DynamicError) { reset(try field(named: name)) }
}

extension DynamicStruct.Builder {
    func reset(_ field: FieldDefinition) {
        switch field.kind {
        case .group(let id): DynamicStruct.Builder(raw, schemas, schemas.definition(id), brand).resetAll()
        case .slot(let offset, let type, _):
            if type.isPointer { raw.clear(offset) } else { store(0, type, offset) }
        }
        select(field)
    }

    /// Sets the union's tag.
    func select(_ field: FieldDefinition) {
        guard let tag = field.discriminant else { return }
        raw.setInteger(definition.discriminantOffset, tag)
    }

    /// A group, as it is.
    @_lifetime(copy self)
    func group(_ field: FieldDefinition) -> DynamicStruct.Builder {
        guard case .group(let id) = field.kind else { preconditionFailure("the field is no group") }
        return DynamicStruct.Builder(raw, schemas, schemas.definition(id), brand)
    }

    private func resetAll() {
        for field in definition.fields { reset(field) }
        if !definition.unionMembers.isEmpty { raw.setInteger(definition.discriminantOffset, 0 as UInt16) }
    }

    /// - Parameter bits: already XORed with the default.
    func store(_ bits: UInt64, _ type: SchemaType, _ offset: Int) {
        switch type {
        case .void: break
        case .bool: raw.setBool(offset, bits & 1 != 0)
        default:
            switch type.elementSize {
            case .byte: raw.setInteger(offset, UInt8(truncatingIfNeeded: bits))
            case .twoBytes: raw.setInteger(offset, UInt16(truncatingIfNeeded: bits))
            case .fourBytes: raw.setInteger(offset, UInt32(truncatingIfNeeded: bits))
            default: raw.setInteger(offset, bits)
            }
        }
    }
}

extension Schemas {
    /// The sections of an element of a list of structs.
    func elementSize(_ type: SchemaType) -> StructSize {
        guard case .structure(let id, _) = type else { return StructSize(dataWords: 0, pointerCount: 0) }
        return definition(id).size
    }
}
