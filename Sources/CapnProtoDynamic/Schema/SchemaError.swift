public import CapnProto

/// Why nodes can't be loaded. The blame is with whoever made them: nodes may come from a peer.
public enum SchemaError: Error, Hashable, Sendable {
    /// The message that holds the nodes is broken.
    case message(CapnProtoError)
    /// A node is refused.
    case invalid(node: UInt64, SchemaFault)
    /// `node` refers to a node that isn't there.
    case missing(UInt64, neededBy: UInt64)
    /// `node` refers to one of another kind, as a field of struct type to an enum.
    case wrongKind(UInt64, neededBy: UInt64)
    /// Two nodes of one id that no evolution of a schema leads between.
    case incompatible(UInt64, Incompatibility)
    /// More nodes, or members of nodes, than the loader's limits allow.
    case tooLarge
}

/// What is wrong with a node.
public enum SchemaFault: Hashable, Sendable, CaseIterable {
    /// A kind of declaration or type that this version doesn't know.
    case unknownKind
    /// A name is empty or no identifier, or a display name is cut in the wrong place.
    case badName
    /// Two members of one name.
    case duplicateName
    /// The members' code orders don't number them.
    case badOrder
    /// A field or tag lies outside of the sections of its struct.
    case outsideOfStruct
    /// A tag that the union doesn't have, that two members share, or that no member has.
    case badDiscriminant
    /// A default or constant is of another kind than its type says.
    case badValue
    /// A group that isn't one, that belongs to another struct or to two fields, or has other sections than its struct.
    case badGroup
    /// A group inside of itself, or groups in one another deeper than 32.
    case groupsTooDeep
    /// An interface that extends itself.
    case cyclicSuperclasses
    /// A parameter that the generic declaration doesn't have, or an argument that lies behind no pointer.
    case badParameter
    /// An annotation of json.capnp where it can't be followed.
    case badAnnotation
}

/// What a loader accepts.
public struct SchemaLimits: Sendable, Hashable {
    public var nodes: Int
    /// Fields, enumerants, methods and parameters of all nodes.
    public var members: Int

    public init(nodes: Int = 1 << 16, members: Int = 1 << 19) {
        self.nodes = nodes
        self.members = members
    }

    public static let `default` = SchemaLimits()
}
