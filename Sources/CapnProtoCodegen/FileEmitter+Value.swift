// The plain value of a struct: a copy that stores, logs and tests keep. Capabilities and untyped pointers have no place in it.

extension FileEmitter {
    /// What a plain value stores for a field, or for the union as a whole.
    struct Property {
        /// With backticks where it needs them.
        var member: String
        var type: String
        var standard: String
        var isBoxed = false
        var documentation = ""
        /// `property = …` in the initializer that takes a reader.
        var reading: String
        /// A statement that writes the property through `raw`.
        var writing: String
    }

    mutating func emitValue(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        let path = try reference(own: node.id)
        let properties = try valueProperties(node, structure)
        line("/// A copy, outside of any message.")
        try block("public struct Value: StructValue, Hashable, Codable") { emitter throws(CodegenError) in
            emitter.line("public typealias Schema = \(path)")
            for property in properties { emitter.emit(property) }
            emitter.line()
            try emitter.emitMemberwiseInit(properties)
            emitter.line()
            try emitter.block("public init(_ reader: \(path).Reader) throws(CapnProtoError)") {
                emitter throws(CodegenError) in
                for property in properties { emitter.line("self.\(property.member) = \(property.reading)") }
            }
            try emitter.block("public func write(to builder: inout \(path).Builder)") { emitter throws(CodegenError) in
                if properties.isEmpty { return }
                emitter.line("let raw = builder.raw")
                for property in properties { emitter.line(property.writing) }
            }
        }
    }

    private mutating func emit(_ property: Property) {
        documentation(property.documentation)
        line("\(property.isBoxed ? "@Boxed " : "")public var \(property.member): \(property.type)")
    }

    private mutating func emitMemberwiseInit(_ properties: [Property]) throws(CodegenError) {
        let parameters = properties.map { "\($0.member): \($0.type) = \($0.standard)" }
        if parameters.isEmpty { return line("public init() {}") }
        line("public init(")
        for (position, parameter) in parameters.enumerated() {
            line("    \(parameter)\(position < parameters.count - 1 ? "," : "")")
        }
        try block(")") { emitter throws(CodegenError) in
            for property in properties {
                emitter.line("self.\(property.member) = \(property.member)")
            }
        }
    }

    /// The properties in the schema's order; the union stands where its first member does.
    mutating func valueProperties(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) -> [Property] {
        var properties = [Property]()
        var hasUnion = false
        for field in structure.fields.sorted(by: { $0.codeOrder < $1.codeOrder }) {
            if field.discriminant == nil {
                if let property = try property(of: field, in: node) { properties.append(property) }
            } else if !hasUnion {
                hasUnion = true
                properties.append(try unionProperty(node, structure))
            }
        }
        return properties
    }

    private mutating func unionProperty(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) -> Property
    {
        let type = try reference(own: node.id) + ".Which"
        return Property(
            member: "which", type: type, standard: try standardMember(node, structure),
            documentation: "The member of the union that is set.", reading: "try \(type)(reader)",
            writing: "self.which.write(to: raw)")
    }

    private mutating func property(of field: SchemaField, in node: SchemaNode) throws(CodegenError) -> Property? {
        let name = try self.name(field, in: node)
        let member = SwiftNames.member(name)
        let documentation = documentation(of: field, in: node)
        switch field.body {
        case .group(let id):
            let type = try reference(own: id, from: node.id)
            return Property(
                member: member, type: "\(type).Value", standard: "\(type).Value()", documentation: documentation,
                reading: "try \(type).Value(reader.\(member))",
                writing: "do { var group = \(type).Builder(raw); self.\(member).write(to: &group) }")
        case .slot(let offset, let type, let value):
            guard type.hasValue, let swift = try valueType(type, from: node.id) else { return nil }
            if case .void = type { return nil }
            guard type.isOptionalValue else {
                return Property(
                    member: member, type: swift, standard: try literal(value, of: type, from: node.id),
                    documentation: documentation, reading: Self.reading(type, "reader.\(member)"),
                    writing: try writing(type, offset, value, "self.\(member)", in: node))
            }
            return Property(
                member: member, type: "\(swift)?", standard: "nil", isBoxed: isRecursive(field, in: node),
                documentation: documentation,
                reading:
                    "reader.raw.has(\(offset)) ? \(try optionalReading(type, offset, member, swift, in: node)) : nil",
                writing: "if let value = self.\(member) { \(try writing(type, offset, value, "value", in: node)) }")
        }
    }

    /// The expression for an object that is there.
    mutating func optionalReading(
        _ type: SchemaType, _ offset: Int, _ member: String, _ swift: String, in node: SchemaNode
    ) throws(CodegenError) -> String {
        if case .structure = type { return "try \(swift)(reader.\(member))" }
        return "try \(try elementType(type, from: node.id)).value(reader.raw.anyPointer(\(offset)))"
    }

    /// The expression that copies what a getter returns.
    static func reading(_ type: SchemaType, _ getter: String) -> String {
        switch type {
        case .text: "try \(getter).string"
        case .data: "try \(getter).array"
        case .list: "try \(getter).values()"
        case .anyPointer, .anyList: "try AnyPointer.value(\(getter))"
        case .anyStruct: "try AnyStruct.value(\(getter))"
        default: getter
        }
    }

    /// The statement that writes a value; empty texts, data and lists stay null where null means empty.
    mutating func writing(
        _ type: SchemaType, _ offset: Int, _ value: SchemaConstant, _ name: String, in node: SchemaNode
    ) throws(CodegenError) -> String {
        let guarded = value.isEmptyPointer ? "if !\(name).isEmpty { " : ""
        let end = guarded.isEmpty ? "" : " }"
        switch type {
        case .text: return "\(guarded)raw.setText(\(offset), \(name))\(end)"
        case .data: return "\(guarded)raw.setBytes(\(offset), \(name))\(end)"
        case .list(let element):
            let element = try elementType(element, from: node.id)
            return "\(guarded)raw.setValues(\(offset), of: \(element).self, \(name))\(end)"
        case .structure: return "raw.setValue(\(offset), \(name))"
        case .anyPointer, .anyList: return "AnyPointer.write(\(name), to: raw.pointer(\(offset)))"
        case .anyStruct, .parameter, .implicitParameter:
            return "\(try elementType(type, from: node.id)).write(\(name), to: raw.pointer(\(offset)))"
        default:
            return
                "raw.set\(SwiftNames.capitalized(Self.numberVerb(type)))(\(offset), \(name)\(Self.mask(value, type)))"
        }
    }
}

extension SchemaConstant {
    /// Whether a null pointer reads as nothing.
    var isEmptyPointer: Bool {
        switch self {
        case .text(let text): text.isEmpty
        case .data(let bytes): bytes.isEmpty
        case .pointer(let message): message == nil
        default: true
        }
    }
}
