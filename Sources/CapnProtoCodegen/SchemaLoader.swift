import CapnProto
import CapnProtoSchema

extension SchemaModel {
    /// Copies what the generator needs out of a request.
    init(_ request: CodeGeneratorRequest.Reader) throws(CapnProtoError) {
        self.init(nodes: [], files: [])
        let nodes = try request.nodes
        for index in nodes.indices { self.nodes.append(try SchemaNode(nodes[index])) }
        let files = try request.requestedFiles
        for index in files.indices {
            var file = RequestedFile(id: files[index].id, path: try files[index].filename.string)
            let node = self.nodes.first { $0.id == file.id }
            if node?.annotations.contains(where: { $0.id == WellKnown.schemaAnnotation }) == true {
                file.packedNodes = try EmbeddedNodes.packed(of: file.id, in: request)
            }
            self.files.append(file)
        }
        try addDocumentation(request.sourceInfo)
    }

    private mutating func addDocumentation(_ infos: List<Node.SourceInfo>.Reader) throws(CapnProtoError) {
        var positions = [UInt64: Int]()
        for (position, node) in nodes.enumerated() { positions[node.id] = position }
        for index in infos.indices {
            let info = infos[index]
            guard let position = positions[info.id] else { continue }
            nodes[position].documentation = try info.docComment.string
            let members = try info.members
            for member in members.indices {
                nodes[position].memberDocumentation.append(try members[member].docComment.string)
            }
        }
    }
}

extension SchemaNode {
    init(_ node: Node.Reader) throws(CapnProtoError) {
        self.init(
            id: node.id, displayName: try node.displayName.string, prefixLength: Int(node.displayNamePrefixLength),
            scope: node.scopeId, parameters: try Self.names(node.parameters), nested: [],
            annotations: try SchemaAnnotation.all(node.annotations), body: try Self.body(node))
        let nested = try node.nestedNodes
        for index in nested.indices {
            self.nested.append(Nested(name: try nested[index].name.string, id: nested[index].id))
        }
    }

    static func names(_ parameters: List<Node.Parameter>.Reader) throws(CapnProtoError) -> [String] {
        var names = [String]()
        for index in parameters.indices { names.append(try parameters[index].name.string) }
        return names
    }

    private static func body(_ node: Node.Reader) throws(CapnProtoError) -> Body {
        switch node.which {
        case .file, .unknown: return .file
        case .struct(let structure): return .structure(try SchemaStruct(structure))
        case .enum(let enumeration): return .enumeration(try SchemaEnumerant.all(enumeration.enumerants))
        case .interface(let interface):
            var superclasses = [SchemaReference]()
            let list = try interface.superclasses
            for index in list.indices {
                superclasses.append(SchemaReference(id: list[index].id, brand: try SchemaBrand(list[index].brand)))
            }
            return .interface(try SchemaMethod.all(interface.methods), superclasses: superclasses)
        case .const(let constant):
            return .constant(try SchemaType(constant.type), try SchemaConstant(constant.value))
        case .annotation(let annotation): return .annotation(try SchemaType(annotation.type))
        }
    }
}

extension SchemaStruct {
    init(_ structure: Node.Struct.Reader) throws(CapnProtoError) {
        self.init(
            dataWords: structure.dataWordCount, pointerCount: structure.pointerCount, isGroup: structure.isGroup,
            discriminantCount: structure.discriminantCount, discriminantOffset: Int(structure.discriminantOffset),
            fields: [])
        let fields = try structure.fields
        for index in fields.indices { self.fields.append(try SchemaField(fields[index])) }
    }
}

extension SchemaField {
    init(_ field: Field.Reader) throws(CapnProtoError) {
        let body: Body
        switch field.which {
        case .group(let group): body = .group(group.typeId)
        case .slot(let slot):
            body = .slot(
                offset: Int(slot.offset), try SchemaType(slot.type), default: try SchemaConstant(slot.defaultValue))
        case .unknown: body = .slot(offset: 0, .void, default: .void)
        }
        let tag = field.discriminantValue
        self.init(
            name: try field.name.string, codeOrder: field.codeOrder,
            annotations: try SchemaAnnotation.all(field.annotations),
            discriminant: tag == Field.noDiscriminant ? nil : tag, body: body)
    }
}

extension SchemaEnumerant {
    static func all(_ enumerants: List<Enumerant>.Reader) throws(CapnProtoError) -> [SchemaEnumerant] {
        var result = [SchemaEnumerant]()
        for index in enumerants.indices {
            let enumerant = enumerants[index]
            result.append(
                SchemaEnumerant(
                    name: try enumerant.name.string, codeOrder: enumerant.codeOrder,
                    annotations: try SchemaAnnotation.all(enumerant.annotations)))
        }
        return result
    }
}

