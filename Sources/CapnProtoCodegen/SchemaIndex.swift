/// Finds a declaration's place in Swift: its file, the names that lead to it, what it contains, and which structs contain
/// themselves.
struct SchemaIndex {
    private(set) var nodes: [UInt64: SchemaNode] = [:]
    /// The file and the Swift names from the file's top level, outermost first.
    private(set) var places: [UInt64: Place] = [:]
    /// The Swift names that a namespace declares.
    private var declared: [UInt64: [String: UInt64]] = [:]
    /// What the parameters of generic declarations are called in Swift.
    private var parameterNames: [UInt64: [String]] = [:]
    /// Structs of one number contain one another, through fields and not through lists.
    private var components: [UInt64: Int] = [:]
    /// Files that import CapnProtoRPC anyway.
    private(set) var filesWithInterfaces: Set<UInt64> = []

    struct Place {
        var file: UInt64
        var parent: UInt64
        var names: [String]
        /// The declarations that the names are of; zero for a file's and for a method's namespace.
        var ids: [UInt64]
    }

    init(_ model: SchemaModel) throws(CodegenError) {
        for node in model.nodes { nodes[node.id] = node }
        for node in model.nodes {
            guard case .file = node.body else { continue }
            let namespace = try node.annotations.text(WellKnown.namespaceAnnotation, at: node)
            let names = namespace.map { [$0] } ?? []
            try enter(node, Place(file: node.id, parent: 0, names: names, ids: names.map { _ in 0 }))
        }
        for node in model.nodes {
            guard case .interface = node.body, let place = places[node.id] else { continue }
            filesWithInterfaces.insert(place.file)
        }
        components = ContainmentCycles(nodes: model.nodes, contained: Self.contained).components
    }

    /// - Throws: when the request doesn't have the node, which a compiler never does.
    func node(_ id: UInt64) throws(CodegenError) -> SchemaNode {
        guard let node = nodes[id] else {
            throw CodegenError("node \(SwiftNames.hexadecimal(id)) is missing from the request")
        }
        return node
    }
    func place(_ id: UInt64) throws(CodegenError) -> Place {
        guard let place = places[id] else {
            throw CodegenError("node \(SwiftNames.hexadecimal(id)) is in no file", at: nodes[id]?.displayName ?? "")
        }
        return place
    }

    // MARK: Names

    private mutating func enter(_ node: SchemaNode, _ place: Place) throws(CodegenError) {
        // A compiler never says so; a broken request could make a declaration enclose itself.
        if places[node.id] != nil { throw CodegenError("is declared in two places", at: node.displayName) }
        places[node.id] = place
        for nested in node.nested {
            guard let child = nodes[nested.id] else { continue }
            guard child.isNamespace else { continue }
            let name = try child.swiftName ?? SwiftNames.type(SwiftNames.capitalized(nested.name))
            try enter(child, named: name, in: node.id)
        }
        switch node.body {
        case .structure(let structure): try enterGroups(of: structure, in: node)
        case .interface(let methods, _): try enterMethods(methods, in: node)
        default: break
        }
        enterParameters(of: node, place)
    }

    /// A parameter keeps its name, with an underscore where an enclosing or enclosed declaration has it too.
    private mutating func enterParameters(of node: SchemaNode, _ place: Place) {
        var taken = Set(place.ids.dropLast().flatMap { parameterNames[$0] ?? nodes[$0]?.parameters ?? [] })
        taken.formUnion(place.names)
        taken.formUnion((declared[node.id] ?? [:]).keys)
        parameterNames[node.id] = Self.distinct(node.parameters, from: taken)
    }
    /// The names as Swift types, with underscores where they are taken.
    static func distinct(_ names: [String], from taken: Set<String>) -> [String] {
        var taken = taken
        return names.map { name in
            var name = SwiftNames.type(name)
            while !taken.insert(name).inserted { name += "_" }
            return name
        }
    }

    private mutating func enter(_ child: SchemaNode, named name: String, in parent: UInt64) throws(CodegenError) {
        try declare(name, child.id, in: parent, displayName: child.displayName)
        guard let outer = places[parent] else { return }
        try enter(
            child,
            Place(file: outer.file, parent: parent, names: outer.names + [name], ids: outer.ids + [child.id]))
    }

    private mutating func declare(
        _ name: String, _ id: UInt64, in parent: UInt64, displayName: String
    ) throws(CodegenError) {
        if let other = declared[parent]?[name], other != id {
            let first = nodes[other]?.displayName ?? "another declaration"
            throw CodegenError("becomes `\(name)` like \(first): give one of them a $Swift.name", at: displayName)
        }
        declared[parent, default: [:]][name] = id
    }

    /// A group is a namespace called like its field, capitalised, or with "Group" after it where that is taken.
    private mutating func enterGroups(of structure: SchemaStruct, in node: SchemaNode) throws(CodegenError) {
        for field in structure.fields {
            guard case .group(let id) = field.body, let group = nodes[id] else { continue }
            var name = SwiftNames.capitalized(try field.annotations.swiftName(at: node) ?? field.name)
            if SwiftNames.type(name) != name || declared[node.id]?[name] != nil { name += "Group" }
            try enter(group, named: name, in: node.id)
        }
    }

