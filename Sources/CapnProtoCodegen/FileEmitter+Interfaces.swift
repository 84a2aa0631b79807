// An interface becomes a namespace with its methods, the structs of their parameters and results, a client, and two kinds of
// servers: `Server` whose methods suspend, and `Handler` whose methods are functions on the connection's loop.

extension FileEmitter {
    /// A method with the names that its pieces have in Swift.
    struct MethodNames {
        var method: SchemaMethod
        var ordinal: Int
        var interfaceID: UInt64
        /// Of the function, and of the constant that describes the method; with backticks where it needs them.
        var member: String
        /// After `send`.
        var title: String
        /// For people.
        var label: String
        /// The expression that describes the method.
        var constant: String
        /// Parameters that each call binds anew.
        var implicit: [String]
        var params: String
        var results: String
        /// As a server sees it, to which the implicit parameters are AnyPointer.
        var call: String
        var isStreaming: Bool
        var paramsHoldCapabilities: Bool
        var documentation: String

        var tag: String { "(\(SwiftNames.hexadecimal(interfaceID)), \(ordinal))" }
        /// The arguments that bind the implicit parameters: `T _: T.Type, `.
        var binders: String { implicit.map { "\($0) _: \($0).Type, " }.joined() }
        var type: String { "CapnProtoRPC.Method<\(params), \(results)>" }
    }

    mutating func emitInterface(
        _ node: SchemaNode, _ methods: [SchemaMethod], _ superclasses: [SchemaReference]
    ) throws(CodegenError) {
        modules.insert(WellKnown.rpcModule)
        let names = try methodNames(of: node, from: node.id)
        documentation(node.documentation)
        let name = try swiftName(of: node.id) + Self.clause(index.parameters(of: node.id))
        try block("public enum \(name): CapabilitySchema") { emitter throws(CodegenError) in
            emitter.constant("interfaceID", "UInt64", SwiftNames.hexadecimal(node.id), in: node.id)
            for name in names { emitter.emitConstant(of: name, in: node) }
            emitter.line()
            try emitter.emitClient(node, names, superclasses)
            emitter.line()
            try emitter.emitServers(node, names, superclasses)
            for method in methods.sorted(by: { $0.codeOrder < $1.codeOrder }) {
                try emitter.emitMethod(method, in: node)
            }
            try emitter.emitAnnotations(node)
            try emitter.emitNested(of: node, isStatic: true)
        }
        try emitDispatchers(node)
    }

    /// An interface's methods by their ordinals.
    mutating func methodNames(of node: SchemaNode, from scope: UInt64) throws(CodegenError) -> [MethodNames] {
        guard case .interface(let methods, _) = node.body else { return [] }
        let path = try reference(own: node.id, from: scope)
        let plain = try index.place(node.id).names.joined(separator: ".")
        let taken = Set(methods.map(\.name))
        var result = [MethodNames]()
        for (ordinal, method) in methods.enumerated() {
            let name = try method.annotations.swiftName(at: node) ?? method.name
            let member = SwiftNames.method(Self.clearOfSenders(name, among: taken))
            let title = SwiftNames.capitalized(name)
            let implicit = SchemaIndex.distinct(
                method.implicitParameters, from: Set(index.parametersInScope(of: scope)))
            let isStreaming = method.results.id == WellKnown.streamResult
            let unbound = implicit.map { _ in "AnyPointer" }
            let results = { (emitter: inout FileEmitter, arguments: [String]) throws(CodegenError) in
                isStreaming ? "AnyStruct" : try emitter.message(method.results, arguments, from: scope)
            }
            let call =
                "ServerCall<\(try message(method.parameters, unbound, from: scope)), \(try results(&self, unbound))>"
            let binding = implicit.map { "\($0): \($0).self" }.joined(separator: ", ")
            result.append(
                MethodNames(
                    method: method, ordinal: ordinal, interfaceID: node.id, member: member, title: title,
                    label: "\(plain).\(name)", constant: "\(path).\(member)\(implicit.isEmpty ? "" : "(\(binding))")",
                    implicit: implicit, params: try message(method.parameters, implicit, from: scope),
                    results: try results(&self, implicit), call: call, isStreaming: isStreaming,
                    paramsHoldCapabilities: index.holdsCapabilities(method.parameters.id),
                    documentation: node.documentation(ofMember: ordinal)))
        }
        return result
    }

    /// `sendFoo` is what the client of a method `foo` has as well.
    private static func clearOfSenders(_ name: String, among methods: Set<String>) -> String {
        methods.contains { name == "send" + SwiftNames.capitalized($0) } ? name + "_" : name
    }

    /// The struct of a method's parameters or results, with what its implicit parameters stand for.
    private mutating func message(
        _ target: SchemaReference, _ implicit: [String], from scope: UInt64
    ) throws(CodegenError) -> String {
        implicitParameters = implicit
        defer { implicitParameters = [] }
        guard try index.node(target.id).scope == 0 else { return try reference(target, from: scope) }
        bindings[target.id] = implicit
        defer { bindings[target.id] = nil }
        return try reference(own: target.id, from: scope)
    }

