public import CapnProto

extension JSONCodec {
    /// A struct as a JSON object, byte for byte as `capnp convert binary:json` writes it (without the line's end).
    /// - Throws: `notRepresentable` for capabilities and AnyPointer that aren't null.
    public func encode(
        _ value: borrowing DynamicStruct.Reader, _ format: JSONFormat = .short
    ) throws(DynamicError) -> [UInt8] {
        var encoder = JSONMessageEncoder(self, format)
        _ = try encoder.encode(value, indent: 0, isValue: false)
        return encoder.writer.output
    }
    /// The same as a string.
    public func encodeString(
        _ value: borrowing DynamicStruct.Reader, _ format: JSONFormat = .short
    ) throws(DynamicError) -> String {
        String(decoding: try encode(value, format), as: UTF8.self)
    }
}

extension JSONCodec {
    /// The root of a message as a JSON object.
    public func encode(
        _ message: Message, as type: StructType, _ format: JSONFormat = .short
    ) throws(DynamicError) -> [UInt8] {
        let reader: DynamicStruct.Reader
        do { reader = try DynamicStruct.Reader(message, as: type) } catch { throw .message(error) }
        return try encode(reader, format)
    }
    /// The same as a string.
    public func encodeString(
        _ message: Message, as type: StructType, _ format: JSONFormat = .short
    ) throws(DynamicError) -> String {
        String(decoding: try encode(message, as: type, format), as: UTF8.self)
    }
}

/// The objects and lists that are being written, and the bytes.
struct JSONMessageEncoder {
    private(set) var writer: JSONWriter
    private let codec: JSONCodec
    private let format: JSONFormat
    private var depth = 0
    /// The structs whose defaults are being written where a union's member is set and null: one inside of itself would
    /// have no end.
    private var vacant: [UInt64] = []

    init(_ codec: JSONCodec, _ format: JSONFormat) {
        self.codec = codec
        self.format = format
        writer = JSONWriter(isPretty: format.isPretty)
    }

    /// An object that is being written: where its members begin.
    private struct Object {
        var layout = Layout()
        var hasSpreadItem = false
        var indent: Int
    }

    private mutating func enter() throws(DynamicError) {
        depth += 1
        guard depth <= TextPrinter.maxDepth else { throw .nestingLimit }
    }

    // MARK: Objects

    /// - Returns: whether it has become several lines.
    mutating func encode(
        _ value: borrowing DynamicStruct.Reader, indent: Int, isValue: Bool
    ) throws(DynamicError) -> Bool {
        writer.append("{")
        var object = Object(indent: indent)
        if format.isPretty, try count(of: value, atMost: 2) > 1 { object.indent += 1 }
        try members(of: value, prefix: [], &object)
        let isSpread = writer.finish(
            object.layout, hasSpreadItem: object.hasSpreadItem, indent: indent, isValue: isValue)
        writer.append("}")
        return isSpread
    }

    private mutating func members(
        of value: borrowing DynamicStruct.Reader, prefix: [UInt8], _ object: inout Object
    ) throws(DynamicError) {
        try enter()
        let definition = value.definition
        let plan = codec.plan(definition.id)
        guard plan.isSound else { throw .badAnnotation(definition.header.displayName) }
        for index in definition.plainFields where value.has(definition.fields[index], format.presence) {
            try member(index, of: value, plan, prefix: prefix, key: plan.fields[index].key, &object)
        }
        if let index = definition.which(value.raw) { try union(index, of: value, plan, prefix: prefix, &object) }
        depth -= 1
    }

    /// How many members an object has, as far as `limit`: what stands alone is not indented.
    private func count(
        of value: borrowing DynamicStruct.Reader, atMost limit: Int
    ) throws(DynamicError) -> Int {
        let definition = value.definition
        let plan = codec.plan(definition.id)
        var total = 0
        for index in definition.fields.indices where total < limit {
            let field = definition.fields[index]
            guard definition.isSet(field, in: value.raw) else { continue }
            if field.discriminant == nil, !value.has(field, format.presence) { continue }
            guard plan.fields[index].flattening != nil else {
                total += 1
                continue
            }
            let content = try value.get(field)
            if case .structure(let inner) = content { total += try count(of: inner, atMost: limit - total) }
        }
        return plan.discriminator == nil ? total : total + 1
    }

    private mutating func union(
        _ index: Int, of value: borrowing DynamicStruct.Reader, _ plan: JSONPlan, prefix: [UInt8],
        _ object: inout Object
    ) throws(DynamicError) {
        let field = plan.fields[index]
        guard let discriminator = plan.discriminator else {
            return try member(index, of: value, plan, prefix: prefix, key: field.key, &object)
        }
        object.layout.begin(writer.output)
        writer.key(prefix, discriminator.key)
        writer.append("\"")
        writer.output.append(contentsOf: field.key)
        writer.append("\"")
        if case .slot(_, .void, _) = value.definition.fields[index].kind { return }
        try member(index, of: value, plan, prefix: prefix, key: discriminator.value?.key ?? field.key, &object)
    }