extension SchemaMethod {
    static func all(_ methods: List<InterfaceMethod>.Reader) throws(CapnProtoError) -> [SchemaMethod] {
        var result = [SchemaMethod]()
        for index in methods.indices {
            let method = methods[index]
            result.append(
                SchemaMethod(
                    name: try method.name.string, codeOrder: method.codeOrder,
                    annotations: try SchemaAnnotation.all(method.annotations),
                    parameters: SchemaReference(
                        id: method.paramStructType, brand: try SchemaBrand(method.paramBrand)),
                    results: SchemaReference(
                        id: method.resultStructType, brand: try SchemaBrand(method.resultBrand)),
                    implicitParameters: try SchemaNode.names(method.implicitParameters)))
        }
        return result
    }
}

extension SchemaAnnotation {
    static func all(_ annotations: List<Annotation>.Reader) throws(CapnProtoError) -> [SchemaAnnotation] {
        var result = [SchemaAnnotation]()
        for index in annotations.indices {
            let annotation = annotations[index]
            result.append(
                SchemaAnnotation(
                    id: annotation.id, brand: try SchemaBrand(annotation.brand),
                    value: try SchemaConstant(annotation.value)))
        }
        return result
    }
}

extension SchemaType {
    init(_ type: TypeReference.Reader) throws(CapnProtoError) {
        switch type.which {
        case .void, .unknown: self = .void
        case .bool: self = .bool
        case .int8: self = .integer(.int8)
        case .int16: self = .integer(.int16)
        case .int32: self = .integer(.int32)
        case .int64: self = .integer(.int64)
        case .uint8: self = .integer(.uint8)
        case .uint16: self = .integer(.uint16)
        case .uint32: self = .integer(.uint32)
        case .uint64: self = .integer(.uint64)
        case .float32: self = .float32
        case .float64: self = .float64
        case .text: self = .text
        case .data: self = .data
        case .list(let list): self = .list(try SchemaType(list.elementType))
        case .enum(let named):
            self = .enumeration(SchemaReference(id: named.typeId, brand: try SchemaBrand(named.brand)))
        case .struct(let named):
            self = .structure(SchemaReference(id: named.typeId, brand: try SchemaBrand(named.brand)))
        case .interface(let named):
            self = .interface(SchemaReference(id: named.typeId, brand: try SchemaBrand(named.brand)))
        case .anyPointer(let kind): self = Self.anyPointer(kind)
        }
    }

    private static func anyPointer(_ kind: TypeReference.AnyPointerGroup.Reader) -> SchemaType {
        switch kind.which {
        case .unconstrained(let unconstrained):
            switch unconstrained.which {
            case .capability: return .anyCapability
            case .struct: return .anyStruct
            case .list: return .anyList
            case .anyKind, .unknown: return .anyPointer
            }
        case .parameter(let parameter):
            return .parameter(scope: parameter.scopeId, index: Int(parameter.parameterIndex))
        case .implicitMethodParameter(let parameter): return .implicitParameter(index: Int(parameter.parameterIndex))
        case .unknown: return .anyPointer
        }
    }
}

extension SchemaBrand {
    init(_ brand: Brand.Reader) throws(CapnProtoError) {
        let scopes = try brand.scopes
        for index in scopes.indices {
            switch try scopes[index].which {
            case .inherit: self.scopes[scopes[index].scopeId] = .inherited
            case .bind(let bindings):
                var types = [SchemaType?]()
                for position in bindings.indices {
                    if case .type(let type) = try bindings[position].which {
                        types.append(try SchemaType(type))
                    } else {
                        types.append(nil)
                    }
                }
                self.scopes[scopes[index].scopeId] = .bound(types)
            case .unknown: continue
            }
        }
    }
}

extension SchemaConstant {
    init(_ value: ConstantValue.Reader) throws(CapnProtoError) {
        switch try value.which {
        case .void, .unknown: self = .void
        case .bool(let value): self = .bool(value)
        case .int8(let value): self = .signed(Int64(value))
        case .int16(let value): self = .signed(Int64(value))
        case .int32(let value): self = .signed(Int64(value))
        case .int64(let value): self = .signed(value)
        case .uint8(let value): self = .unsigned(UInt64(value))
        case .uint16(let value): self = .unsigned(UInt64(value))
        case .uint32(let value): self = .unsigned(UInt64(value))
        case .uint64(let value): self = .unsigned(value)
        case .float32(let value): self = .float32(bits: value.bitPattern)
        case .float64(let value): self = .float64(bits: value.bitPattern)
        case .text(let text): self = .text(try text.string)
        case .data(let bytes): self = .data(bytes.array)
        case .enum(let number): self = .enumeration(number)
        case .interface: self = .interface
        case .list(let pointer), .struct(let pointer), .anyPointer(let pointer):
            self = .pointer(pointer.isNull ? nil : try pointer.canonical())
        }
    }
}
