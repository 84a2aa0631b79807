public import CapnProto

/// A list whose elements' type is known at run time only.
public enum DynamicList {
    /// A list in place.
    public struct Reader: ~Escapable {
        public let raw: ListReader
        public let schemas: Schemas
        /// Without parameters.
        public let elementType: SchemaType

        @_lifetime(copy raw)
        init(_ raw: ListReader, of elementType: SchemaType, in schemas: Schemas) {
            self.raw = raw
            self.schemas = schemas
            self.elementType = elementType
        }

        public var count: Int { raw.count }
        public var indices: Range<Int> { 0..<raw.count }

        /// An index out of range is a programmer's error.
        public subscript(index: Int) -> DynamicValue.Reader {
            @_lifetime(copy self) get throws(DynamicError) {
                do { return try element(at: index) } catch { throw .message(error) }
            }
        }
    }
}

extension DynamicList.Reader {
    @_lifetime(copy self)
    private func element(at index: Int) throws(CapnProtoError) -> DynamicValue.Reader {
        switch elementType {
        case .void: .void
        case .bool: .bool(raw.bool(at: index))
        case .int8: .signed(Int64(raw.integer(at: index, as: Int8.self)))
        case .int16: .signed(Int64(raw.integer(at: index, as: Int16.self)))
        case .int32: .signed(Int64(raw.integer(at: index, as: Int32.self)))
        case .int64: .signed(raw.integer(at: index))
        case .uint8: .unsigned(UInt64(raw.integer(at: index, as: UInt8.self)))
        case .uint16: .unsigned(UInt64(raw.integer(at: index, as: UInt16.self)))
        case .uint32: .unsigned(UInt64(raw.integer(at: index, as: UInt32.self)))
        case .uint64: .unsigned(raw.integer(at: index))
        case .float32: .float32(Float(bitPattern: raw.integer(at: index)))
        case .float64: .float64(Double(bitPattern: raw.integer(at: index)))
        case .enumeration(let id):
            .enumerant(DynamicEnum(schemas.enumeration(id), number: raw.integer(at: index)))
        case .structure(let id, let brand):
            .structure(DynamicStruct.Reader(raw.structure(at: index), schemas, schemas.definition(id), brand))
        default: try DynamicValue.Reader(raw.anyPointer(at: index), as: elementType, in: schemas)
        }
    }
}
