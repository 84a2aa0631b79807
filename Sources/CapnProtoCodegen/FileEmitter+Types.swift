// How the types of a schema are said in Swift.

extension FileEmitter {
    /// The type of a plain value; nil where it has none, as capabilities live in messages only.
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
        case .list(let element):
            guard element.hasValue else { return nil }
            return try valueType(element, from: scope).map { "[\($0)]" }
        case .enumeration(let target): return try reference(target, from: scope)
        case .structure(let target): return try reference(target, from: scope) + ".Value"
        case .anyPointer, .anyList: return "AnyPointer.Value"
        case .anyStruct: return "AnyStruct.Value"
        case .parameter, .implicitParameter: return try elementType(type, from: scope) + ".Value"
        case .interface, .anyCapability: return nil
        }
    }

    /// The type as an element of `List`, and as an argument of a generic declaration.
    mutating func elementType(_ type: SchemaType, from scope: UInt64) throws(CodegenError) -> String {
        switch type {
        case .void: return "Unit"
        case .text: return "Text"
        case .data: return "Bytes"
        case .list(let element): return "List<\(try elementType(element, from: scope))>"
        case .structure(let target), .enumeration(let target), .interface(let target):
            return try reference(target, from: scope)
        case .anyPointer: return "AnyPointer"
        case .anyStruct: return "AnyStruct"
        case .anyList: return "AnyList"
        case .anyCapability: return "AnyCapability"
        case .parameter(let scope, let index): return parameter(scope, index)
        case .implicitParameter(let index):
            return index < implicitParameters.count ? implicitParameters[index] : "AnyPointer"
        case .bool, .integer, .float32, .float64: return try valueType(type, from: scope) ?? ""
        }
    }
}

extension SchemaType {
    var isPointer: Bool {
        switch self {
        case .void, .bool, .integer, .float32, .float64, .enumeration: false
        default: true
        }
    }
    /// Whether a plain value can have it.
    var hasValue: Bool {
        switch self {
        case .interface, .anyCapability: false
        case .list(let element): element.hasValue
        default: true
        }
    }
    /// Whether a plain value keeps a null pointer apart from an empty object.
    var isOptionalValue: Bool {
        switch self {
        case .structure, .anyStruct, .parameter, .implicitParameter: true
        default: false
        }
    }

    var isParameter: Bool {
        switch self {
        case .parameter, .implicitParameter: true
        default: false
        }
    }

    /// The type of a member of a generic declaration that is used with a brand.
    func substituting(_ brand: SchemaBrand) -> SchemaType {
        switch self {
        case .list(let element): return .list(element.substituting(brand))
        case .enumeration(let target): return .enumeration(target.substituting(brand))
        case .structure(let target): return .structure(target.substituting(brand))
        case .interface(let target): return .interface(target.substituting(brand))
        case .parameter(let scope, let index):
            switch brand.scopes[scope] {
            case .inherited: return self
            case .bound(let types): return (index < types.count ? types[index] : nil) ?? .anyPointer
            case nil: return .anyPointer
            }
        default: return self
        }
    }
}

extension SchemaReference {
    fileprivate func substituting(_ outer: SchemaBrand) -> SchemaReference {
        var result = self
        for (scope, arguments) in brand.scopes {
            switch arguments {
            case .inherited: result.brand.scopes[scope] = outer.scopes[scope]
            case .bound(let types): result.brand.scopes[scope] = .bound(types.map { $0?.substituting(outer) })
            }
        }
        return result
    }
}
