// How the types of a schema are said in Swift.

extension FileEmitter {
    /// The type of a plain value; nil where it has none, as capabilities and untyped pointers live in messages only.
    mutating func valueType(_ type: SchemaType, from scope: UInt64) throws(CodegenError) -> String? {
        switch type {
        case .void: return "Void"
        case .bool: return "Bool"
        case .integer(let integer): return integer.rawValue
        case .float32: return "Float"
        case .float64: return "Double"
        case .text: return "String"
        case .data: return "[UInt8]"
        case .list(.void): return "[Unit]"
        case .list(let element): return try valueType(element, from: scope).map { "[\($0)]" }
        case .enumeration(let id): return try reference(id, from: scope)
        case .structure(let id): return try reference(id, from: scope) + ".Value"
        case .interface, .anyPointer, .anyCapability: return nil
        case .parameter, .branded: throw try generic(scope)
        }
    }

    /// The type as an element of `List`.
    mutating func elementType(_ type: SchemaType, from scope: UInt64) throws(CodegenError) -> String {
        switch type {
        case .void: return "Unit"
        case .text: return "Text"
        case .data: return "Bytes"
        case .list(let element): return "List<\(try elementType(element, from: scope))>"
        case .structure(let id), .enumeration(let id): return try reference(id, from: scope)
        case .anyPointer, .interface, .anyCapability: return "AnyPointer"
        case .bool, .integer, .float32, .float64: return try valueType(type, from: scope) ?? ""
        case .parameter, .branded: throw try generic(scope)
        }
    }

    func generic(_ scope: UInt64) throws(CodegenError) -> CodegenError {
        CodegenError("generic types are not supported yet", at: try index.node(scope).displayName)
    }
}

extension SchemaType {
    var isPointer: Bool {
        switch self {
        case .text, .data, .list, .structure, .interface, .anyPointer, .anyCapability, .parameter, .branded: true
        case .void, .bool, .integer, .float32, .float64, .enumeration: false
        }
    }
    /// Whether a plain value can have it.
    var hasValue: Bool {
        switch self {
        case .interface, .anyPointer, .anyCapability, .parameter, .branded: false
        case .list(let element): element.hasValue
        default: true
        }
    }
}