    private mutating func emitConstant(of name: MethodNames, in node: SchemaNode) {
        line()
        documentation(name.documentation)
        let holds = name.isStreaming || !index.holdsCapabilities(name.method.results.id)
        let facts =
            "interfaceID: \(SwiftNames.hexadecimal(name.interfaceID)), methodID: \(name.ordinal), name: \(SwiftNames.literal(name.label))\(holds ? ", hasNoCapabilityResults: true" : "")"
        if !name.implicit.isEmpty {
            let binders = name.binders.dropLast(2)
            line("public static func \(name.member)\(Self.clause(name.implicit))(\(binders)) -> \(name.type) {")
            line("    \(name.type)(\(facts))")
            line("}")
        } else if index.isGeneric(node.id) {
            line("public static var \(name.member): \(name.type) {")
            line("    \(name.type)(\(facts))")
            line("}")
        } else {
            line("public static let \(name.member) = \(name.type)(")
            line("    \(facts))")
        }
    }

    /// `Params` and `Results` of a method: the structs that its lists declare, or other names of declared structs.
    private mutating func emitMethod(_ method: SchemaMethod, in node: SchemaNode) throws(CodegenError) {
        let name = try method.annotations.swiftName(at: node) ?? method.name
        line()
        line("/// What `\(name)` takes and returns.")
        try block("public enum \(SwiftNames.type(SwiftNames.capitalized(name)))") { emitter throws(CodegenError) in
            try emitter.emitMessage(method.parameters, of: method, as: "Params", in: node)
            if method.results.id == WellKnown.streamResult { return }
            emitter.line()
            try emitter.emitMessage(method.results, of: method, as: "Results", in: node)
        }
    }

    private mutating func emitMessage(
        _ target: SchemaReference, of method: SchemaMethod, as name: String, in node: SchemaNode
    ) throws(CodegenError) {
        let message = try index.node(target.id)
        guard case .structure(let structure) = message.body else { return }
        if message.scope == 0 { return try emitStruct(message, structure) }
        let implicit = SchemaIndex.distinct(method.implicitParameters, from: Set(index.parametersInScope(of: node.id)))
        let alias = try self.message(target, implicit, from: node.id)
        line("public typealias \(name)\(Self.clause(implicit)) = \(alias)")
    }

    // MARK: Client

    private mutating func emitClient(
        _ node: SchemaNode, _ names: [MethodNames], _ superclasses: [SchemaReference]
    ) throws(CodegenError) {
        let server = try serverName(node, "Server", from: node.id)
        let handler = try serverName(node, "Handler", from: node.id)
        line("/// A reference to an object of this interface, anywhere.")
        try block("public struct Client: CapabilityClient") { emitter throws(CodegenError) in
            emitter.line("public static var interfaceID: UInt64 { \(SwiftNames.hexadecimal(node.id)) }")
            emitter.line("public let capability: Capability")
            emitter.line("public init(_ capability: Capability) { self.capability = capability }")
            emitter.line("/// Hosts a server whose methods suspend.")
            emitter.line(
                "public init(serving server: some \(server), on loop: any Loop) { self.init(Capability(serving: server, on: loop)) }"
            )
            emitter.line("/// Hosts a server that lives on `loop` and is called there as a function.")
            emitter.line(
                "public init(hosting handler: some \(handler), on loop: any Loop) { self.init(Capability(hosting: handler, on: loop)) }"
            )
            for superclass in superclasses {
                let base = try emitter.reference(superclass, from: node.id)
                emitter.line("/// The same object as the interface that this one extends.")
                emitter.line(
                    "public var as\(try emitter.swiftName(of: superclass.id)): \(base).Client { \(base).Client(capability) }"
                )
            }
            for name in names { try emitter.emitCalls(name) }
        }
    }

    private mutating func emitCalls(_ name: MethodNames) throws(CodegenError) {
        let capabilities = name.paramsHoldCapabilities ? ", inout CapabilityList" : ""
        let standard = name.paramsHoldCapabilities ? "{ _, _ in }" : "{ _ in }"
        let throwing =
            name.paramsHoldCapabilities ? "build" : "{ (params, _) throws(RPCException) in try build(&params) }"
        let plain = name.paramsHoldCapabilities ? "build" : "{ params, _ in build(&params) }"
        let clause = Self.clause(name.implicit)
        line()
        documentation(name.documentation)
        let function = "public nonisolated(nonsending) func \(name.member)\(clause)(\(name.binders)"
        let returned = name.isStreaming ? "" : " -> Response<\(name.results)>"
        let verb = name.isStreaming ? "stream" : "call"
        try block(
            "\(function)_ build: (inout \(name.params).Builder\(capabilities)) throws(RPCException) -> Void = \(standard)) async throws(RPCException)\(returned)"
        ) { emitter throws(CodegenError) in
            emitter.line("try await capability.\(verb)(\(name.constant), \(throwing))")
        }
        if !name.paramsHoldCapabilities {
            try block("\(function)_ params: \(name.params).Value) async throws(RPCException)\(returned)") {
                emitter throws(CodegenError) in
                emitter.line(
                    "try await capability.\(verb)(\(name.constant)) { (builder, _) throws(RPCException) in params.write(to: &builder) }"
                )
            }
        }
        if name.isStreaming { return }
        line("/// Sends `\(name.member)` without waiting: what it returns can be called at once.")
        try block(
            "public func send\(name.title)\(clause)(\(name.binders)_ build: (inout \(name.params).Builder\(capabilities)) -> Void = \(standard)) -> Pending<\(name.results)>"
        ) { emitter throws(CodegenError) in
            emitter.line("capability.send(\(name.constant), \(plain))")
        }
    }
}
