import CapnProto

/// From a tape to a message. The parser's limit of nesting bounds the recursion.
struct TextAssembler: ~Escapable {
    private var assembly: Assembly
    private let schemas: Schemas

    @_lifetime(copy assembly)
    init(_ assembly: consuming Assembly, _ schemas: Schemas) {
        self.assembly = assembly
        self.schemas = schemas
    }

    mutating func fill(_ message: inout MessageBuilder, as type: StructType) throws(ParseError) {
        try assembly.charge(type.definition.size.wordCount, at: 0)
        try fill(DynamicStruct.Builder(&message, as: type), from: 0)
    }

    private mutating func fill(
        _ builder: borrowing DynamicStruct.Builder, from index: Int
    ) throws(ParseError) {
        try expect(.record, index)
        var key = index + 1
        for _ in 0..<Int(assembly.node(index).count) {
            guard let field = builder.definition.field(named: assembly.string(key)) else {
                throw assembly.failure(.noSuchField, at: key)
            }
            try set(field, of: builder, from: key + 1)
            key = assembly.tape.after(key + 1)
        }
    }

    private mutating func set(
        _ field: FieldDefinition, of builder: borrowing DynamicStruct.Builder, from index: Int
    ) throws(ParseError) {
        builder.select(field)
        switch field.kind {
        case .group:
            builder.reset(field)
            try fill(builder.group(field), from: index)
        case .slot(let offset, let declared, let initial):
            let type = builder.brand.close(declared)
            if type.isPointer { return try assign(builder.raw.pointer(offset), type, from: index) }
            builder.store(try bits(type, index) ^ initial.mask, type, offset)
        }
    }

    private mutating func fill(_ list: borrowing DynamicList.Builder, from index: Int) throws(ParseError) {
        var element = index + 1
        for position in 0..<list.count {
            switch list.elementType {
            case .structure: try fill(list.uncheckedStructure(at: position), from: element)
            case let type where type.isPointer:
                try assign(list.raw.pointer(at: position), type, from: element)
            case let type: list.store(try bits(type, element), at: position)
            }
            element = assembly.tape.after(element)
        }
    }

    private func expect(_ kind: Tape.Kind, _ index: Int) throws(ParseError) {
        guard assembly.node(index).kind == kind else { throw assembly.failure(.wrongType, at: index) }
    }

    private mutating func assign(
        _ pointer: borrowing AnyPointerBuilder, _ type: SchemaType, from index: Int
    ) throws(ParseError) {
        switch type {
        case .text:
            try expect(.string, index)
            let text = try assembly.validated(TextScalars.string(assembly.source, assembly.node(index)), at: index)
            try assembly.charge(bytes: text.utf8.count, at: index)
            pointer.setText(text)
        case .data:
            let bytes = try data(index)
            try assembly.charge(bytes: bytes.count, at: index)
            pointer.setBytes(bytes)
        case .structure(let id, let brand):
            try expect(.record, index)
            let definition = schemas.definition(id)
            try assembly.charge(definition.size.wordCount, at: index)
            let raw = pointer.initRawStructure(definition.size)
            try fill(DynamicStruct.Builder(raw, schemas, definition, brand), from: index)
        case .list(let element):
            try expect(.list, index)
            let count = Int(assembly.node(index).count)
            try assembly.chargeList(of: element, in: schemas, count: count, at: index)
            let raw = pointer.initRawList(element.elementSize, schemas.elementSize(element), count: count)
            try fill(DynamicList.Builder(raw, of: element, in: schemas), from: index)
        default: throw assembly.failure(.notRepresentable, at: index)
        }
    }

    private func data(_ index: Int) throws(ParseError) -> [UInt8] {
        let node = assembly.node(index)
        if node.kind == .binary { return try TextScalars.binary(assembly.source, node) }
        try expect(.string, index)
        return try TextScalars.string(assembly.source, node)
    }

    /// A number, Bool, enum or Void.
    private func bits(_ type: SchemaType, _ index: Int) throws(ParseError) -> UInt64 {
        let value = try plain(type, index)
        do { return try value.bits(as: type, in: schemas, "") } catch { throw assembly.failure(error, at: index) }
    }

    private func plain(_ type: SchemaType, _ index: Int) throws(ParseError) -> DynamicValue.Plain {
        let node = assembly.node(index)
        switch (node.kind, type) {
        case (.number, .enumeration): throw assembly.failure(.wrongType, at: index)
        case (.number, _): return try TextScalars.number(assembly.source, node, as: type)
        case (.parenthesized, .enumeration):
            let number = assembly.node(index + 1)
            return try TextScalars.number(assembly.source, number, as: .uint16)
        case (.identifier, .bool):
            if assembly.isText(index, "true") { return .bool(true) }
            if assembly.isText(index, "false") { return .bool(false) }
        case (.identifier, .void): if assembly.isText(index, "void") { return .void }
        case (.identifier, .float32), (.identifier, .float64):
            if assembly.isText(index, "inf") { return .float(.infinity) }
            if assembly.isText(index, "nan") { return .float(.nan) }
        case (.identifier, .enumeration): return .enumerant(assembly.string(index))
        default: break
        }
        throw assembly.failure(.wrongType, at: index)
    }
}

extension StructSize {
    var wordCount: Int { Int(dataWords) + Int(pointerCount) }
}
