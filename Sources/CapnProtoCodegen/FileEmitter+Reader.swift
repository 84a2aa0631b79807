// The reader of a struct: getters over the runtime's untyped reader. Getters of numbers never fail, those of pointers throw.

extension FileEmitter {
    mutating func emitReader(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        try block("@frozen public struct Reader: SchemaReader, ~Escapable") { emitter throws(CodegenError) in
            emitter.line("public let raw: StructReader")
            emitter.line(
                "@inlinable @inline(__always) @_lifetime(copy raw) public init(_ raw: StructReader) { self.raw = raw }")
            for field in structure.plainFields { try emitter.emitGetter(field, in: node) }
            if structure.discriminantCount > 0 { try emitter.emitReaderWhich(node, structure) }
        }
    }

    private mutating func emitGetter(_ field: SchemaField, in node: SchemaNode) throws(CodegenError) {
        let name = try self.name(field, in: node)
        let getter = try readerGetter(field, in: node)
        line()
        documentation(documentation(of: field, in: node))
        if case .slot(let offset, let type, _) = field.body, let client = try clientType(type, from: node.id) {
            let capability = "try raw.capability(\(offset))"
            let value = client == "Capability" ? "table[\(capability)]" : "table.client(\(capability))"
            return line(
                "public func \(SwiftNames.member(name))(in table: CapabilityTable) throws(CapnProtoError) -> \(client) { \(value) }"
            )
        }
        let declaration = "@inlinable @inline(__always) public var \(SwiftNames.member(name)): \(getter.type)"
        line("\(declaration) { \(getter.accessor) }")
        if case .slot(let offset, let type, _) = field.body, type.isPointer {
            line("/// Whether `\(name)` is there and not null.")
            line("@inlinable public var has\(SwiftNames.capitalized(name)): Bool { raw.has(\(offset)) }")
        }
    }

    /// What a capability field is in Swift; nil for other fields.
    mutating func clientType(_ type: SchemaType, from scope: UInt64) throws(CodegenError) -> String? {
        switch type {
        case .interface(let target):
            modules.insert(WellKnown.rpcModule)
            return try reference(target, from: scope) + ".Client"
        case .anyCapability:
            modules.insert(WellKnown.rpcModule)
            return "Capability"
        default: return nil
        }
    }

    struct Getter {
        var type: String
        /// With `try` where it throws.
        var expression: String
        var throwsErrors = false
        var isEscapable = true

        /// What stands in the braces of a computed property.
        var accessor: String {
            if isEscapable, !throwsErrors { return expression }
            let lifetime = isEscapable ? "" : "@_lifetime(copy self) "
            return "\(lifetime)get\(throwsErrors ? " throws(CapnProtoError)" : "") { \(expression) }"
        }
    }

    /// How a field is read from `raw`.
    mutating func readerGetter(_ field: SchemaField, in node: SchemaNode) throws(CodegenError) -> Getter {
        switch field.body {
        case .group(let id):
            let type = try reference(own: id, from: node.id) + ".Reader"
            return Getter(type: type, expression: "\(type)(raw)", isEscapable: false)
        case .slot(let offset, let type, let value):
            if type.isPointer { return try pointerGetter(field, offset, type, value, in: node) }
            return try numberGetter(offset, type, value, in: node)
        }
    }

    private mutating func numberGetter(
        _ offset: Int, _ type: SchemaType, _ value: SchemaConstant, in node: SchemaNode
    ) throws(CodegenError) -> Getter {
        let swift = try valueType(type, from: node.id) ?? ""
        if case .void = type { return Getter(type: swift, expression: "()") }
        return Getter(type: swift, expression: "raw.\(Self.numberVerb(type))(\(offset)\(Self.mask(value, type)))")
    }

