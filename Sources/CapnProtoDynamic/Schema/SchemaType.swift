public import CapnProto

/// The type of a field, element, constant or annotation. Declarations are named by id; `Schemas` has them.
public enum SchemaType: Sendable, Hashable {
    case void, bool
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case float32, float64
    case text, data
    indirect case list(SchemaType)
    case enumeration(UInt64)
    case structure(UInt64, TypeBrand)
    case interface(UInt64, TypeBrand)
    case anyPointer(AnyPointerKind)
    /// The parameter of a generic declaration. Types that values are read with have none: see `TypeBrand`.
    case parameter(scope: UInt64, index: Int)
    /// The parameter of a generic method.
    case methodParameter(index: Int)

    /// What a pointer without a type may lead to.
    public enum AnyPointerKind: Sendable, Hashable { case any, structure, list, capability }

    /// Whether values lie behind a pointer.
    public var isPointer: Bool {
        switch self {
        case .text, .data, .list, .structure, .interface, .anyPointer, .parameter, .methodParameter: true
        default: false
        }
    }

    /// How a new list of these is laid out.
    public var elementSize: ElementSize {
        switch self {
        case .void: .void
        case .bool: .bit
        case .int8, .uint8: .byte
        case .int16, .uint16, .enumeration: .twoBytes
        case .int32, .uint32, .float32: .fourBytes
        case .int64, .uint64, .float64: .eightBytes
        case .structure: .composite
        default: .pointer
        }
    }
}

/// The arguments that a use of generic declarations gives to their parameters, by the declaration that has them.
/// Parameters without an argument are AnyPointer.
public struct TypeBrand: Sendable, Hashable {
    public var scopes: [Scope]

    public struct Scope: Sendable, Hashable {
        public var id: UInt64
        /// Nil where the arguments are those of the place in which the type is used.
        public var arguments: [SchemaType]?

        public init(id: UInt64, arguments: [SchemaType]?) {
            self.id = id
            self.arguments = arguments
        }
    }

    public init(scopes: [Scope] = []) { self.scopes = scopes }

    public static let none = TypeBrand()

    private func argument(_ scope: UInt64, _ index: Int) -> SchemaType {
        for candidate in scopes where candidate.id == scope {
            guard let arguments = candidate.arguments, index < arguments.count else { break }
            return arguments[index]
        }
        return .anyPointer(.any)
    }
}

// A type within a generic declaration is opened with the brand that the declaration was reached with. What comes out
// has no parameters. Arguments are shared, not copied, so a schema whose types grow with each step costs a step's work
// at each step.
extension TypeBrand {
    /// `type` with the arguments of this brand in place of the parameters.
    public func close(_ type: SchemaType) -> SchemaType {
        switch type {
        case .list(let element): element.isConcrete ? type : .list(close(element))
        case .structure(let id, let brand): brand.scopes.isEmpty ? type : .structure(id, close(brand))
        case .interface(let id, let brand): brand.scopes.isEmpty ? type : .interface(id, close(brand))
        case .parameter(let scope, let index): argument(scope, index)
        case .methodParameter: .anyPointer(.any)
        default: type
        }
    }

    private func close(_ brand: TypeBrand) -> TypeBrand {
        TypeBrand(
            scopes: brand.scopes.map { scope in
                guard let arguments = scope.arguments else {
                    return scopes.first { $0.id == scope.id } ?? Scope(id: scope.id, arguments: [])
                }
                return Scope(id: scope.id, arguments: arguments.map(close))
            })
    }
}

extension SchemaType {
    /// Whether it is seen at once that there are no parameters in it.
    fileprivate var isConcrete: Bool {
        switch self {
        case .list, .structure, .interface, .parameter, .methodParameter: false
        default: true
        }
    }
}
