import CapnProto

/// From a tape to a message. The parser's limit of nesting bounds the recursion.
struct JSONAssembler: ~Escapable {
    var assembly: Assembly
    let codec: JSONCodec
    private let decoding: JSONDecoding

    @_lifetime(copy assembly)
    init(_ assembly: consuming Assembly, _ codec: JSONCodec, _ decoding: JSONDecoding) {
        self.assembly = assembly
        self.codec = codec
        self.decoding = decoding
    }

    mutating func fill(_ message: inout MessageBuilder, as type: StructType) throws(ParseError) {
        try assembly.charge(type.definition.size.wordCount, at: 0)
        try fill(DynamicStruct.Builder(&message, as: type), from: 0)
    }

    func expect(_ kind: Tape.Kind, _ index: Int) throws(ParseError) {
        guard assembly.node(index).kind == kind else { throw assembly.failure(.wrongType, at: index) }
    }

    func string(_ index: Int) throws(ParseError) -> String {
        try assembly.validated(JSONScalars.string(assembly.source, assembly.node(index)), at: index)
    }

    // MARK: Objects

    private mutating func fill(
        _ builder: borrowing DynamicStruct.Builder, from index: Int
    ) throws(ParseError) {
        try expect(.record, index)
        let plan = codec.plan(builder.definition.id)
        guard plan.isSound else { throw assembly.failure(.badAnnotation, at: index) }
        if plan.isInterwoven { return try fillInterwoven(builder, plan, from: index) }
        var key = index + 1
        var expected = 0
        for _ in 0..<Int(assembly.node(index).count) {
            if let field = try self.field(key, plan, expected) {
                try set(builder.definition.fields[field], plan.fields[field].form, of: builder, from: key + 1)
                expected = field + 1
            } else if decoding.refusesUnknownFields {
                throw assembly.failure(.noSuchField, at: key)
            }
            key = assembly.tape.after(key + 1)
        }
    }

    /// The field that a key names; most often it is the one behind that of the last key.
    private func field(_ key: Int, _ plan: JSONPlan, _ expected: Int) throws(ParseError) -> Int? {
        if expected < plan.fields.count, assembly.isQuoted(key, plan.fields[expected].key) { return expected }
        return plan.indices[try string(key)]
    }

    /// Keys can't be followed one by one: what some mean depends on others.
    private mutating func fillInterwoven(
        _ builder: borrowing DynamicStruct.Builder, _ plan: JSONPlan, from index: Int
    ) throws(ParseError) {
        var keys = [String: Int]()
        var key = index + 1
        for _ in 0..<Int(assembly.node(index).count) {
            keys[try string(key)] = key + 1
            key = assembly.tape.after(key + 1)
        }
        try fill(builder, plan, prefix: "", &keys, at: index)
        if decoding.refusesUnknownFields, let left = keys.values.min() {
            throw assembly.failure(.noSuchField, at: left - 1)
        }
    }

    // MARK: Fields

    mutating func set(
        _ field: FieldDefinition, _ form: JSONPlan.Form, of builder: borrowing DynamicStruct.Builder, from index: Int
    ) throws(ParseError) {
        builder.select(field)
        switch field.kind {
        case .group:
            builder.reset(field)
            try fill(builder.group(field), from: index)
        case .slot(let offset, let declared, let initial):
            let type = builder.brand.close(declared)
            if type.isPointer { return try assign(builder.raw.pointer(offset), type, form, from: index) }
            builder.store(try bits(type, index) ^ initial.mask, type, offset)
        }
    }

    private mutating func fill(_ list: borrowing DynamicList.Builder, from index: Int) throws(ParseError) {
        var element = index + 1
        for position in 0..<list.count {
            switch list.elementType {
            case .structure: try fill(list.uncheckedStructure(at: position), from: element)
            case let type where type.isPointer:
                try assign(list.raw.pointer(at: position), type, .plain, from: element)
            case let type: list.store(try bits(type, element), at: position)
            }
            element = assembly.tape.after(element)
        }
    }

