// The servers of an interface: two protocols, and how a call finds its method. Swift has no protocols inside of generic types: those
// of generic interfaces stand at the file's top level, with the parameters as associated types.

extension FileEmitter {
    mutating func emitServers(
        _ node: SchemaNode, _ names: [MethodNames], _ superclasses: [SchemaReference]
    ) throws(CodegenError) {
        let isGeneric = index.isGeneric(node.id)
        if !isGeneric {
            try emitProtocol("Server", node, names, superclasses)
            line()
            try emitProtocol("Handler", node, names, superclasses)
            line()
        } else {
            try emitGenericProtocols(node, superclasses)
        }
        let all = try methodsWithInherited(node)
        line("/// Calls the server's method that a call names.")
        let server = try serverName(node, "Server", from: node.id)
        try emitDispatch(
            "public nonisolated(nonsending) static func dispatch(_ call: IncomingCall, to server: some \(server)) async throws",
            "try await", all)
        line("/// Calls the handler's method that a call names.")
        let handler = try serverName(node, "Handler", from: node.id)
        try emitDispatch(
            "public static func dispatch(_ call: IncomingCall, to server: some \(handler)) throws", "try", all)
    }

    /// The protocol with the interface's parameters as its primary associated types.
    func serverName(_ node: SchemaNode, _ face: String, from scope: UInt64) throws(CodegenError) -> String {
        let parameters = index.parametersInScope(of: node.id)
        if parameters.isEmpty {
            var copy = self
            return try copy.reference(own: node.id, from: scope) + "." + face
        }
        return try hoistedName(node.id, face) + "<\(parameters.joined(separator: ", "))>"
    }
    private func hoistedName(_ id: UInt64, _ face: String) throws(CodegenError) -> String {
        let place = try index.place(id)
        let name = place.names.joined() + face
        if index.isDeclared(name, in: place.file) {
            throw CodegenError("`\(name)` is taken: give one of them a $Swift.name", at: try index.node(id).displayName)
        }
        return name
    }
    /// What a parameter of a generic interface is called in its protocols.
    private func associatedTypes(_ id: UInt64) throws(CodegenError) -> [String] {
        let prefix = try index.place(id).names.joined()
        return index.parametersInScope(of: id).map { prefix + $0 }
    }

    private mutating func emitProtocol(
        _ face: String, _ node: SchemaNode, _ names: [MethodNames], _ superclasses: [SchemaReference],
        head: String? = nil, associated: [String] = []
    ) throws(CodegenError) {
        let isServer = face == "Server"
        line(
            isServer
                ? "/// An object of this interface whose methods suspend. Calls start in their order, and run up to where they first suspend."
                : "/// An object of this interface that is called on its loop, and answers at once or later.")
        let bases = try inherited(superclasses, face, or: isServer ? "InterfaceServer" : "CallHandler", from: node.id)
        try block("public protocol \(head ?? face): \(bases)") { emitter throws(CodegenError) in
            for type in associated { emitter.line("associatedtype \(type): PointerSchema") }
            for name in names {
                emitter.documentation(name.documentation)
                emitter.line(
                    isServer
                        ? "nonisolated(nonsending) func \(name.member)(_ call: \(name.call)) async throws"
                        : "func \(name.member)(_ call: \(name.call)) throws")
            }
        }
    }

    /// Protocols of a generic interface, at the end of the file.
    private mutating func emitGenericProtocols(
        _ node: SchemaNode, _ superclasses: [SchemaReference]
    ) throws(CodegenError) {
        let associated = try associatedTypes(node.id)
        let outside = bindings
        try bind(node.id, to: associated)
        defer { bindings = outside }
        let names = try methodNames(of: node, from: node.id)
        for face in ["Server", "Handler"] {
            let head = try hoistedName(node.id, face) + "<\(associated.joined(separator: ", "))>"
            try atEnd { emitter throws(CodegenError) in
                emitter.line()
                try emitter.emitProtocol(face, node, names, superclasses, head: head, associated: associated)
            }
        }
    }

