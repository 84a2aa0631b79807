/// What the generator works on: the request's nodes as plain values, without readers. The names are schema.capnp's.
struct SchemaModel: Sendable {
    var nodes: [SchemaNode]
    var files: [RequestedFile]

    /// A file that was named on the command line.
    struct RequestedFile: Sendable {
        var id: UInt64
        var path: String
        /// What its code carries of the schema, where it asks for that.
        var packedNodes: [UInt8]?
    }
}

/// A declaration: a file, struct or group, enum, interface, constant or annotation.
struct SchemaNode: Sendable {
    var id: UInt64
    /// "folder/file.capnp:Outer.inner"
    var displayName: String
    /// Where in `displayName` the declaration's own name begins, in bytes.
    var prefixLength: Int
    /// Zero for files, and for structs that a method's parameter list declares.
    var scope: UInt64
    /// The names of a generic declaration's own parameters.
    var parameters: [String]
    var nested: [Nested]
    var annotations: [SchemaAnnotation]
    var body: Body
    var documentation = ""
    /// Of the fields, enumerants or methods, in the body's order.
    var memberDocumentation: [String] = []

    struct Nested: Sendable {
        var name: String
        var id: UInt64
    }

    enum Body: Sendable {
        case file
        case structure(SchemaStruct)
        case enumeration([SchemaEnumerant])
        case interface([SchemaMethod], superclasses: [SchemaReference])
        case constant(SchemaType, SchemaConstant)
        case annotation(SchemaType)
    }

    var name: String { String(decoding: displayName.utf8.dropFirst(prefixLength), as: UTF8.self) }

    func documentation(ofMember index: Int) -> String {
        index < memberDocumentation.count ? memberDocumentation[index] : ""
    }
}

struct SchemaStruct: Sendable {
    var dataWords: UInt16
    var pointerCount: UInt16
    var isGroup: Bool
    var discriminantCount: UInt16
    /// In 16-bit units from the start of the data section.
    var discriminantOffset: Int
    var fields: [SchemaField]
}

struct SchemaField: Sendable {
    var name: String
    var codeOrder: UInt16
    var annotations: [SchemaAnnotation]
    /// The union's tag that makes this member current; nil outside of the union.
    var discriminant: UInt16?
    var body: Body

    enum Body: Sendable {
        /// `offset` counts in units of the type's size, or pointers.
        case slot(offset: Int, SchemaType, default: SchemaConstant)
        case group(UInt64)
    }
}

struct SchemaEnumerant: Sendable {
    var name: String
    var codeOrder: UInt16
    var annotations: [SchemaAnnotation]
}

struct SchemaMethod: Sendable {
    var name: String
    var codeOrder: UInt16
    var annotations: [SchemaAnnotation]
    var parameters: SchemaReference
    var results: SchemaReference
    /// The names of the parameters that each call binds anew.
    var implicitParameters: [String]
}

struct SchemaAnnotation: Sendable {
    var id: UInt64
    var brand: SchemaBrand
    var value: SchemaConstant
}

/// A use of a declaration.
struct SchemaReference: Sendable {
    var id: UInt64
    var brand = SchemaBrand()
}

/// The arguments of a generic declaration, scope by scope. What it doesn't mention is AnyPointer.
struct SchemaBrand: Sendable {
    var scopes: [UInt64: Arguments] = [:]

    enum Arguments: Sendable {
        /// Nil for an argument that was left out.
        case bound([SchemaType?])
        /// The parameters of the scope itself, as the reference stands inside of it.
        case inherited
    }

    /// The types that are arguments, in an order of their own.
    var arguments: [SchemaType] {
        scopes.sorted { $0.key < $1.key }.flatMap { scope in
            if case .bound(let types) = scope.value { return types.compactMap(\.self) }
            return []
        }
    }
}

indirect enum SchemaType: Sendable {
    case void, bool
    case integer(IntegerType)
    case float32, float64
    case text, data
    case list(SchemaType)
    case enumeration(SchemaReference)
    case structure(SchemaReference)
    case interface(SchemaReference)
    case anyPointer, anyStruct, anyList
    /// `Capability`: an interface of no particular type.
    case anyCapability
    /// A parameter of the generic declaration `scope`.
    case parameter(scope: UInt64, index: Int)
    /// A parameter of a generic method: arguments of its brands only.
    case implicitParameter(index: Int)
}

enum IntegerType: String, Sendable, CaseIterable {
    case int8 = "Int8"
    case int16 = "Int16"
    case int32 = "Int32"
    case int64 = "Int64"
    case uint8 = "UInt8"
    case uint16 = "UInt16"
    case uint32 = "UInt32"
    case uint64 = "UInt64"
}

/// The value of a constant, a default or an annotation.
enum SchemaConstant: Sendable {
    case void
    case bool(Bool)
    case signed(Int64)
    case unsigned(UInt64)
    case float32(bits: UInt32)
    case float64(bits: UInt64)
    case text(String)
    case data([UInt8])
    case enumeration(UInt16)
    /// A list, struct or other pointer: the canonical segment with it as the root; nil for null.
    case pointer([UInt8]?)
    case interface
}
