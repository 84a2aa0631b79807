import CapnProto
import CapnProtoSchema

/// The nodes that a file's generated code carries: its own, and all that a reader of its structs needs to know of others.
struct EmbeddedNodes {
    private var positions: [UInt64: Int] = [:]
    private var chosen: Set<UInt64> = []
    private var open: [UInt64] = []

    /// - Returns: a packed CodeGeneratorRequest with the nodes in the order of their ids.
    static func packed(
        of file: UInt64, in request: CodeGeneratorRequest.Reader
    ) throws(CapnProtoError) -> [UInt8] {
        let nodes = try request.nodes
        var embedded = EmbeddedNodes()
        for index in nodes.indices { embedded.positions[nodes[index].id] = index }
        embedded.require(file)
        while let id = embedded.open.popLast() {
            guard let position = embedded.positions[id] else { continue }
            try embedded.follow(nodes[position])
        }
        let found = embedded.chosen.sorted().compactMap { embedded.positions[$0] }
        var message = MessageBuilder()
        var result = message.initRoot(CodeGeneratorRequest.self)
        var copies = result.initNodes(found.count)
        for (index, position) in found.enumerated() {
            var copy = copies[index]
            try copy.raw.copyFields(of: nodes[position].raw)
            copy.startByte = 0
            copy.endByte = 0
        }
        return message.packed()
    }

    private mutating func require(_ id: UInt64) {
        if chosen.insert(id).inserted { open.append(id) }
    }

    private mutating func follow(_ node: Node.Reader) throws(CapnProtoError) {
        let nested = try node.nestedNodes
        for index in nested.indices { require(nested[index].id) }
        let which = node.which
        switch which {
        case .struct(let body):
            let fields = try body.fields
            for index in fields.indices { try follow(fields[index]) }
        case .interface(let body): try follow(body)
        case .const(let body): try follow(body.type)
        case .annotation(let body): try follow(body.type)
        case .file, .enum, .unknown: return
        }
    }

    private mutating func follow(_ field: Field.Reader) throws(CapnProtoError) {
        let which = field.which
        switch which {
        case .slot(let slot): try follow(slot.type)
        case .group(let group): require(group.typeId)
        case .unknown: return
        }
    }

    private mutating func follow(_ body: Node.Interface.Reader) throws(CapnProtoError) {
        let methods = try body.methods
        for index in methods.indices {
            let method = methods[index]
            require(method.paramStructType)
            require(method.resultStructType)
            try follow(method.paramBrand)
            try follow(method.resultBrand)
        }
        let parents = try body.superclasses
        for index in parents.indices {
            require(parents[index].id)
            try follow(parents[index].brand)
        }
    }

    private mutating func follow(_ type: TypeReference.Reader) throws(CapnProtoError) {
        let which = type.which
        switch which {
        case .list(let list): try follow(list.elementType)
        case .enum(let named): require(named.typeId)
        case .struct(let named):
            require(named.typeId)
            try follow(named.brand)
        case .interface(let named):
            require(named.typeId)
            try follow(named.brand)
        case .anyPointer(let pointer):
            let kind = pointer.which
            if case .parameter(let parameter) = kind { require(parameter.scopeId) }
        default: return
        }
    }

    private mutating func follow(_ brand: Brand.Reader) throws(CapnProtoError) {
        let scopes = try brand.scopes
        for index in scopes.indices {
            let which = try scopes[index].which
            guard case .bind(let bindings) = which else { continue }
            for index in bindings.indices {
                let binding = try bindings[index].which
                if case .type(let type) = binding { try follow(type) }
            }
        }
    }
}
