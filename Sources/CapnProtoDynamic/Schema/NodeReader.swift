import CapnProto
import CapnProtoSchema

/// From schema.capnp's Node to a definition, with every check that needs no other node. The first fault is noted and
/// reading goes on, as far as it can.
struct NodeReader {
    private(set) var fault: SchemaFault?
    /// How many members the loader's limits leave; negative when they don't suffice.
    private(set) var membersLeft: Int

    init(membersLeft: Int) { self.membersLeft = membersLeft }

    mutating func note(_ fault: SchemaFault) { self.fault = self.fault ?? fault }
    mutating func require(_ condition: Bool, else fault: SchemaFault) { if !condition { note(fault) } }

    /// Takes members off what is left.
    /// - Returns: how many may be read: all or none.
    private mutating func admit(_ count: Int) -> Int {
        membersLeft -= count
        return membersLeft < 0 ? 0 : count
    }

    mutating func declaration(_ node: Node.Reader) throws(CapnProtoError) -> SchemaDeclaration {
        let header = try header(node)
        let which = node.which
        switch which {
        case .file: return .file(header)
        case .struct(let body): return .structure(try structure(body, header))
        case .enum(let body): return .enumeration(try enumeration(body, header))
        case .interface(let body): return .interface(try interface(body, header))
        case .const(let body):
            let type = try type(body.type)
            let value = try value(body.value, of: type)
            return .constant(ConstantDefinition(header: header, type: type, value: value))
        case .annotation(let body):
            return .annotation(AnnotationDefinition(header: header, type: try type(body.type)))
        case .unknown:
            note(.unknownKind)
            return .file(header)
        }
    }

    private mutating func header(_ node: Node.Reader) throws(CapnProtoError) -> DeclarationHeader {
        let displayName = try node.displayName.string
        let utf8 = displayName.utf8
        let prefix = Int(node.displayNamePrefixLength)
        require(prefix <= utf8.count, else: .badName)
        let name = String(decoding: utf8.dropFirst(prefix), as: UTF8.self)
        var header = DeclarationHeader(
            id: node.id, displayName: displayName, name: name, scope: node.scopeId, parameters: [],
            isGeneric: node.isGeneric, nested: [], annotations: try annotations(node.annotations))
        let parameters = try node.parameters
        for index in 0..<admit(parameters.count) { header.parameters.append(try parameters[index].name.string) }
        let nested = try node.nestedNodes
        for index in 0..<admit(nested.count) {
            header.nested.append(DeclarationHeader.Nested(name: try nested[index].name.string, id: nested[index].id))
        }
        return header
    }

    mutating func annotations(
        _ list: List<Annotation>.Reader
    ) throws(CapnProtoError) -> [AnnotationUse] {
        var result = [AnnotationUse]()
        for index in 0..<admit(list.count) {
            let annotation = list[index]
            result.append(AnnotationUse(id: annotation.id, value: try SchemaValue(annotation.value)))
        }
        return result
    }

    // MARK: Enums and interfaces

    private mutating func enumeration(
        _ body: Node.Enum.Reader, _ header: DeclarationHeader
    ) throws(CapnProtoError) -> EnumDefinition {
        let list = try body.enumerants
        var enumerants = [EnumerantDefinition]()
        for index in 0..<admit(list.count) {
            let enumerant = list[index]
            enumerants.append(
                EnumerantDefinition(
                    name: try name(enumerant.name), codeOrder: Int(enumerant.codeOrder),
                    annotations: try annotations(enumerant.annotations)))
            if fault != nil { break }
        }
        checkOrder(enumerants.map(\.codeOrder))
        return EnumDefinition(header: header, enumerants: enumerants, indices: names(enumerants.map(\.name)))
    }

    private mutating func interface(
        _ body: Node.Interface.Reader, _ header: DeclarationHeader
    ) throws(CapnProtoError) -> InterfaceDefinition {
        let list = try body.methods
        var methods = [MethodDefinition]()
        for index in 0..<admit(list.count) {
            methods.append(try method(list[index]))
            if fault != nil { break }
        }
        let parents = try body.superclasses
        var superclasses = [SchemaType]()
        for index in 0..<admit(parents.count) {
            superclasses.append(.interface(parents[index].id, try brand(parents[index].brand)))
        }
        checkOrder(methods.map(\.codeOrder))
        return InterfaceDefinition(
            header: header, methods: methods, superclasses: superclasses, indices: names(methods.map(\.name)))
    }

    private mutating func method(_ method: InterfaceMethod.Reader) throws(CapnProtoError) -> MethodDefinition {
        let parameters = try method.implicitParameters
        var typeParameters = [String]()
        for index in 0..<admit(parameters.count) { typeParameters.append(try parameters[index].name.string) }
        return MethodDefinition(
            name: try name(method.name), codeOrder: Int(method.codeOrder),
            parameters: .structure(method.paramStructType, try brand(method.paramBrand)),
            results: .structure(method.resultStructType, try brand(method.resultBrand)),
            typeParameters: typeParameters, annotations: try annotations(method.annotations))
    }

    // MARK: Names and order

    mutating func name(_ text: Text.Reader) throws(CapnProtoError) -> String {
        let name = try text.string
        let isIdentifier = name.utf8.enumerated().allSatisfy { index, byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
                || index > 0 && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        require(isIdentifier && !name.isEmpty, else: .badName)
        return name
    }

    mutating func names(_ names: [String]) -> [String: Int] {
        var indices = [String: Int](minimumCapacity: names.count)
        for (index, name) in names.enumerated() {
            if indices.updateValue(index, forKey: name) != nil { note(.duplicateName) }
        }
        require(names.count <= 1 << 16, else: .badOrder)
        return indices
    }

    /// Code orders number the members from zero.
    mutating func checkOrder(_ orders: [Int]) {
        var seen = [Bool](repeating: false, count: orders.count)
        for order in orders {
            guard order < seen.count, !seen[order] else { return note(.badOrder) }
            seen[order] = true
        }
    }

    /// - Returns: how many members may be read: all or none.
    mutating func admitFields(_ count: Int) -> Int { admit(count) }
}
