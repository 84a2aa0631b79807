public import CapnProto
public import CapnProtoSchema

/// Gathers nodes from compilers, generated code and peers, until `Schemas` checks them as a whole.
///
/// A node that comes a second time must be compatible with the first; the newer of the two stays.
public struct SchemaLoader: Sendable {
    private(set) var declarations: [UInt64: SchemaDeclaration] = [:]
    private let limits: SchemaLimits
    private var membersLeft: Int

    public init(limits: SchemaLimits = .default) {
        self.limits = limits
        membersLeft = limits.members
    }

    /// Adds all nodes of a request.
    public mutating func add(_ request: CodeGeneratorRequest.Reader) throws(SchemaError) {
        let nodes: List<Node>.Reader
        do { nodes = try request.nodes } catch { throw .message(error) }
        for index in nodes.indices { try add(nodes[index]) }
    }

    /// Adds all nodes of a request that is the root of a message.
    public mutating func add(_ message: Message) throws(SchemaError) {
        let request: CodeGeneratorRequest.Reader
        do { request = try message.root(CodeGeneratorRequest.self) } catch { throw .message(error) }
        try add(request)
    }

    /// Adds one node. What it refers to is looked for when all are there.
    public mutating func add(_ node: Node.Reader) throws(SchemaError) {
        guard declarations.count < limits.nodes else { throw .tooLarge }
        var reader = NodeReader(membersLeft: membersLeft)
        let declaration: SchemaDeclaration
        do { declaration = try reader.declaration(node) } catch { throw .message(error) }
        membersLeft = reader.membersLeft
        guard membersLeft >= 0 else { throw .tooLarge }
        if let fault = reader.fault { throw .invalid(node: node.id, fault) }
        try insert(declaration)
    }

    private mutating func insert(_ new: SchemaDeclaration) throws(SchemaError) {
        let id = new.header.id
        guard let old = declarations[id] else {
            declarations[id] = new
            return
        }
        switch Compatibility(of: new, with: old) {
        case .equivalent, .older: return
        case .newer: declarations[id] = new
        case .incompatible(let reason): throw .incompatible(id, reason)
        }
    }
}
