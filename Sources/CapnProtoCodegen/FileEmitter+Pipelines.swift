// Capabilities of results that are not there yet: a call can be made on them at once.

extension FileEmitter {
    /// `Pipeline` of a struct that holds capabilities, and for results that a method returns the same on `Pending`.
    mutating func emitPipeline(_ node: SchemaNode, _ structure: SchemaStruct) throws(CodegenError) {
        guard !structure.isGroup, index.holdsInterfaces(node.id) else { return }
        modules.insert(WellKnown.rpcModule)
        line()
        line("/// A struct of results that are not there yet: its capabilities can be called at once.")
        try block("public struct Pipeline: Sendable") { emitter throws(CodegenError) in
            emitter.line("let call: PendingCall")
            emitter.line("let path: [UInt16]")
            emitter.line(
                "public init(_ call: PendingCall, at path: [UInt16] = []) { (self.call, self.path) = (call, path) }")
            for property in try emitter.pipelineProperties(structure, in: node, from: node.id) {
                emitter.line()
                emitter.line("public var \(property.name): \(property.type) { \(property.value("call", "path + ")) }")
            }
        }
        let path = try reference(node.id, from: 0)
        tail.line()
        tail.open("extension Pending where Results == \(path)")
        for property in try pipelineProperties(structure, in: node, from: 0) {
            tail.line("public var \(property.name): \(property.type) { \(property.value("call", "")) }")
        }
        tail.close()
    }

    struct PipelineProperty {
        var name: String
        var type: String
        var pointer: Int
        var kind: Kind

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
            case .slot(let offset, .interface(let id), _):
                let type = try reference(id, from: scope) + ".Client"
                properties.append(PipelineProperty(name: name, type: type, pointer: offset, kind: .client))
            case .slot(let offset, .anyCapability, _):
                properties.append(PipelineProperty(name: name, type: "Capability", pointer: offset, kind: .capability))
            case .slot(let offset, .structure(let id), _):
                guard index.holdsInterfaces(id) else { continue }
                let type = try reference(id, from: scope) + ".Pipeline"
                properties.append(PipelineProperty(name: name, type: type, pointer: offset, kind: .structure))
            case .slot: continue
            }
        }
        return properties
    }
}
