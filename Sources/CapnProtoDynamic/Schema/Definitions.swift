public import CapnProto

// Declarations as plain, immutable objects. They know each other by id only.

/// What every declaration has.
public struct DeclarationHeader: Sendable {
    public var id: UInt64
    /// "folder/file.capnp:Outer.inner"
    public var displayName: String
    /// The declaration's own name.
    public var name: String
    /// The enclosing declaration; zero for files and for structs that a method's parameter list declares.
    public var scope: UInt64
    /// The names of a generic declaration's parameters.
    public var parameters: [String]
    public var isGeneric: Bool
    public var nested: [Nested]
    public var annotations: [AnnotationUse]

    public struct Nested: Sendable, Hashable {
        public var name: String
        public var id: UInt64
    }
}

/// An annotation on a declaration or member.
public struct AnnotationUse: Sendable, Equatable {
    public var id: UInt64
    public var value: SchemaValue
}

/// A struct or group.
public final class StructDefinition: Sendable {
    public let header: DeclarationHeader
    public let size: StructSize
    public let isGroup: Bool
    /// In the order of their ordinals.
    public let fields: [FieldDefinition]
    /// Of the union's members, the indices in `fields` by tag; empty without a union.
    public let unionMembers: [Int]
    /// Where the union's tag lies, in units of 16 bits.
    public let discriminantOffset: Int
    /// The indices of the fields outside of the union.
    let plainFields: [Int]
    private let indices: [String: Int]

    public var id: UInt64 { header.id }

    public func field(named name: String) -> FieldDefinition? { indices[name].map { fields[$0] } }

    init(
        header: DeclarationHeader, size: StructSize, isGroup: Bool, fields: [FieldDefinition], unionMembers: [Int],
        discriminantOffset: Int, indices: [String: Int]
    ) {
        self.header = header
        self.size = size
        self.isGroup = isGroup
        self.fields = fields
        self.unionMembers = unionMembers
        self.discriminantOffset = discriminantOffset
        self.indices = indices
        plainFields = fields.indices.filter { fields[$0].discriminant == nil }
    }
}

/// A field of a struct: a slot of its sections, or a group.
public struct FieldDefinition: Sendable {
    public var name: String
    /// Its place in `StructDefinition.fields`.
    public var index: Int
    /// Its place in the schema's text.
    public var codeOrder: Int
    /// The union's tag that makes this member current; nil outside of the union.
    public var discriminant: UInt16?
    public var annotations: [AnnotationUse]
    public var kind: Kind

    public enum Kind: Sendable {
        /// `offset` counts in units of the type's size, or pointers.
        case slot(offset: Int, SchemaType, default: SchemaValue)
        case group(UInt64)
    }
}

public final class EnumDefinition: Sendable {
    public let header: DeclarationHeader
    /// By number.
    public let enumerants: [EnumerantDefinition]
    private let indices: [String: Int]

    public var id: UInt64 { header.id }

    public func number(named name: String) -> UInt16? { indices[name].map { UInt16($0) } }
    public func name(of number: UInt16) -> String? {
        Int(number) < enumerants.count ? enumerants[Int(number)].name : nil
    }

    init(header: DeclarationHeader, enumerants: [EnumerantDefinition], indices: [String: Int]) {
        self.header = header
        self.enumerants = enumerants
        self.indices = indices
    }
}

public struct EnumerantDefinition: Sendable {
    public var name: String
    public var codeOrder: Int
    public var annotations: [AnnotationUse]
}

public final class InterfaceDefinition: Sendable {
    public let header: DeclarationHeader
    /// By number.
    public let methods: [MethodDefinition]
    public let superclasses: [SchemaType]
    private let indices: [String: Int]

    public var id: UInt64 { header.id }

    /// The number and the method; those of superclasses are theirs.
    public func method(named name: String) -> (number: UInt16, MethodDefinition)? {
        indices[name].map { (UInt16($0), methods[$0]) }
    }

    init(
        header: DeclarationHeader, methods: [MethodDefinition], superclasses: [SchemaType], indices: [String: Int]
    ) {
        self.header = header
        self.methods = methods
        self.superclasses = superclasses
        self.indices = indices
    }
}

public struct MethodDefinition: Sendable {
    public var name: String
    public var codeOrder: Int
    /// Structs.
    public var parameters: SchemaType
    public var results: SchemaType
    /// The names of a generic method's parameters.
    public var typeParameters: [String]
    public var annotations: [AnnotationUse]
}

public final class ConstantDefinition: Sendable {
    public let header: DeclarationHeader
    public let type: SchemaType
    public let value: SchemaValue

    public var id: UInt64 { header.id }

    init(header: DeclarationHeader, type: SchemaType, value: SchemaValue) {
        self.header = header
        self.type = type
        self.value = value
    }
}

public final class AnnotationDefinition: Sendable {
    public let header: DeclarationHeader
    public let type: SchemaType

    public var id: UInt64 { header.id }

    init(header: DeclarationHeader, type: SchemaType) {
        self.header = header
        self.type = type
    }
}

/// Any declaration.
public enum SchemaDeclaration: Sendable {
    case file(DeclarationHeader)
    case structure(StructDefinition)
    case enumeration(EnumDefinition)
    case interface(InterfaceDefinition)
    case constant(ConstantDefinition)
    case annotation(AnnotationDefinition)

    public var header: DeclarationHeader {
        switch self {
        case .file(let header): header
        case .structure(let definition): definition.header
        case .enumeration(let definition): definition.header
        case .interface(let definition): definition.header
        case .constant(let definition): definition.header
        case .annotation(let definition): definition.header
        }
    }
}
