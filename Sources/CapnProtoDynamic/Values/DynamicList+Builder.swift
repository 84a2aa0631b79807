public import CapnProto

extension DynamicList {
    /// A list of a message under construction. An index out of range is a programmer's error.
    public struct Builder: ~Escapable {
        public let raw: ListBuilder
        public let schemas: Schemas
        /// Without parameters.
        public let elementType: SchemaType

        @_lifetime(copy raw)
        init(_ raw: ListBuilder, of elementType: SchemaType, in schemas: Schemas) {
            self.raw = raw
            self.schemas = schemas
            self.elementType = elementType
        }

        public var count: Int { raw.count }
        public var indices: Range<Int> { 0..<raw.count }
        /// The list as readers see it.
        public var asReader: Reader {
            @_lifetime(copy self) get { Reader(raw.asReader, of: elementType, in: schemas) }
        }
    }
}

extension DynamicList.Builder {
    /// Writes a number, Bool, enum, Void, text or data.
    public mutating func set(_ value: DynamicValue.Plain, at index: Int) throws(DynamicError) {
        switch (elementType, value) {
        case (.text, .text(let text)): raw.setText(text, at: index)
        case (.data, .data(let bytes)): raw.setBytes(bytes, at: index)
        default:
            guard !elementType.isPointer else { throw .wrongType("element") }
            store(try value.bits(as: elementType, in: schemas, "element"), at: index)
        }
    }

    /// An element of a list of structs. They are there from the start.
    @_lifetime(copy self)
    public mutating func structure(at index: Int) throws(DynamicError) -> DynamicStruct.Builder {
        guard case .structure = elementType else { throw .wrongType("element") }
        return uncheckedStructure(at: index)
    }

    /// A new list in place of what the element is.
    @_lifetime(copy self)
    public mutating func initList(at index: Int, count: Int) throws(DynamicError) -> DynamicList.Builder {
        guard case .list(let element) = elementType else { throw .wrongType("element") }
        let new = raw.pointer(at: index)
            .initRawList(element.elementSize, schemas.elementSize(element), count: count)
        return DynamicList.Builder(new, of: element, in: schemas)
    }

    /// An element that is a pointer, for what is done with pointers as such.
    @_lifetime(copy self)
    public mutating func pointer(at index: Int) throws(DynamicError) -> AnyPointerBuilder {
        guard elementType.elementSize == .pointer else { throw .wrongType("element") }
        return raw.pointer(at: index)
    }

    @_lifetime(copy self)
    func uncheckedStructure(at index: Int) -> DynamicStruct.Builder {
        guard case .structure(let id, let brand) = elementType else { preconditionFailure("no list of structs") }
        return DynamicStruct.Builder(raw.structure(at: index), schemas, schemas.definition(id), brand)
    }

    func store(_ bits: UInt64, at index: Int) {
        switch elementType.elementSize {
        case .bit: raw.setBool(bits & 1 != 0, at: index)
        case .byte: raw.setInteger(UInt8(truncatingIfNeeded: bits), at: index)
        case .twoBytes: raw.setInteger(UInt16(truncatingIfNeeded: bits), at: index)
        case .fourBytes: raw.setInteger(UInt32(truncatingIfNeeded: bits), at: index)
        case .eightBytes: raw.setInteger(bits, at: index)
        default: break
        }
    }
}