    private mutating func member(
        _ index: Int, of value: borrowing DynamicStruct.Reader, _ plan: JSONPlan, prefix: [UInt8], key: [UInt8],
        _ object: inout Object
    ) throws(DynamicError) {
        let field = plan.fields[index]
        let content = try value.get(value.definition.fields[index])
        if let flattening = field.flattening, case .structure(let inner) = content {
            return try members(of: inner, prefix: prefix + flattening.key, &object)
        }
        object.layout.begin(writer.output)
        writer.key(prefix, key)
        if case .structure(let inner) = content, !value.has(value.definition.fields[index]) {
            guard !vacant.contains(inner.definition.id) else { return writer.append("null") }
            vacant.append(inner.definition.id)
            let isSpread = try encode(inner, indent: object.indent, isValue: true)
            object.hasSpreadItem = object.hasSpreadItem || isSpread
            vacant.removeLast()
            return
        }
        let isSpread = try encode(content, field.form, indent: object.indent, isValue: true)
        object.hasSpreadItem = object.hasSpreadItem || isSpread
    }

    // MARK: Values

    private mutating func encode(
        _ list: borrowing DynamicList.Reader, indent: Int, isValue: Bool
    ) throws(DynamicError) -> Bool {
        try enter()
        writer.append("[")
        var layout = Layout()
        var hasSpreadItem = false
        let form: JSONPlan.Form = list.elementType.isQuoted ? .quoted : .plain
        for index in 0..<list.count {
            layout.begin(writer.output)
            let element = try list[index]
            let isSpread = try encode(element, form, indent: list.count > 1 ? indent + 1 : indent, isValue: false)
            hasSpreadItem = hasSpreadItem || isSpread
        }
        let isSpread = writer.finish(layout, hasSpreadItem: hasSpreadItem, indent: indent, isValue: isValue)
        writer.append("]")
        depth -= 1
        return isSpread
    }

    private mutating func encode(
        _ value: consuming DynamicValue.Reader, _ form: JSONPlan.Form, indent: Int, isValue: Bool
    ) throws(DynamicError) -> Bool {
        guard writer.output.count <= format.maxBytes else { throw .outputLimit }
        switch consume value {
        case .list(let list): return try encode(list, indent: indent, isValue: isValue)
        case .structure(let structure): return try encode(structure, indent: indent, isValue: isValue)
        case .data(let bytes):
            return bytes.bytes.withUnsafeBytes { encode($0, form, indent: indent, isValue: isValue) }
        case .signed(let value): encode(value, isQuoted: form == .quoted)
        case .unsigned(let value): encode(value, isQuoted: form == .quoted)
        case let scalar: try encode(scalar: scalar)
        }
        return false
    }

    private mutating func encode(scalar value: consuming DynamicValue.Reader) throws(DynamicError) {
        switch consume value {
        case .void: writer.append("null")
        case .bool(let value): writer.append(value ? "true" : "false")
        case .float32(let value): writer.number(Double(value))
        case .float64(let value): writer.number(value)
        case .enumerant(let value): encode(value)
        case .text(let text):
            do { _ = try text.string } catch { throw .message(error) }
            text.bytes.withUnsafeBytes { writer.string($0) }
        case .capability: throw .notRepresentable("capability")
        default: throw .notRepresentable("AnyPointer")
        }
    }

    private mutating func encode(_ value: some FixedWidthInteger, isQuoted: Bool) {
        if isQuoted { writer.append("\"") }
        writer.append(String(value))
        if isQuoted { writer.append("\"") }
    }

    private mutating func encode(_ value: DynamicEnum) {
        let plan = codec.enumPlan(value.definition.id)
        guard Int(value.number) < plan.keys.count else { return writer.append(String(value.number)) }
        writer.append("\"")
        writer.output.append(contentsOf: plan.keys[Int(value.number)])
        writer.append("\"")
    }

    private mutating func encode(
        _ bytes: UnsafeRawBufferPointer, _ form: JSONPlan.Form, indent: Int, isValue: Bool
    ) -> Bool {
        switch form {
        case .base64: writer.base64(bytes)
        case .hexadecimal: writer.hexadecimal(bytes)
        case .plain, .quoted:
            writer.append("[")
            var layout = Layout()
            for byte in bytes {
                layout.begin(writer.output)
                writer.append(String(byte))
            }
            let isSpread = writer.finish(layout, hasSpreadItem: false, indent: indent, isValue: isValue)
            writer.append("]")
            return isSpread
        }
        return false
    }
}
