// `Which`: the union of a plain value, one case per member.

extension FileEmitter {
    mutating func emitWhich(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        let other = Self.unknownName(structure.members.map(\.name))
        line("/// The member of the union that is set, with its value.")
        try block("public enum Which: Sendable, Hashable, Codable") { emitter throws(CodegenError) in
            for field in structure.members {
                emitter.documentation(emitter.documentation(of: field, in: node))
                emitter.line(try emitter.whichCase(field, in: node))
            }
            emitter.line("/// A member that the schema doesn't know; only its number is kept.")
            emitter.line("case \(other)(UInt16)")
            emitter.line()
            try emitter.emitWhichReading(node, structure, other)
            emitter.line()
            try emitter.emitWhichWriting(node, structure, other)
        }
    }

    private mutating func whichCase(_ field: SchemaField, in node: SchemaNode) throws(CodegenError) -> String {
        let name = SwiftNames.member(try self.name(field, in: node))
        guard let payload = try memberType(field, in: node) else { return "case \(name)" }
        return "\(isRecursive(field, in: node) ? "indirect " : "")case \(name)(\(payload))"
    }

    /// The payload of a member's case; nil for Void and capabilities.
    private mutating func memberType(_ field: SchemaField, in node: SchemaNode) throws(CodegenError) -> String? {
        switch field.body {
        case .group(let id): return try reference(own: id, from: node.id) + ".Value"
        case .slot(_, .void, _): return nil
        case .slot(_, let type, _):
            guard type.hasValue, let swift = try valueType(type, from: node.id) else { return nil }
            return type.isParameter ? swift + "?" : swift
        }
    }

    func isRecursive(_ field: SchemaField, in node: SchemaNode) -> Bool {
        switch field.body {
        case .group(let id): index.containsItself(node.id, through: SchemaReference(id: id))
        case .slot(_, .structure(let target), _): index.containsItself(node.id, through: target)
        case .slot: false
        }
    }

    /// The member of a new value: the first, or the first that doesn't contain the struct itself.
    mutating func standardMember(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) -> String {
        for field in structure.members where !isRecursive(field, in: node) {
            let name = SwiftNames.member(try self.name(field, in: node))
            guard let payload = try memberType(field, in: node) else { return ".\(name)" }
            switch field.body {
            case .group, .slot(_, .structure, _), .slot(_, .anyStruct, _): return ".\(name)(\(payload)())"
            case .slot(_, let type, let value): return ".\(name)(\(try literal(value, of: type, from: node.id)))"
            }
        }
        return ".\(Self.unknownName(structure.members.map(\.name)))(65535)"
    }

    /// A null pointer to a struct of the same kind is a new value: read in place, its union would lead to itself for ever.
    private mutating func emitWhichReading(
        _ node: SchemaNode, _ structure: SchemaStruct, _ other: String
    ) throws(CodegenError) {
        let path = try reference(own: node.id)
        var throwing = false
        for field in structure.members where try readerGetter(field, in: node).throwsErrors { throwing = true }
        try block("init(_ reader: \(path).Reader) throws(CapnProtoError)") { emitter throws(CodegenError) in
            try emitter.block("switch \(throwing ? "try " : "")reader.which") { emitter throws(CodegenError) in
                for field in structure.members {
                    let name = SwiftNames.member(try emitter.name(field, in: node))
                    guard let payload = try emitter.memberType(field, in: node) else {
                        emitter.line("case .\(name): self = .\(name)")
                        continue
                    }
                    let value: String
                    switch field.body {
                    case .slot(let offset, let type, _) where type.isParameter:
                        let schema = try emitter.elementType(type, from: node.id)
                        emitter.line(
                            "case .\(name): self = .\(name)(reader.raw.has(\(offset)) ? try \(schema).value(reader.raw.anyPointer(\(offset))) : nil)"
                        )
                        continue
                    case .slot(let offset, .structure, _) where emitter.isRecursive(field, in: node):
                        value = "reader.raw.has(\(offset)) ? try \(payload)(member) : \(payload)()"
                    case .group, .slot(_, .structure, _): value = "try \(payload)(member)"
                    case .slot(_, .text, _): value = "try member.string"
                    case .slot(_, .data, _): value = "member.array"
                    case .slot(_, let type, _): value = Self.reading(type, "member")
                    }
                    emitter.line("case .\(name)(let member): self = .\(name)(\(value))")
                }
                emitter.line("case .\(other)(let tag): self = .\(other)(tag)")
            }
        }
    }

    private mutating func emitWhichWriting(
        _ node: SchemaNode, _ structure: SchemaStruct, _ other: String
    ) throws(CodegenError) {
        let tagOffset = structure.discriminantOffset
        try block("func write(to raw: StructBuilder)") { emitter throws(CodegenError) in
            try emitter.block("switch self") { emitter throws(CodegenError) in
                for field in structure.members {
                    let name = SwiftNames.member(try emitter.name(field, in: node))
                    let isPlain = try emitter.memberType(field, in: node) == nil
                    emitter.line(isPlain ? "case .\(name):" : "case .\(name)(let member):")
                    emitter.line("    raw.setInteger(\(tagOffset), UInt16(\(field.discriminant ?? 0)))")
                    if isPlain { continue }
                    emitter.line("    \(try emitter.memberWriting(field, in: node))")
                }
                emitter.line("case .\(other)(let tag): raw.setInteger(\(tagOffset), tag)")
            }
        }
    }

    private mutating func memberWriting(_ field: SchemaField, in node: SchemaNode) throws(CodegenError) -> String {
        switch field.body {
        case .group(let id):
            let type = try reference(own: id, from: node.id)
            return "do { var group = \(type).Builder(raw); member.write(to: &group) }"
        case .slot(let offset, let type, let value):
            let statement = try writing(type, offset, value, "member", in: node)
            return type.isParameter ? "if let member { \(statement) }" : statement
        }
    }
}