    private mutating func assign(
        _ pointer: borrowing AnyPointerBuilder, _ type: SchemaType, _ form: JSONPlan.Form, from index: Int
    ) throws(ParseError) {
        if assembly.node(index).kind == .null { return pointer.clear() }
        switch type {
        case .text:
            try expect(.string, index)
            let text = try string(index)
            try assembly.charge(bytes: text.utf8.count, at: index)
            pointer.setText(text)
        case .data:
            let bytes = try data(form, index)
            try assembly.charge(bytes: bytes.count, at: index)
            pointer.setBytes(bytes)
        case .structure(let id, let brand):
            try expect(.record, index)
            let definition = codec.schemas.definition(id)
            try assembly.charge(definition.size.wordCount, at: index)
            let raw = pointer.initRawStructure(definition.size)
            try fill(DynamicStruct.Builder(raw, codec.schemas, definition, brand), from: index)
        case .list(let element):
            try expect(.list, index)
            let count = Int(assembly.node(index).count)
            try assembly.chargeList(of: element, in: codec.schemas, count: count, at: index)
            let size = codec.schemas.elementSize(element)
            let raw = pointer.initRawList(element.elementSize, size, count: count)
            try fill(DynamicList.Builder(raw, of: element, in: codec.schemas), from: index)
        default: throw assembly.failure(.notRepresentable, at: index)
        }
    }

    // MARK: Scalars

    private func data(_ form: JSONPlan.Form, _ index: Int) throws(ParseError) -> [UInt8] {
        guard form == .base64 || form == .hexadecimal else { return try byteList(index) }
        try expect(.string, index)
        let text = try JSONScalars.string(assembly.source, assembly.node(index))
        let bytes = form == .base64 ? JSONScalars.base64(text) : JSONScalars.hexadecimal(text)
        guard let bytes else { throw assembly.failure(.badEncoding, at: index) }
        return bytes
    }

    private func byteList(_ index: Int) throws(ParseError) -> [UInt8] {
        try expect(.list, index)
        var bytes = [UInt8]()
        var element = index + 1
        for _ in 0..<Int(assembly.node(index).count) {
            bytes.append(UInt8(truncatingIfNeeded: try bits(.uint8, element)))
            element = assembly.tape.after(element)
        }
        return bytes
    }

    /// A number, Bool, enum or Void.
    private func bits(_ type: SchemaType, _ index: Int) throws(ParseError) -> UInt64 {
        let value = try plain(type, index)
        do { return try value.bits(as: type, in: codec.schemas, "") } catch {
            throw assembly.failure(error, at: index)
        }
    }

    private func plain(_ type: SchemaType, _ index: Int) throws(ParseError) -> DynamicValue.Plain {
        switch (assembly.node(index).kind, type) {
        case (_, .void): return .void
        case (.true, .bool): return .bool(true)
        case (.false, .bool): return .bool(false)
        case (.null, .float32), (.null, .float64): return .float(.nan)
        case (.string, .enumeration(let id)):
            guard let number = codec.enumPlan(id).numbers[try string(index)] else {
                throw assembly.failure(.noSuchEnumerant, at: index)
            }
            return .unsigned(UInt64(number))
        case (.number, _): return try number(assembly.string(index), type, index)
        case (.string, _): return try number(try string(index), type, index)
        default: throw assembly.failure(.wrongType, at: index)
        }
    }

    private func number(_ text: String, _ type: SchemaType, _ index: Int) throws(ParseError) -> DynamicValue.Plain {
        switch type {
        case .bool: throw assembly.failure(.wrongType, at: index)
        case .float32, .float64:
            guard let value = Double(text) else { throw assembly.failure(.badNumber, at: index) }
            return .float(value)
        default:
            do { return try JSONScalars.integer(text) } catch { throw assembly.failure(error, at: index) }
        }
    }
}
