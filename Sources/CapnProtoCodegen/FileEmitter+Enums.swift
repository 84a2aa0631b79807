// Enums and constants.

extension FileEmitter {
    mutating func emitEnum(_ node: SchemaNode, _ enumerants: [SchemaEnumerant]) throws(CodegenError) {
        documentation(node.documentation)
        let other = Self.unknownName(enumerants.map(\.name))
        var names = [String]()
        for enumerant in enumerants {
            names.append(SwiftNames.constant(try enumerant.annotations.swiftName(at: node) ?? enumerant.name))
        }
        try block("public enum \(try swiftName(of: node.id)): EnumSchema, Sendable, Hashable, Codable") {
            emitter throws(CodegenError) in
            for position in enumerants.indices.sorted(by: { enumerants[$0].codeOrder < enumerants[$1].codeOrder }) {
                emitter.documentation(node.documentation(ofMember: position))
                emitter.line("case \(names[position])")
            }
            emitter.line("/// A number that the schema doesn't know.")
            emitter.line("case \(other)(UInt16)")
            emitter.line()
            emitter.constant("typeID", "UInt64", SwiftNames.hexadecimal(node.id), in: node.id)
            emitter.line()
            try emitter.emitEnumNumbers(names, other)
            try emitter.emitAnnotations(node)
        }
    }

    private mutating func emitEnumNumbers(_ names: [String], _ other: String) throws(CodegenError) {
        try block("@inlinable public init(rawValue: UInt16)") { emitter throws(CodegenError) in
            try emitter.block("switch rawValue") { emitter throws(CodegenError) in
                for (number, name) in names.enumerated() { emitter.line("case \(number): self = .\(name)") }
                emitter.line("default: self = .\(other)(rawValue)")
            }
        }
        try block("@inlinable public var rawValue: UInt16") { emitter throws(CodegenError) in
            try emitter.block("switch self") { emitter throws(CodegenError) in
                for (number, name) in names.enumerated() { emitter.line("case .\(name): \(number)") }
                emitter.line("case .\(other)(let number): number")
            }
        }
    }

    mutating func emitConstant(
        _ node: SchemaNode, _ name: String, _ type: SchemaType, _ value: SchemaConstant, isStatic: Bool
    ) throws(CodegenError) {
        guard type.hasValue, var swift = try valueType(type, from: node.scope) else { return }
        if case .void = type { return }
        if type.isOptionalValue, case .pointer(nil) = value { swift += "?" }
        documentation(node.documentation)
        let member = SwiftNames.constant(try node.swiftName ?? name)
        let literal = try literal(value, of: type, from: node.scope)
        if isStatic { return constant(member, swift, literal, in: node.scope) }
        line("public let \(member): \(swift) = \(literal)")
    }
}
