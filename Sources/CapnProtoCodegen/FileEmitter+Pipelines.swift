// Capabilities of results that are not there yet: a call can be made on them at once.

extension FileEmitter {
    func hasPipeline(_ node: SchemaNode, _ structure: SchemaStruct) -> Bool {
        !structure.isGroup && index.hasPipeline(node.id)
    }

    /// `Pipeline` of a struct that holds capabilities, and for results that a method returns the same on `Pending`.
    mutating func emitPipeline(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        guard hasPipeline(node, structure) else { return }
        modules.insert(WellKnown.rpcModule)
        line()
        line("/// A struct of results that are not there yet: its capabilities can be called at once.")
        try block("public struct Pipeline: ResultsPipeline") { emitter throws(CodegenError) in
            // No name of a schema has an underscore, so fields `call` and `path` don't collide.
            emitter.line("let call_: PendingCall")
            emitter.line("let path_: [UInt16]")
            emitter.line(
                "public init(_ call: PendingCall, at path: [UInt16] = []) { (call_, path_) = (call, path) }")
            for property in try emitter.pipelineProperties(structure, in: node, from: node.id)
            where property.parameter == nil {
                emitter.line()
                emitter.line("public var \(property.name): \(property.type) { \(property.value("call_", "path_ + ")) }")
            }
        }
        if index.isGeneric(node.id) { return try emitParameterPipelines(structure, in: node) }
        let path = try reference(own: node.id, from: 0)
        tail.line()
        tail.open("extension Pending where Results == \(path)")
        for property in try pipelineProperties(structure, in: node, from: 0) {
            tail.line("public var \(property.name): \(property.type) { \(property.value("call", "")) }")
        }
        tail.close()
    }

    /// A field whose type is a parameter can be called where the argument is an interface, or a struct that leads to some.
    private mutating func emitParameterPipelines(_ structure: SchemaStruct, in node: SchemaNode) throws(CodegenError) {
        let path = try index.place(node.id).names.joined(separator: ".")
        for property in try pipelineProperties(structure, in: node, from: node.id) {
            guard let parameter = property.parameter else { continue }
            for (schema, face, kind) in [
                ("CapabilitySchema", "Client", PipelineProperty.Kind.client),
                ("PipelinedSchema", "Pipeline", .structure),
            ] {
                var property = property
                (property.type, property.kind) = ("\(parameter).\(face)", kind)
                tail.line()
                tail.open("extension \(path).Pipeline where \(parameter): \(schema)")
                tail.line("public var \(property.name): \(property.type) { \(property.value("call_", "path_ + ")) }")
                tail.close()
            }
        }
    }

    struct PipelineProperty {
        var name: String
        var type: String
        var pointer: Int
        var kind: Kind
        /// Of the generic struct, whose argument decides what kind of property this is.
        var parameter: String?

        enum Kind { case client, capability, structure }

        func value(_ call: String, _ path: String) -> String {
            switch kind {
            case .client: "\(type)(\(call).capability(at: \(path)[\(pointer)]))"
            case .capability: "\(call).capability(at: \(path)[\(pointer)])"
            case .structure: "\(type)(\(call), at: \(path)[\(pointer)])"
            }
        }
    }

    /// The capabilities of a struct, its groups' under the group's name and theirs.
    private mutating func pipelineProperties(
        _ structure: SchemaStruct, in node: SchemaNode, from scope: UInt64, prefix: String = ""
    ) throws(CodegenError) -> [PipelineProperty] {
        var properties = [PipelineProperty]()
        for field in structure.fields.sorted(by: { $0.codeOrder < $1.codeOrder }) {
            let plain = try name(field, in: node)
            let name = SwiftNames.member(prefix.isEmpty ? plain : prefix + SwiftNames.capitalized(plain))
            switch field.body {
            case .group(let id):
                guard case .structure(let group) = try index.node(id).body else { continue }
                properties += try pipelineProperties(
                    group, in: try index.node(id), from: scope,
                    prefix: prefix.isEmpty ? plain : prefix + SwiftNames.capitalized(plain))
            case .slot(let offset, .interface(let target), _):
                let type = try reference(target, from: scope) + ".Client"
                properties.append(PipelineProperty(name: name, type: type, pointer: offset, kind: .client))
            case .slot(let offset, .anyCapability, _):
                properties.append(PipelineProperty(name: name, type: "Capability", pointer: offset, kind: .capability))
            case .slot(let offset, .structure(let target), _):
                guard index.hasPipeline(target.id) else { continue }
                let type = try reference(target, from: scope) + ".Pipeline"
                properties.append(PipelineProperty(name: name, type: type, pointer: offset, kind: .structure))
            case .slot(let offset, .parameter(let owner, let position), _):
                properties.append(
                    PipelineProperty(
                        name: name, type: "", pointer: offset, kind: .client, parameter: parameter(owner, position)))
            case .slot: continue
            }
        }
        return properties
    }
}