    private mutating func pointerGetter(
        _ field: SchemaField, _ offset: Int, _ type: SchemaType, _ value: SchemaConstant, in node: SchemaNode
    ) throws(CodegenError) -> Getter {
        var fallback = ""
        if case .pointer(.some) = value { fallback = ", default: \(try defaultName(field, in: node))" }
        switch type {
        case .text:
            if case .text(let text) = value, !text.isEmpty { fallback = ", default: \(SwiftNames.literal(text))" }
            return Getter(
                type: "Text.Reader", expression: "try raw.text(\(offset)\(fallback))", throwsErrors: true,
                isEscapable: false)
        case .data:
            if case .data(let bytes) = value, !bytes.isEmpty {
                fallback = ", default: \(try defaultName(field, in: node))"
            }
            return Getter(
                type: "Bytes.Reader", expression: "try raw.bytes(\(offset)\(fallback))", throwsErrors: true,
                isEscapable: false)
        case .list(let element):
            let element = try elementType(element, from: node.id)
            return Getter(
                type: "List<\(element)>.Reader", expression: "try raw.list(\(offset), of: \(element).self\(fallback))",
                throwsErrors: true, isEscapable: false)
        case .structure(let target):
            let target = try reference(target, from: node.id)
            return Getter(
                type: "\(target).Reader", expression: "try raw.structure(\(offset), \(target).self\(fallback))",
                throwsErrors: true, isEscapable: false)
        case .parameter, .implicitParameter:
            let parameter = try elementType(type, from: node.id)
            return Getter(
                type: "\(parameter).Reader", expression: "try \(parameter).read(raw.anyPointer(\(offset)))",
                throwsErrors: true, isEscapable: false)
        case .interface, .anyCapability:
            return Getter(type: "UInt32?", expression: "try raw.capability(\(offset))", throwsErrors: true)
        default:
            return Getter(type: "AnyPointerReader", expression: "raw.anyPointer(\(offset))", isEscapable: false)
        }
    }

    /// The union of a reader: the member that is set, with what it holds.
    private mutating func emitReaderWhich(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        let other = Self.unknownName(structure.members.map(\.name))
        var getters = [(field: SchemaField, name: String, getter: Getter)]()
        for field in structure.members {
            getters.append((field, SwiftNames.member(try name(field, in: node)), try readerGetter(field, in: node)))
        }
        line()
        line("/// The member of the union that is set.")
        try block("@frozen public enum Which: ~Escapable") { emitter throws(CodegenError) in
            for (_, name, getter) in getters {
                emitter.line(getter.type == "Void" ? "case \(name)" : "case \(name)(\(getter.type))")
            }
            emitter.line("case \(other)(UInt16)")
        }
        try block("@inlinable @inline(__always) public var which: Which") { emitter throws(CodegenError) in
            let throwing = getters.contains(where: \.getter.throwsErrors) ? " throws(CapnProtoError)" : ""
            try emitter.block("@_lifetime(copy self) get\(throwing)") { emitter throws(CodegenError) in
                try emitter.block("switch whichTag") { emitter throws(CodegenError) in
                    for (field, name, getter) in getters {
                        let payload = getter.type == "Void" ? "" : "(\(getter.expression))"
                        emitter.line("case \(field.discriminant ?? 0): return .\(name)\(payload)")
                    }
                    emitter.line("case let tag: return .\(other)(tag)")
                }
            }
        }
        line("/// The number of the member that is set.")
        line("@inlinable @inline(__always) public var whichTag: UInt16 { raw.integer(\(structure.discriminantOffset)) }")
    }

    // MARK: Pieces that readers, builders and values share

    /// The runtime's word for a type that lies in the data section.
    static func numberVerb(_ type: SchemaType) -> String {
        switch type {
        case .bool: "bool"
        case .float32: "float"
        case .float64: "double"
        case .enumeration: "enumeration"
        default: "integer"
        }
    }

    /// `, mask: …` where the default is not zero.
    static func mask(_ value: SchemaConstant, _ type: SchemaType) -> String {
        switch value {
        case .bool(true): ", mask: true"
        case .signed(let number) where number != 0: ", mask: \(number)"
        case .unsigned(let number) where number != 0: ", mask: \(number)"
        case .float32(let bits) where bits != 0: ", mask: \(SwiftNames.hexadecimal(UInt64(bits)))"
        case .float64(let bits) where bits != 0: ", mask: \(SwiftNames.hexadecimal(bits))"
        case .enumeration(let number) where number != 0: ", mask: \(number)"
        default: ""
        }
    }

    /// The case for numbers that the schema doesn't know: `unknown`, or `unrecognized` where the schema has an `unknown`.
    static func unknownName(_ names: [String]) -> String {
        guard names.contains("unknown") else { return "unknown" }
        var name = "unrecognized"
        while names.contains(name) { name += "_" }
        return name
    }

    func documentation(of field: SchemaField, in node: SchemaNode) -> String {
        guard case .structure(let structure) = node.body,
            let position = structure.fields.firstIndex(where: { $0.name == field.name })
        else { return "" }
        return node.documentation(ofMember: position)
    }
}
