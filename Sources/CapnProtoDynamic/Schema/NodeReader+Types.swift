import CapnProto
import CapnProtoSchema

extension NodeReader {
    /// The message's limit of nesting bounds the recursion.
    mutating func type(_ type: TypeReference.Reader) throws(CapnProtoError) -> SchemaType {
        let which = type.which
        switch which {
        case .void: return .void
        case .bool: return .bool
        case .int8: return .int8
        case .int16: return .int16
        case .int32: return .int32
        case .int64: return .int64
        case .uint8: return .uint8
        case .uint16: return .uint16
        case .uint32: return .uint32
        case .uint64: return .uint64
        case .float32: return .float32
        case .float64: return .float64
        case .text: return .text
        case .data: return .data
        case .list(let list): return .list(try self.type(list.elementType))
        case .enum(let named): return .enumeration(named.typeId)
        case .struct(let named): return .structure(named.typeId, try brand(named.brand))
        case .interface(let named): return .interface(named.typeId, try brand(named.brand))
        case .anyPointer(let pointer): return anyPointer(pointer)
        case .unknown:
            note(.unknownKind)
            return .void
        }
    }

    private mutating func anyPointer(_ pointer: TypeReference.AnyPointerGroup.Reader) -> SchemaType {
        let which = pointer.which
        switch which {
        case .unconstrained(let unconstrained):
            let kind = unconstrained.which
            switch kind {
            case .anyKind: return .anyPointer(.any)
            case .struct: return .anyPointer(.structure)
            case .list: return .anyPointer(.list)
            case .capability: return .anyPointer(.capability)
            case .unknown: return .anyPointer(.any)
            }
        case .parameter(let parameter):
            return .parameter(scope: parameter.scopeId, index: Int(parameter.parameterIndex))
        case .implicitMethodParameter(let parameter): return .methodParameter(index: Int(parameter.parameterIndex))
        case .unknown:
            note(.unknownKind)
            return .anyPointer(.any)
        }
    }

    mutating func brand(_ brand: Brand.Reader) throws(CapnProtoError) -> TypeBrand {
        let scopes = try brand.scopes
        var result = TypeBrand()
        for index in 0..<admitFields(scopes.count) {
            let scope = scopes[index]
            let which = try scope.which
            switch which {
            case .bind(let bindings):
                result.scopes.append(TypeBrand.Scope(id: scope.scopeId, arguments: try arguments(bindings)))
            case .inherit: result.scopes.append(TypeBrand.Scope(id: scope.scopeId, arguments: nil))
            case .unknown: note(.unknownKind)
            }
        }
        return result
    }

    private mutating func arguments(
        _ bindings: List<Brand.Binding>.Reader
    ) throws(CapnProtoError) -> [SchemaType] {
        var result = [SchemaType]()
        for index in 0..<admitFields(bindings.count) {
            let which = try bindings[index].which
            switch which {
            case .unbound: result.append(.anyPointer(.any))
            case .type(let type):
                let argument = try self.type(type)
                require(argument.isPointer, else: .badParameter)
                result.append(argument)
            case .unknown: note(.unknownKind)
            }
        }
        return result
    }

    mutating func value(
        _ value: CapnProtoSchema.ConstantValue.Reader, of type: SchemaType
    ) throws(CapnProtoError) -> SchemaValue {
        require(SchemaValue.matches(value.whichTag, type), else: .badValue)
        let result = try SchemaValue(value)
        guard let message = result.message, fault == nil else { return result }
        let root = message.rootPointer
        switch type {
        case .text: _ = try root.text()
        case .data: _ = try root.bytes()
        case .list(let element): _ = try root.list(expecting: element.elementSize)
        case .structure: _ = try root.structure()
        default: break
        }
        return result
    }
}
