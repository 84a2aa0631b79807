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
        /// The interface's path and the constant.
        var constant: String
        var params: String
        var results: String
        var isStreaming: Bool
        var paramsHoldCapabilities: Bool
        var documentation: String

        var call: String { "ServerCall<\(params), \(results)>" }
        var tag: String { "(\(SwiftNames.hexadecimal(interfaceID)), \(ordinal))" }
    }

    mutating func emitInterface(
        _ node: SchemaNode, _ methods: [SchemaMethod], _ superclasses: [UInt64]
    ) throws(CodegenError) {
        modules.insert(WellKnown.rpcModule)
        let path = try reference(node.id, from: 0)
        let names = try methodNames(of: node, from: node.id)
        documentation(node.documentation)
        try block("public enum \(try swiftName(of: node.id))") { emitter throws(CodegenError) in
            emitter.line("public static let interfaceID: UInt64 = \(SwiftNames.hexadecimal(node.id))")
            for name in names { emitter.emitConstant(of: name) }
            emitter.line()
            try emitter.emitClient(node, names, superclasses)
            emitter.line()
            try emitter.emitServers(node, names, superclasses)
            for method in methods.sorted(by: { $0.codeOrder < $1.codeOrder }) {
                try emitter.emitMethod(method, in: node)
            }
            try emitter.emitNested(of: node, isStatic: true)
        }
        emitDispatchers(path)
    }

    /// An interface's methods by their ordinals.
    private mutating func methodNames(of node: SchemaNode, from scope: UInt64) throws(CodegenError) -> [MethodNames] {
        guard case .interface(let methods, _) = node.body else { return [] }
        let path = try reference(node.id, from: scope)
        var result = [MethodNames]()
        for (ordinal, method) in methods.enumerated() {
            if method.isGeneric { throw CodegenError("generic methods are not supported yet", at: node.displayName) }
            let name = try method.annotations.swiftName(at: node) ?? method.name
            let member = SwiftNames.method(name)
            let isStreaming = method.results == WellKnown.streamResult
            result.append(
                MethodNames(
                    method: method, ordinal: ordinal, interfaceID: node.id, member: member,
                    title: SwiftNames.capitalized(name), constant: "\(path).\(member)",
                    params: try messageName(method.parameters, from: scope),
                    results: isStreaming ? "AnyStruct" : try messageName(method.results, from: scope),
                    isStreaming: isStreaming, paramsHoldCapabilities: index.holdsCapabilities(method.parameters),
                    documentation: node.documentation(ofMember: ordinal)))
        }
        return result
    }
    private mutating func messageName(_ id: UInt64, from scope: UInt64) throws(CodegenError) -> String {
        if try index.node(id).isGeneric { throw try generic(id) }
        return try reference(id, from: scope)
    }

    private mutating func emitConstant(of name: MethodNames) {
        line()
        documentation(name.documentation)
        line("public static let \(name.member) = CapnProtoRPC.Method<\(name.params), \(name.results)>(")
        let holds = name.isStreaming || !index.holdsCapabilities(name.method.results)
        line(
            "    interfaceID: \(SwiftNames.hexadecimal(name.interfaceID)), methodID: \(name.ordinal), name: \"\(name.constant)\"\(holds ? ", hasNoCapabilityResults: true" : ""))"
        )
    }

    /// `Params` and `Results` of a method: the structs that its lists declare, or other names of declared structs.
    private mutating func emitMethod(_ method: SchemaMethod, in node: SchemaNode) throws(CodegenError) {
        let name = try method.annotations.swiftName(at: node) ?? method.name
        line()
        line("/// What `\(name)` takes and returns.")
        try block("public enum \(SwiftNames.type(SwiftNames.capitalized(name)))") { emitter throws(CodegenError) in
            try emitter.emitMessage(method.parameters, as: "Params", in: node)
            if method.results == WellKnown.streamResult { return }
            emitter.line()
            try emitter.emitMessage(method.results, as: "Results", in: node)
        }
    }

    private mutating func emitMessage(_ id: UInt64, as name: String, in node: SchemaNode) throws(CodegenError) {
        let message = try index.node(id)
        guard case .structure(let structure) = message.body else { return }
        if message.scope == 0 { return try emitStruct(message, structure) }
        line("public typealias \(name) = \(try reference(id, from: node.id))")
    }

    // MARK: Client

    private mutating func emitClient(
        _ node: SchemaNode, _ names: [MethodNames], _ superclasses: [UInt64]
    ) throws(CodegenError) {
        let path = try reference(node.id, from: node.id)
        line("/// A reference to an object of this interface, anywhere.")
        try block("public struct Client: CapabilityClient") { emitter throws(CodegenError) in
            emitter.line("public static var interfaceID: UInt64 { \(SwiftNames.hexadecimal(node.id)) }")
            emitter.line("public let capability: Capability")
            emitter.line("public init(_ capability: Capability) { self.capability = capability }")
            emitter.line("/// Hosts a server whose methods suspend.")
            emitter.line(
                "public init(serving server: some \(path).Server, on loop: any Loop) { self.init(Capability(serving: server, on: loop)) }"
            )
            emitter.line("/// Hosts a server that lives on `loop` and is called there as a function.")
            emitter.line(
                "public init(hosting handler: some \(path).Handler, on loop: any Loop) { self.init(Capability(hosting: handler, on: loop)) }"
            )
            for superclass in superclasses {
                let base = try emitter.reference(superclass, from: node.id)
                emitter.line("/// The same object as the interface that this one extends.")
                emitter.line(
                    "public var as\(try emitter.swiftName(of: superclass)): \(base).Client { \(base).Client(capability) }"
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
        line()
        documentation(name.documentation)
        let function = "public nonisolated(nonsending) func \(name.member)"
        let returned = name.isStreaming ? "" : " -> Response<\(name.results)>"
        let verb = name.isStreaming ? "stream" : "call"
        try block(
            "\(function)(_ build: (inout \(name.params).Builder\(capabilities)) throws(RPCException) -> Void = \(standard)) async throws(RPCException)\(returned)"
        ) { emitter throws(CodegenError) in
            emitter.line("try await capability.\(verb)(\(name.constant), \(throwing))")
        }
        if !name.paramsHoldCapabilities {
            try block("\(function)(_ params: \(name.params).Value) async throws(RPCException)\(returned)") {
                emitter throws(CodegenError) in
                emitter.line(
                    "try await capability.\(verb)(\(name.constant)) { (builder, _) throws(RPCException) in params.write(to: &builder) }"
                )
            }
        }
        if name.isStreaming { return }
        line("/// Sends `\(name.member)` without waiting: what it returns can be called at once.")
        try block(
            "public func send\(name.title)(_ build: (inout \(name.params).Builder\(capabilities)) -> Void = \(standard)) -> Pending<\(name.results)>"
        ) { emitter throws(CodegenError) in
            emitter.line("capability.send(\(name.constant), \(plain))")
        }
    }

    // MARK: Servers

    private mutating func emitServers(
        _ node: SchemaNode, _ names: [MethodNames], _ superclasses: [UInt64]
    ) throws(CodegenError) {
        var bases = [String]()
        for superclass in superclasses { bases.append(try reference(superclass, from: node.id)) }
        line(
            "/// An object of this interface whose methods suspend. Calls start in their order, and run up to where they first suspend."
        )
        try block("public protocol Server: \(Self.inheriting(bases, "Server", or: "InterfaceServer"))") {
            emitter throws(CodegenError) in
            for name in names {
                emitter.documentation(name.documentation)
                emitter.line("nonisolated(nonsending) func \(name.member)(_ call: \(name.call)) async throws")
            }
        }
        line()
        line("/// An object of this interface that is called on its loop, and answers at once or later.")
        try block("public protocol Handler: \(Self.inheriting(bases, "Handler", or: "CallHandler"))") {
            emitter throws(CodegenError) in
            for name in names {
                emitter.documentation(name.documentation)
                emitter.line("func \(name.member)(_ call: \(name.call)) throws")
            }
        }
        let all = try methodsWithInherited(node)
        line()
        line("/// Calls the server's method that a call names.")
        try emitDispatch(
            "public nonisolated(nonsending) static func dispatch(_ call: IncomingCall, to server: some Server) async throws",
            "try await", all)
        line("/// Calls the handler's method that a call names.")
        try emitDispatch(
            "public static func dispatch(_ call: IncomingCall, to server: some Handler) throws", "try", all)
    }

    private static func inheriting(_ bases: [String], _ face: String, or root: String) -> String {
        bases.isEmpty ? root : bases.map { "\($0).\(face)" }.joined(separator: ", ")
    }

    private mutating func emitDispatch(_ header: String, _ call: String, _ methods: [MethodNames]) throws(CodegenError)
    {
        try block(header) { emitter throws(CodegenError) in
            if methods.isEmpty { return emitter.line("throw call.unknownMethod") }
            try emitter.block("switch (call.interfaceID, call.methodID)") { emitter throws(CodegenError) in
                for name in methods {
                    emitter.line("case \(name.tag): \(call) server.\(name.member)(ServerCall(call, \(name.constant)))")
                }
                emitter.line("default: throw call.unknownMethod")
            }
        }
    }

    /// The interface's own methods, then those of the interfaces that it extends, each once.
    private mutating func methodsWithInherited(_ node: SchemaNode) throws(CodegenError) -> [MethodNames] {
        var result = [MethodNames]()
        var pending = [node.id]
        var seen: Set<UInt64> = []
        while let id = pending.popLast() {
            guard seen.insert(id).inserted else { continue }
            let interface = try index.node(id)
            guard case .interface(_, let superclasses) = interface.body else { continue }
            result += try methodNames(of: interface, from: node.id)
            pending += superclasses.reversed()
        }
        return result
    }

    /// How the runtime reaches the dispatch of a type that conforms.
    private mutating func emitDispatchers(_ path: String) {
        tail.line()
        tail.open("extension \(path).Server")
        tail.open("public nonisolated(nonsending) func dispatch(_ call: IncomingCall) async throws")
        tail.line("try await \(path).dispatch(call, to: self)")
        tail.close()
        tail.close()
        tail.line()
        tail.open("extension \(path).Handler")
        tail.line("public func handle(_ call: IncomingCall) { call.answer { try \(path).dispatch(call, to: self) } }")
        tail.close()
    }
}
