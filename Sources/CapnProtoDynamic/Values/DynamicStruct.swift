public import CapnProto

/// A struct whose type is known at run time only.
///
///     let person = try DynamicStruct.Reader(message, as: type)
///     let name = try person.get("name")
///     if case .text(let text) = name { print(try text.string) }
public enum DynamicStruct {
    /// A struct in place. It lives no longer than its message and its type.
    public struct Reader: ~Escapable {
        public let raw: StructReader
        let schemas: Schemas
        public let definition: StructDefinition
        let brand: TypeBrand

        @_lifetime(copy raw)
        init(_ raw: StructReader, _ schemas: Schemas, _ definition: StructDefinition, _ brand: TypeBrand) {
            self.raw = raw
            self.schemas = schemas
            self.definition = definition
            self.brand = brand
        }

        @_lifetime(copy raw, borrow type)
        public init(_ raw: StructReader, as type: borrowing StructType) {
            self.raw = raw
            schemas = type.schemas
            definition = type.definition
            brand = type.brand
        }

        /// The root of a message.
        @_lifetime(borrow message, borrow type)
        public init(_ message: borrowing Message, as type: borrowing StructType) throws(CapnProtoError) {
            let root = message.rootPointer
            let raw = try root.structure()
            self.init(raw, as: type)
        }

        public var type: StructType { StructType(schemas: schemas, definition: definition, brand: brand) }

        /// The union's member that is set; nil without a union, and for a member that the schema doesn't know.
        public var which: FieldDefinition? { definition.which(raw).map { definition.fields[$0] } }
    }
}

extension StructDefinition {
    /// The union's tag; nil without a union.
    func tag(_ raw: StructReader) -> UInt16? {
        unionMembers.isEmpty ? nil : raw.integer(discriminantOffset)
    }
    /// The index of the union's member that is set.
    func which(_ raw: StructReader) -> Int? {
        guard let tag = tag(raw), Int(tag) < unionMembers.count else { return nil }
        return unionMembers[Int(tag)]
    }
    func isSet(_ field: FieldDefinition, in raw: StructReader) -> Bool {
        field.discriminant == nil || field.discriminant == tag(raw)
    }
}

extension DynamicStruct.Reader {
    /// The value of a field.
    /// - Throws: `notSet` for a member of the union that isn't set.
    @_lifetime(copy self)
    public func get(_ field: FieldDefinition) throws(DynamicError) -> DynamicValue.Reader {
        guard definition.isSet(field, in: raw) else { throw .notSet(field.name) }
        do { return try value(of: field) } catch { throw .message(error) }
    }
    @_lifetime(copy self)
    public func get(_ name: String) throws(DynamicError) -> DynamicValue.Reader {
        guard let field = definition.field(named: name) else { throw .noSuchField(name) }
        return try get(field)
    }

    /// Whether a field has a value of its own.
    public enum Presence: Sendable, Hashable {
        /// A number always has; a pointer when it isn't null.
        case notNull
        /// A number when it isn't the field's default. A pointer when it isn't null.
        case notDefault
    }

    /// Whether a field is there: false for members of the union that aren't set, else as `presence` says.
    public func has(_ field: FieldDefinition, _ presence: Presence = .notNull) -> Bool {
        guard definition.isSet(field, in: raw) else { return false }
        guard case .slot(let offset, let type, _) = field.kind else { return true }
        if type.isPointer { return raw.has(offset) }
        guard presence == .notDefault else { return true }
        switch type {
        case .void: return false
        case .bool: return raw.bool(offset)
        case .int8, .uint8: return raw.integer(offset) != 0 as UInt8
        case .int16, .uint16, .enumeration: return raw.integer(offset) != 0 as UInt16
        case .int32, .uint32, .float32: return raw.integer(offset) != 0 as UInt32
        default: return raw.integer(offset) != 0 as UInt64
        }
    }
    public func has(_ name: String, _ presence: Presence = .notNull) throws(DynamicError) -> Bool {
        guard let field = definition.field(named: name) else { throw .noSuchField(name) }
        return has(field, presence)
    }

    /// The value of a field, whatever the union's tag says.
    @_lifetime(copy self)
    func value(of field: FieldDefinition) throws(CapnProtoError) -> DynamicValue.Reader {
        switch field.kind {
        case .group(let id):
            return .structure(DynamicStruct.Reader(raw, schemas, schemas.definition(id), brand))
        case .slot(let offset, let type, let value):
            if type.isPointer {
                let pointer = pointer(offset, default: value.message)
                return try DynamicValue.Reader(pointer, as: brand.close(type), in: schemas)
            }
            return number(type, offset, mask: value.mask)
        }
    }

    @_lifetime(copy self)
    private func pointer(_ offset: Int, default message: Message?) -> AnyPointerReader {
        guard let message, !raw.has(offset) else { return raw.anyPointer(offset) }
        // The message belongs to the schemas, which outlive the reader: its type holds them. It is in canonical form and
        // was paid for when it was loaded, so each reading may cost as much again.
        message.renewTraversalAllowance()
        return _overrideLifetime(message.rootPointer, copying: self)
    }

    @_lifetime(copy self)
    private func number(_ type: SchemaType, _ offset: Int, mask: UInt64) -> DynamicValue.Reader {
        switch type {
        case .bool: .bool(raw.bool(offset, mask: mask != 0))
        case .int8: .signed(Int64(raw.integer(offset, mask: Int8(truncatingIfNeeded: mask))))
        case .int16: .signed(Int64(raw.integer(offset, mask: Int16(truncatingIfNeeded: mask))))
        case .int32: .signed(Int64(raw.integer(offset, mask: Int32(truncatingIfNeeded: mask))))
        case .int64: .signed(raw.integer(offset, mask: Int64(truncatingIfNeeded: mask)))
        case .uint8: .unsigned(UInt64(raw.integer(offset, mask: UInt8(truncatingIfNeeded: mask))))
        case .uint16: .unsigned(UInt64(raw.integer(offset, mask: UInt16(truncatingIfNeeded: mask))))
        case .uint32: .unsigned(UInt64(raw.integer(offset, mask: UInt32(truncatingIfNeeded: mask))))
        case .uint64: .unsigned(raw.integer(offset, mask: mask))
        case .float32: .float32(raw.float(offset, mask: UInt32(truncatingIfNeeded: mask)))
        case .float64: .float64(raw.double(offset, mask: mask))
        case .enumeration(let id):
            .enumerant(
                DynamicEnum(
                    schemas.enumeration(id), number: raw.integer(offset, mask: UInt16(truncatingIfNeeded: mask))))
        default: .void
        }
    }
}
