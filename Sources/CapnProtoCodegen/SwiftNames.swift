/// How names of a schema become names of Swift.
enum SwiftNames {
    /// Words that need backticks as the name of a declaration.
    static let keywords: Set<String> = [
        "associatedtype", "class", "deinit", "enum", "extension", "fileprivate", "func", "import", "inout", "internal",
        "let", "open", "operator", "precedencegroup", "private", "protocol", "public", "rethrows", "static", "struct",
        "subscript", "typealias", "var", "break", "case", "catch", "continue", "default", "defer", "do", "else",
        "fallthrough", "for", "guard", "if", "in", "repeat", "return", "switch", "throw", "where", "while", "any", "as",
        "await", "false", "is", "nil", "super", "throws", "true", "try", "Any",
    ]
    /// Names that no backticks make usable, or that generated members have: they get an underscore.
    private static let takenMembers: Set<String> = [
        "init", "self", "Self", "Type", "Protocol", "which", "whichTag", "raw", "asReader", "hashValue", "nan",
    ]
    /// Constants that every struct, enum or interface has.
    private static let takenConstants: Set<String> = ["typeID", "structSize", "elementSize", "interfaceID"]
    /// Members of every client, server or interface.
    private static let takenMethods: Set<String> = [
        "capability", "cast", "dispatch", "handle", "interfaceID", "typeID",
    ]
    /// Types that generated code refers to by their plain names, or declares in every namespace.
    private static let takenTypes: Set<String> = [
        "Reader", "Builder", "Value", "Which", "Type", "Protocol", "Self", "Any", "Schema", "Client", "Server",
        "Handler", "Pipeline", "Annotations",
        "Bool", "Int", "Int8", "Int16", "Int32", "Int64", "UInt", "UInt8", "UInt16", "UInt32", "UInt64", "Float",
        "Double",
        "String", "Void", "Sendable", "Hashable", "Codable", "Optional", "Array", "Swift", "Boxed",
        "Text", "Bytes", "List", "AnyPointerReader", "AnyPointerBuilder", "StructReader", "StructBuilder", "StructSize",
        "StructSchema", "StructValue", "EnumSchema", "SchemaReader", "SchemaBuilder", "CapnProtoError", "DefaultValue",
        "ElementSize", "AnyPointer", "Unit", "RawSpan", "CapabilityClient", "Capability", "CapabilityList",
        "CapabilityTable",
        "Loop", "Pending", "PendingCall", "Response", "ServerCall", "IncomingCall", "InterfaceServer", "CallHandler",
        "RPCException", "AnyStruct", "AnyList", "AnyCapability", "PointerSchema", "SizedPointerSchema",
        "CapabilitySchema", "PipelinedSchema", "Orphan",
    ]

    /// A field, enumerant, union member, method or constant.
    static func member(_ name: String) -> String {
        if takenMembers.contains(name) { return name + "_" }
        return keywords.contains(name) ? "`\(name)`" : name
    }
    /// A method of an interface.
    static func method(_ name: String) -> String { takenMethods.contains(name) ? name + "_" : member(name) }
    /// A constant or an enumerant.
    static func constant(_ name: String) -> String { takenConstants.contains(name) ? name + "_" : member(name) }
    static func type(_ name: String) -> String { takenTypes.contains(name) ? name + "_" : name }

    /// "payload" -> "Payload": for the namespaces of groups and methods, and inside `setPayload`.
    static func capitalized(_ name: String) -> String { name.prefix(1).uppercased() + name.dropFirst() }

    static func literal(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case let other
            where other.value < 0x20 || (0x7F...0x9F).contains(other.value)
                || (0x200B...0x200F).contains(other.value) || (0x2028...0x202E).contains(other.value)
                || (0x2066...0x2069).contains(other.value) || other.value == 0xFEFF:
                result += "\\u{\(String(other.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
    static func hexadecimal(_ id: UInt64) -> String { "0x" + String(id, radix: 16) }
}
