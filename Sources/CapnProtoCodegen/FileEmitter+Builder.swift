// The builder of a struct: properties for numbers, `set…` and `init…` for pointers. For a member of a union they also set the
// union's tag.

extension FileEmitter {
    mutating func emitBuilder(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        let path = try reference(own: node.id)
        try block("@frozen public struct Builder: SchemaBuilder, ~Escapable") { emitter throws(CodegenError) in
            emitter.line("public let raw: StructBuilder")
            emitter.line(
                "@inlinable @inline(__always) @_lifetime(copy raw) public init(_ raw: StructBuilder) { self.raw = raw }"
            )
            emitter.line("/// The struct as readers see it.")
            emitter.line(
                "@inlinable public var asReader: \(path).Reader { @_lifetime(copy self) get { \(path).Reader(raw.asReader) } }"
            )
            for field in structure.plainFields { try emitter.emitSetter(field, in: node, structure) }
            if structure.discriminantCount > 0 {
                emitter.line()
                emitter.line("/// The number of the union's member that is set.")
                emitter.line("@inlinable public var whichTag: UInt16 { raw.integer(\(structure.discriminantOffset)) }")
            }
            for field in structure.members { try emitter.emitSetter(field, in: node, structure) }
        }
    }

    private mutating func emitSetter(
        _ field: SchemaField, in node: SchemaNode, _ structure: SchemaStruct
    ) throws(CodegenError) {
        let name = try self.name(field, in: node)
        let tag = field.discriminant.map { "raw.setInteger(\(structure.discriminantOffset), UInt16(\($0))); " } ?? ""
        let check = field.discriminant.map { "precondition(whichTag == \($0), \"\(name) is not set\"); " } ?? ""
        let setter = Setter(name: name, title: SwiftNames.capitalized(name), tag: tag, check: check)
        line()
        switch field.body {
        case .group(let id): try emitGroupSetter(setter, id, in: node)
        case .slot(let offset, let type, let value):
            if type.isPointer {
                try emitPointerSetter(setter, offset, type, in: node)
                return try emitOrphans(setter, offset, type, in: node)
            }
            try emitNumberSetter(setter, offset, type, value, in: node)
        }
    }

    /// The pieces of which a field's setters are made.
    private struct Setter {
        var name: String
        var title: String
        /// Makes a member of the union current; empty for other fields.
        var tag: String
        /// Traps unless the member is current; empty for other fields.
        var check: String
    }

    private mutating func emitGroupSetter(_ setter: Setter, _ id: UInt64, in node: SchemaNode) throws(CodegenError) {
        let type = try reference(own: id, from: node.id) + ".Builder"
        line(
            "@inlinable public var \(SwiftNames.member(setter.name)): \(type) { @_lifetime(copy self) mutating get { \(setter.check)\(setter.check.isEmpty ? "" : "return ")\(type)(raw) } }"
        )
        guard !setter.tag.isEmpty else { return }
        line("/// Makes `\(setter.name)` the union's member, with all its fields as in a new struct.")
        try block("@inlinable @_lifetime(copy self) public mutating func init\(setter.title)() -> \(type)") {
            emitter throws(CodegenError) in
            emitter.line(String(setter.tag.dropLast(2)))
            for statement in try emitter.clearing(id) { emitter.line(statement) }
            emitter.line("return \(type)(raw)")
        }
    }

    /// Statements that make a group's fields what they are in a new struct.
    private func clearing(_ group: UInt64) throws(CodegenError) -> [String] {
        guard case .structure(let structure) = try index.node(group).body else { return [] }
        var statements = [String]()
        if structure.discriminantCount > 0 {
            statements.append("raw.setInteger(\(structure.discriminantOffset), UInt16(0))")
        }
        for field in structure.fields {
            switch field.body {
            case .group(let inner): statements += try clearing(inner)
            case .slot(let offset, let type, _):
                if let statement = Self.clearing(offset, type), !statements.contains(statement) {
                    statements.append(statement)
                }
            }
        }
        return statements
    }
    private static func clearing(_ offset: Int, _ type: SchemaType) -> String? {
        switch type {
        case .void: nil
        case .bool: "raw.setBool(\(offset), false)"
        case .integer(let integer): "raw.setInteger(\(offset), \(integer.rawValue)(0))"
        case .float32: "raw.setInteger(\(offset), UInt32(0))"
        case .float64: "raw.setInteger(\(offset), UInt64(0))"
        case .enumeration: "raw.setInteger(\(offset), UInt16(0))"
        default: "raw.clear(\(offset))"
        }
    }

    private mutating func emitNumberSetter(
        _ setter: Setter, _ offset: Int, _ type: SchemaType, _ value: SchemaConstant, in node: SchemaNode
    ) throws(CodegenError) {
        if case .void = type {
            guard !setter.tag.isEmpty else { return line("// Void: nothing to set") }
            return line("@inlinable public mutating func set\(setter.title)() { \(setter.tag.dropLast(2)) }")
        }
        let swift = try valueType(type, from: node.id) ?? ""
        let verb = Self.numberVerb(type)
        let mask = Self.mask(value, type)
        let write = "raw.set\(SwiftNames.capitalized(verb))(\(offset), "
        guard setter.tag.isEmpty else {
            return line(
                "@inlinable public mutating func set\(setter.title)(_ value: \(swift)) { \(setter.tag)\(write)value\(mask)) }"
            )
        }
        try block("@inlinable public var \(SwiftNames.member(setter.name)): \(swift)") { emitter throws(CodegenError) in
            emitter.line("get { raw.\(verb)(\(offset)\(mask)) }")
            emitter.line("set { \(write)newValue\(mask)) }")
        }
    }

