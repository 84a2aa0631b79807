/// The checks that need all nodes: what is referred to is there and is of the right kind; groups and superclasses have no
/// cycles.
struct SchemaValidator {
    private let declarations: [UInt64: SchemaDeclaration]

    init(_ declarations: [UInt64: SchemaDeclaration]) { self.declarations = declarations }

    func validate() throws(SchemaError) {
        for id in declarations.keys.sorted() {
            switch declarations[id] {
            case .structure(let definition): try validate(definition)
            case .interface(let definition): try validate(definition)
            case .constant(let definition): try validate(definition.type, in: id)
            case .annotation(let definition): try validate(definition.type, in: id)
            case .file, .enumeration, nil: break
            }
        }
        try validateGroups()
        try validateAncestry()
    }

    private func validate(_ definition: StructDefinition) throws(SchemaError) {
        for field in definition.fields {
            guard case .slot(_, let type, _) = field.kind else { continue }
            try validate(type, in: definition.id)
        }
    }

    private func validate(_ definition: InterfaceDefinition) throws(SchemaError) {
        for method in definition.methods {
            try validate(method.parameters, in: definition.id)
            try validate(method.results, in: definition.id)
        }
        for parent in definition.superclasses { try validate(parent, in: definition.id) }
    }

    // MARK: Types

    private func validate(_ type: SchemaType, in node: UInt64) throws(SchemaError) {
        switch type {
        case .list(let element): try validate(element, in: node)
        case .enumeration(let id):
            guard case .enumeration = try find(id, for: node) else { throw .wrongKind(id, neededBy: node) }
        case .structure(let id, let brand):
            guard case .structure(let found) = try find(id, for: node), !found.isGroup else {
                throw .wrongKind(id, neededBy: node)
            }
            try validate(brand, in: node)
        case .interface(let id, let brand):
            guard case .interface = try find(id, for: node) else { throw .wrongKind(id, neededBy: node) }
            try validate(brand, in: node)
        case .parameter(let scope, let index):
            guard let header = declarations[scope]?.header else { throw .missing(scope, neededBy: node) }
            guard index < header.parameters.count else { throw .invalid(node: node, .badParameter) }
        default: break
        }
    }

    private func validate(_ brand: TypeBrand, in node: UInt64) throws(SchemaError) {
        for scope in brand.scopes {
            for argument in scope.arguments ?? [] { try validate(argument, in: node) }
        }
    }

    private func find(_ id: UInt64, for node: UInt64) throws(SchemaError) -> SchemaDeclaration {
        guard let declaration = declarations[id] else { throw .missing(id, neededBy: node) }
        return declaration
    }

    // MARK: Groups

    /// Each group belongs to one field of the struct that its scope names and lies in the same sections. So the groups
    /// of a struct form a tree, unless their scopes lead in a circle, which a bound on their number finds.
    private func validateGroups() throws(SchemaError) {
        var owned = Set<UInt64>()
        for id in declarations.keys.sorted() {
            guard case .structure(let definition) = declarations[id] else { continue }
            try validateDepth(definition)
            for field in definition.fields {
                guard case .group(let group) = field.kind else { continue }
                guard case .structure(let found) = try find(group, for: id) else {
                    throw .wrongKind(group, neededBy: id)
                }
                let isSound = found.isGroup && found.header.scope == id && found.size == definition.size
                guard isSound, owned.insert(group).inserted else { throw .invalid(node: id, .badGroup) }
            }
        }
    }

    static let maxGroupDepth = 32

    private func validateDepth(_ definition: StructDefinition) throws(SchemaError) {
        var current = definition
        var depth = 0
        while current.isGroup {
            guard case .structure(let parent) = declarations[current.header.scope] else { return }
            current = parent
            depth += 1
            guard depth <= Self.maxGroupDepth else { throw .invalid(node: definition.id, .groupsTooDeep) }
        }
    }

    // MARK: Superclasses

    /// Takes away interfaces whose superclasses are all taken away; what can't be is in a circle, or extends one.
    private func validateAncestry() throws(SchemaError) {
        var waiting = [UInt64: Int]()
        var heirs = [UInt64: [UInt64]]()
        for id in declarations.keys.sorted() {
            guard case .interface(let definition) = declarations[id] else { continue }
            waiting[id] = definition.superclasses.count
            for case .interface(let parent, _) in definition.superclasses { heirs[parent, default: []].append(id) }
        }
        var open = waiting.keys.filter { waiting[$0] == 0 }
        while let id = open.popLast() {
            waiting[id] = nil
            for heir in heirs[id] ?? [] {
                waiting[heir, default: 0] -= 1
                if waiting[heir] == 0 { open.append(heir) }
            }
        }
        if let id = waiting.keys.min() { throw .invalid(node: id, .cyclicSuperclasses) }
    }
}