    /// The structs that a method's lists of parameters and results declare are `Params` and `Results` of the method's namespace.
    private mutating func enterMethods(_ methods: [SchemaMethod], in node: SchemaNode) throws(CodegenError) {
        guard let outer = places[node.id] else { return }
        for method in methods {
            let name = SwiftNames.type(
                SwiftNames.capitalized(try method.annotations.swiftName(at: node) ?? method.name))
            try declare(name, UInt64.max - UInt64(method.codeOrder), in: node.id, displayName: node.displayName)
            for (id, last) in [(method.parameters.id, "Params"), (method.results.id, "Results")] {
                guard let child = nodes[id], child.scope == 0 else { continue }
                try enter(
                    child,
                    Place(
                        file: outer.file, parent: node.id, names: outer.names + [name, last],
                        ids: outer.ids + [0, child.id]))
            }
        }
    }

    /// Whether `name`, looked up from inside `scope`, finds a declaration of an enclosing namespace and not of a file.
    func isShadowed(_ name: String, from scope: UInt64) -> Bool {
        var current = scope
        while let place = places[current], place.parent != 0 {
            if declared[current]?[name] != nil || place.names.dropFirst().contains(name) { return true }
            if parameterNames[current]?.contains(name) == true { return true }
            current = place.parent
        }
        return false
    }

    func isDeclared(_ name: String, in scope: UInt64) -> Bool { declared[scope]?[name] != nil }

    func parameters(of id: UInt64) -> [String] { parameterNames[id] ?? [] }
    /// The parameters of a declaration and of those around it.
    func parametersInScope(of id: UInt64) -> [String] { (places[id]?.ids ?? []).flatMap { parameters(of: $0) } }
    /// A declaration as it is called inside of itself.
    func inside(_ id: UInt64) -> SchemaReference {
        var brand = SchemaBrand()
        for scope in places[id]?.ids ?? [] { brand.scopes[scope] = .inherited }
        return SchemaReference(id: id, brand: brand)
    }
    /// Whether a declaration or one around it has parameters.
    func isGeneric(_ id: UInt64) -> Bool { !parametersInScope(of: id).isEmpty }

    /// The module of a file, from its `$Swift.module`.
    func module(of file: UInt64) throws(CodegenError) -> String? {
        guard let node = nodes[file] else { return nil }
        return try node.annotations.text(WellKnown.moduleAnnotation, at: node)
    }

    // MARK: Recursion

    /// Whether a plain value of the type would have the struct `id` inside, itself or as an argument of the type.
    func containsItself(_ id: UInt64, through type: SchemaReference) -> Bool {
        guard let component = components[id] else { return false }
        return Self.structures(of: type).contains { components[$0] == component }
    }

    /// The structs and groups that a struct's plain value has inside itself.
    private static func contained(_ node: SchemaNode) -> [UInt64] {
        guard case .structure(let structure) = node.body else { return [] }
        return structure.fields.flatMap { field -> [UInt64] in
            switch field.body {
            case .group(let id): [id]
            case .slot(_, .structure(let reference), _): structures(of: reference)
            case .slot: []
            }
        }
    }

    /// A struct, and the structs among its arguments, as a generic value may have its arguments' values inside.
    private static func structures(of reference: SchemaReference) -> [UInt64] {
        var result = [reference.id]
        for case .structure(let argument) in reference.brand.arguments { result += structures(of: argument) }
        return result
    }
}

enum WellKnown {
    static let moduleAnnotation: UInt64 = 0xe2a9_f6b4_0c8d_1735
    static let namespaceAnnotation: UInt64 = 0xa4c3_0e8b_71d9_5f26
    static let nameAnnotation: UInt64 = 0xb1d7_7c0a_5e2f_4c19
    static let schemaAnnotation: UInt64 = 0xc7e0_4b92_d16f_8a35
    /// What this generator reads, and what that of C++ does: namespace and name.
    static let ownAnnotations: Set<UInt64> = [
        moduleAnnotation, namespaceAnnotation, nameAnnotation, schemaAnnotation, 0xb9c6_f99e_bf80_5f2c,
        0xf264_a779_fef1_91ce,
    ]
    /// Where clients and servers come from.
    static let rpcModule = "CapnProtoRPC"
    /// StreamResult of stream.capnp: what a method returns whose calls are paced.
    static let streamResult: UInt64 = 0x995f_9a33_77c0_b16e
}

extension SchemaNode {
    /// Whether the declaration becomes a Swift type.
    var isNamespace: Bool {
        switch body {
        case .structure, .enumeration, .interface: true
        case .file, .constant, .annotation: false
        }
    }
    /// Whether anything is generated for the declaration by itself.
    var hasCode: Bool {
        switch body {
        case .structure, .enumeration, .interface, .constant, .annotation: true
        case .file: false
        }
    }
    var swiftName: String? {
        get throws(CodegenError) { try annotations.swiftName(at: self) }
    }
}

extension [SchemaAnnotation] {
    /// The name that `$Swift.name` gives, checked to be an identifier.
    func swiftName(at node: SchemaNode) throws(CodegenError) -> String? {
        try text(WellKnown.nameAnnotation, at: node)
    }
    func text(_ id: UInt64, at node: SchemaNode) throws(CodegenError) -> String? {
        for annotation in self where annotation.id == id {
            guard case .text(let text) = annotation.value else { continue }
            let isIdentifier = text.utf8.enumerated().allSatisfy { index, byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
                    || index > 0 && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
            guard isIdentifier, !text.isEmpty else {
                throw CodegenError("\(SwiftNames.literal(text)) is no Swift identifier", at: node.displayName)
            }
            return text
        }
        return nil
    }
}