    private mutating func emitPointerSetter(
        _ setter: Setter, _ offset: Int, _ type: SchemaType, in node: SchemaNode
    ) throws(CodegenError) {
        let head = "@inlinable public mutating func set\(setter.title)"
        let lifetime = "@inlinable @_lifetime(copy self) public mutating func"
        let property = "@inlinable public var \(SwiftNames.member(setter.name))"
        let returning = setter.check.isEmpty ? "" : "return "
        switch type {
        case .text:
            line("\(head)(_ text: String) { \(setter.tag)raw.setText(\(offset), text) }")
        case .data:
            line("\(head)(_ bytes: [UInt8]) { \(setter.tag)raw.setBytes(\(offset), bytes) }")
            line("\(head)(_ bytes: RawSpan) { \(setter.tag)raw.setBytes(\(offset), bytes) }")
        case .list(let inner):
            let element = try elementType(inner, from: node.id)
            let builder = "List<\(element)>.Builder"
            line(
                "\(property): \(builder) { @_lifetime(copy self) mutating get throws(CapnProtoError) { \(setter.check)\(returning)try raw.list(\(offset), of: \(element).self) } }"
            )
            line(
                "\(lifetime) init\(setter.title)(_ count: Int) -> \(builder) { \(setter.tag)\(setter.tag.isEmpty ? "" : "return ")raw.initList(\(offset), of: \(element).self, count: count) }"
            )
            guard inner.hasValue, let values = try valueType(type, from: node.id) else { return }
            line("\(head)(_ values: \(values)) { \(setter.tag)raw.setValues(\(offset), of: \(element).self, values) }")
        case .structure(let target):
            let target = try reference(target, from: node.id)
            line(
                "\(property): \(target).Builder { @_lifetime(copy self) mutating get throws(CapnProtoError) { \(setter.check)\(returning)try raw.structure(\(offset), \(target).self) } }"
            )
            line(
                "\(lifetime) init\(setter.title)() -> \(target).Builder { \(setter.tag)\(setter.tag.isEmpty ? "" : "return ")raw.initStructure(\(offset), \(target).self) }"
            )
            line("\(head)(_ value: \(target).Value?) { \(setter.tag)raw.setValue(\(offset), value) }")
            line(
                "\(head)(copying source: \(target).Reader) throws(CapnProtoError) { \(setter.tag)try raw.copy(\(offset), from: source.raw) }"
            )
        case .parameter, .implicitParameter:
            emitParameterSetter(setter, offset, try elementType(type, from: node.id))
        case .anyPointer, .anyStruct, .anyList:
            line(
                "\(property): AnyPointerBuilder { @_lifetime(copy self) mutating get { \(setter.check)\(returning)raw.pointer(\(offset)) } }"
            )
            guard !setter.tag.isEmpty else { return }
            line(
                "\(lifetime) init\(setter.title)() -> AnyPointerBuilder { \(setter.tag)raw.clear(\(offset)); return raw.pointer(\(offset)) }"
            )
        case .interface, .anyCapability:
            let client = try clientType(type, from: node.id) ?? ""
            let index = client == "Capability" ? "capability.map { list.add($0) }" : "list.add(capability)"
            line(
                "public mutating func set\(setter.title)(_ capability: \(client)?, in list: inout CapabilityList) { \(setter.tag)raw.setCapability(\(offset), \(index)) }"
            )
        case .void, .bool, .integer, .float32, .float64, .enumeration: return
        }
    }

    /// Taking an object out of the field, and giving one to it.
    private mutating func emitOrphans(
        _ setter: Setter, _ offset: Int, _ type: SchemaType, in node: SchemaNode
    ) throws(CodegenError) {
        guard type.hasValue else { return }
        let schema = try elementType(type, from: node.id)
        line(
            "public mutating func adopt\(setter.title)(_ orphan: consuming Orphan<\(schema)>) { \(setter.tag)raw.adopt(\(offset), orphan) }"
        )
        let returning = setter.check.isEmpty ? "" : "return "
        line(
            "@_lifetime(copy self) public mutating func disown\(setter.title)() -> Orphan<\(schema)> { \(setter.check)\(returning)raw.disown(\(offset), \(schema).self) }"
        )
    }

    /// A pointer whose type is a parameter: what can be initialised depends on the argument.
    private mutating func emitParameterSetter(_ setter: Setter, _ offset: Int, _ parameter: String) {
        let mutating = "@inlinable public mutating func"
        let lifetime = "@inlinable @_lifetime(copy self) public mutating func init\(setter.title)"
        let returning = setter.check.isEmpty ? "" : "return "
        line(
            "@inlinable public var \(SwiftNames.member(setter.name)): \(parameter).Builder { @_lifetime(copy self) mutating get throws(CapnProtoError) { \(setter.check)\(returning)try \(parameter).edit(raw.pointer(\(offset))) } }"
        )
        let initialised = setter.tag.isEmpty ? "" : "return "
        line(
            "\(lifetime)() -> \(parameter).Builder where \(parameter): StructSchema { \(setter.tag)\(initialised)raw.pointer(\(offset)).initAs(\(parameter).self) }"
        )
        line(
            "\(lifetime)(_ count: Int) -> \(parameter).Builder where \(parameter): SizedPointerSchema { \(setter.tag)\(initialised)raw.pointer(\(offset)).initAs(\(parameter).self, count: count) }"
        )
        line(
            "\(mutating) set\(setter.title)(_ value: \(parameter).Value?) { \(setter.tag)if let value { \(parameter).write(value, to: raw.pointer(\(offset))) } else { raw.clear(\(offset)) } }"
        )
        line(
            "\(mutating) set\(setter.title)(copying source: \(parameter).Reader) throws(CapnProtoError) { \(setter.tag)try \(parameter).copy(source, to: raw.pointer(\(offset))) }"
        )
    }
}