    /// Lets the parameters in scope of a declaration stand for others.
    private mutating func bind(_ id: UInt64, to arguments: [String]) throws(CodegenError) {
        var rest = arguments[...]
        for scope in try index.place(id).ids {
            let count = index.parameters(of: scope).count
            if count > 0 { bindings[scope] = Array(rest.prefix(count)) }
            rest = rest.dropFirst(count)
        }
    }

    private mutating func inherited(
        _ superclasses: [SchemaReference], _ face: String, or root: String, from scope: UInt64
    ) throws(CodegenError) -> String {
        if superclasses.isEmpty { return root }
        var bases = [String]()
        var requirements = [String]()
        for superclass in superclasses {
            guard index.isGeneric(superclass.id) else {
                bases.append(try reference(superclass, from: scope) + "." + face)
                continue
            }
            _ = try reference(superclass, from: scope)  // imports its module
            bases.append(try hoistedName(superclass.id, face))
            let arguments = try allArguments(of: superclass, from: scope)
            requirements += zip(try associatedTypes(superclass.id), arguments).map { "\($0) == \($1)" }
        }
        let clause = requirements.isEmpty ? "" : " where " + requirements.joined(separator: ", ")
        return bases.joined(separator: ", ") + clause
    }

    /// The arguments of all scopes of a use, outermost first.
    private mutating func allArguments(
        of target: SchemaReference, from scope: UInt64
    ) throws(CodegenError) -> [String] {
        var result = [String]()
        for id in try index.place(target.id).ids { result += try arguments(of: id, target.brand, from: scope) }
        return result
    }

    private mutating func emitDispatch(
        _ header: String, _ call: String, _ methods: [MethodNames]
    ) throws(CodegenError) {
        try block(header) { emitter throws(CodegenError) in
            if methods.isEmpty { return emitter.line("throw call.unknownMethod") }
            try emitter.block("switch (call.interfaceID, call.methodID)") { emitter throws(CodegenError) in
                for name in methods {
                    emitter.line("case \(name.tag): \(call) server.\(name.member)(\(name.call)(call))")
                }
                emitter.line("default: throw call.unknownMethod")
            }
        }
    }

    /// The interface's own methods, then those of the interfaces that it extends, each once, with the types that they have here.
    private mutating func methodsWithInherited(_ node: SchemaNode) throws(CodegenError) -> [MethodNames] {
        var result = [MethodNames]()
        var pending = [(id: node.id, arguments: index.parametersInScope(of: node.id))]
        var seen: Set<UInt64> = []
        let outside = bindings
        defer { bindings = outside }
        while let next = pending.popLast() {
            guard seen.insert(next.id).inserted else { continue }
            let interface = try index.node(next.id)
            guard case .interface(_, let superclasses) = interface.body else { continue }
            bindings = outside
            try bind(next.id, to: next.arguments)
            result += try methodNames(of: interface, from: node.id)
            for superclass in superclasses.reversed() {
                pending.append((superclass.id, try allArguments(of: superclass, from: node.id)))
            }
        }
        return result
    }

    /// How the runtime reaches the dispatch of a type that conforms.
    mutating func emitDispatchers(_ node: SchemaNode) throws(CodegenError) {
        let isGeneric = index.isGeneric(node.id)
        let outside = bindings
        if isGeneric { try bind(node.id, to: try associatedTypes(node.id)) }
        defer { bindings = outside }
        let path = try reference(own: node.id, from: 0)
        let server = isGeneric ? try hoistedName(node.id, "Server") : path + ".Server"
        let handler = isGeneric ? try hoistedName(node.id, "Handler") : path + ".Handler"
        tail.line()
        tail.open("extension \(server)")
        tail.open("public nonisolated(nonsending) func dispatch(_ call: IncomingCall) async throws")
        tail.line("try await \(path).dispatch(call, to: self)")
        tail.close()
        tail.close()
        tail.line()
        tail.open("extension \(handler)")
        tail.line("public func handle(_ call: IncomingCall) { call.answer { try \(path).dispatch(call, to: self) } }")
        tail.close()
    }
}
