// Annotations that a schema applies, as constants: `Foo.Annotations.color` of the declaration itself, and
// `Foo.Annotations.Name.color` of its member `name`. Those that this generator or C++'s reads are left out.

extension FileEmitter {
    /// The number of an annotation that is declared here.
    mutating func emitAnnotationID(_ node: SchemaNode, _ name: String, isStatic: Bool) {
        documentation(node.documentation)
        let constant = "\(name)AnnotationID"
        let value = SwiftNames.hexadecimal(node.id)
        if isStatic { return self.constant(constant, "UInt64", value, in: node.scope) }
        line("public let \(constant): UInt64 = \(value)")
    }

    mutating func emitAnnotations(_ node: SchemaNode) throws(CodegenError) {
        let own = try constants(node.annotations, at: node)
        var members = [(name: String, constants: [AnnotationConstant])]()
        for (name, annotations) in node.members {
            let constants = try constants(annotations, at: node)
            if !constants.isEmpty { members.append((SwiftNames.capitalized(name), constants)) }
        }
        if own.isEmpty, members.isEmpty { return }
        line()
        line("/// What annotations of the schema say.")
        try block("public enum Annotations") { emitter throws(CodegenError) in
            emitter.emit(own, in: node)
            for member in members {
                try emitter.block("public enum \(SwiftNames.type(member.name))") { emitter in
                    emitter.emit(member.constants, in: node)
                }
            }
        }
    }

    struct AnnotationConstant {
        var name: String
        var type: String
        var value: String
    }

    private mutating func emit(_ constants: [AnnotationConstant], in node: SchemaNode) {
        for constant in constants { self.constant(constant.name, constant.type, constant.value, in: node.id) }
    }

    /// An annotation that is applied again gets a number.
    private mutating func constants(
        _ annotations: [SchemaAnnotation], at node: SchemaNode
    ) throws(CodegenError) -> [AnnotationConstant] {
        var result = [AnnotationConstant]()
        for annotation in annotations where !WellKnown.ownAnnotations.contains(annotation.id) {
            guard var constant = try constant(annotation, at: node) else { continue }
            let count = result.filter { $0.name == constant.name }.count
            if count > 0 { constant.name += String(count + 1) }
            result.append(constant)
        }
        return result
    }

    /// Nil where its type can't be said here: it has no value, or is of a module that isn't known.
    private mutating func constant(
        _ annotation: SchemaAnnotation, at node: SchemaNode
    ) throws(CodegenError) -> AnnotationConstant? {
        guard let declaration = index.nodes[annotation.id], case .annotation(let declared) = declaration.body else {
            return nil
        }
        let name = SwiftNames.constant(declaration.name)
        let type = declared.substituting(annotation.brand)
        if case .void = type { return AnnotationConstant(name: name, type: "Bool", value: "true") }
        guard type.hasValue, try canSay(type), var swift = try valueType(type, from: node.id) else { return nil }
        if type.isOptionalValue, case .pointer(nil) = annotation.value { swift += "?" }
        return AnnotationConstant(
            name: name, type: swift, value: try literal(annotation.value, of: type, from: node.id))
    }

    private func canSay(_ type: SchemaType) throws(CodegenError) -> Bool {
        switch type {
        case .list(let element): return try canSay(element)
        case .anyPointer, .anyStruct, .anyList, .parameter: return false
        case .structure(let target), .enumeration(let target):
            let place = try index.place(target.id)
            if place.file == file { return true }
            return try index.module(of: place.file) != nil
        default: return true
        }
    }
}

extension SchemaNode {
    /// Fields, enumerants or methods with their annotations, in the source's order.
    fileprivate var members: [(name: String, annotations: [SchemaAnnotation])] {
        switch body {
        case .structure(let structure):
            structure.fields.sorted { $0.codeOrder < $1.codeOrder }.map { ($0.name, $0.annotations) }
        case .enumeration(let enumerants):
            enumerants.sorted { $0.codeOrder < $1.codeOrder }.map { ($0.name, $0.annotations) }
        case .interface(let methods, _):
            methods.sorted { $0.codeOrder < $1.codeOrder }.map { ($0.name, $0.annotations) }
        case .file, .constant, .annotation: []
        }
    }
}
