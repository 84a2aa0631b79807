import CapnProto

// A struct or group becomes a namespace with a reader, a builder, a plain value and, where it has a union, `Which`.

extension FileEmitter {
    mutating func emitStruct(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        try checkMembers(structure, in: node)
        documentation(node.documentation)
        let name = try swiftName(of: node.id) + Self.clause(index.parameters(of: node.id))
        let schema = hasPipeline(node, structure) ? "PipelinedSchema" : "StructSchema"
        try block("public enum \(name): \(schema)") { emitter throws(CodegenError) in
            try emitter.emitStructFacts(node, structure)
            emitter.line()
            try emitter.emitReader(node, structure)
            emitter.line()
            try emitter.emitBuilder(node, structure)
            emitter.line()
            try emitter.emitValue(node, structure)
            if structure.discriminantCount > 0 {
                emitter.line()
                try emitter.emitWhich(node, structure)
            }
            try emitter.emitPipeline(node, structure)
            try emitter.emitAnnotations(node)
            try emitter.emitGroups(of: structure)
            try emitter.emitNested(of: node, isStatic: true)
        }
    }

    /// Fields must not share a Swift name.
    private func checkMembers(_ structure: SchemaStruct, in node: SchemaNode) throws(CodegenError) {
        var names: Set<String> = []
        for field in structure.fields {
            let member = SwiftNames.member(try self.name(field, in: node))
            guard names.insert(member).inserted else {
                throw CodegenError("two members become `\(member)`: give one a $Swift.name", at: node.displayName)
            }
        }
    }

    private mutating func emitStructFacts(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        constant("typeID", "UInt64", SwiftNames.hexadecimal(node.id), in: node.id)
        try block("@inlinable public static var structSize: StructSize") { emitter throws(CodegenError) in
            emitter.line("StructSize(dataWords: \(structure.dataWords), pointerCount: \(structure.pointerCount))")
        }
        for field in structure.fields {
            guard case .slot(_, _, let value) = field.body, let segment = try Self.defaultSegment(value) else {
                continue
            }
            let words = Self.words(segment).joined(separator: ", ")
            let name = try defaultName(field, in: node)
            if index.isGeneric(node.id) {
                tail.line()
                tail.line("@usableFromInline let \(name) = DefaultValue(words: [\(words)])")
            } else {
                line("@usableFromInline static let \(Self.defaultTitle(field)) = DefaultValue(words: [\(words)])")
            }
        }
    }

    /// A constant of a namespace. Generic types have no stored ones.
    mutating func constant(_ name: String, _ type: String, _ value: String, in scope: UInt64) {
        if index.isGeneric(scope) {
            line("public static var \(name): \(type) { \(value) }")
        } else {
            line("public static let \(name): \(type) = \(value)")
        }
    }

    private mutating func emitGroups(of structure: SchemaStruct) throws(CodegenError) {
        for field in structure.fields {
            guard case .group(let id) = field.body else { continue }
            let group = try index.node(id)
            guard case .structure(let body) = group.body else { continue }
            line()
            var documented = group
            if documented.documentation.isEmpty { documented.documentation = "The group `\(field.name)`." }
            try emitStruct(documented, body)
        }
    }

    /// Where a pointer's default is kept: in its struct's namespace, or beside it where that is generic.
    mutating func defaultName(_ field: SchemaField, in node: SchemaNode) throws(CodegenError) -> String {
        if index.isGeneric(node.id) {
            return try index.place(node.id).names.joined(separator: "_") + "_" + Self.defaultTitle(field)
        }
        return "\(try reference(own: node.id)).\(Self.defaultTitle(field))"
    }
    private static func defaultTitle(_ field: SchemaField) -> String {
        "default\(SwiftNames.capitalized(field.name))"
    }

    /// A segment with a pointer's default as its root; nil where the default is null, and for texts, which are literals.
    private static func defaultSegment(_ value: SchemaConstant) throws(CodegenError) -> [UInt8]? {
        switch value {
        case .pointer(let segment): return segment
        case .data(let bytes) where !bytes.isEmpty:
            var message = MessageBuilder()
            message.root.setBytes(bytes)
            do throws(CapnProtoError) { return try message.finish().rootPointer.canonical() } catch {
                throw CodegenError("a default is malformed: \(error)")
            }
        default: return nil
        }
    }

    /// The words of a segment.
    static func words(_ segment: [UInt8]) -> [String] {
        stride(from: 0, to: segment.count, by: 8).map { start in
            let word = (0..<8).reduce(UInt64(0)) { $0 | UInt64(segment[start + $1]) << (8 * $1) }
            return SwiftNames.hexadecimal(word)
        }
    }
}

extension SchemaStruct {
    /// The fields outside of the union, in the order in which the schema has them.
    var plainFields: [SchemaField] { ordered.filter { $0.discriminant == nil } }
    /// The union's members, by their tags.
    var members: [SchemaField] {
        fields.filter { $0.discriminant != nil }.sorted { ($0.discriminant ?? 0) < ($1.discriminant ?? 0) }
    }
    private var ordered: [SchemaField] { fields.sorted { $0.codeOrder < $1.codeOrder } }
}
