// Numbers on their way into a message: checked against the field's type, then its bits.

extension DynamicValue.Plain {
    /// The bits of the value as a number, Bool, enum or Void of `type`.
    /// - Parameter name: of the field, for the error.
    func bits(as type: SchemaType, in schemas: Schemas, _ name: String) throws(DynamicError) -> UInt64 {
        switch (type, self) {
        case (.void, .void): return 0
        case (.bool, .bool(let value)): return value ? 1 : 0
        case (.float32, _): return UInt64(Float(try double(name)).bitPattern)
        case (.float64, _): return try double(name).bitPattern
        case (.enumeration(let id), .enumerant(let enumerant)):
            guard let number = schemas.enumeration(id).number(named: enumerant) else {
                throw .noSuchEnumerant(enumerant)
            }
            return UInt64(number)
        case (.enumeration, _): return try integerBits(as: .uint16, name)
        default: return try integerBits(as: type, name)
        }
    }

    private func double(_ name: String) throws(DynamicError) -> Double {
        switch self {
        case .float(let value): return value
        case .signed(let value): return Double(value)
        case .unsigned(let value): return Double(value)
        default: throw .wrongType(name)
        }
    }

    private func integerBits(as type: SchemaType, _ name: String) throws(DynamicError) -> UInt64 {
        let bits: UInt64?
        switch self {
        case .signed(let value): bits = Self.bits(of: value, as: type)
        case .unsigned(let value): bits = Self.bits(of: value, as: type)
        default: throw .wrongType(name)
        }
        guard let bits else { throw type.isInteger ? .outOfRange(name) : .wrongType(name) }
        return bits
    }

    private static func bits(of value: some FixedWidthInteger, as type: SchemaType) -> UInt64? {
        switch type {
        case .int8: Int8(exactly: value).map { UInt64(bitPattern: Int64($0)) }
        case .int16: Int16(exactly: value).map { UInt64(bitPattern: Int64($0)) }
        case .int32: Int32(exactly: value).map { UInt64(bitPattern: Int64($0)) }
        case .int64: Int64(exactly: value).map { UInt64(bitPattern: $0) }
        case .uint8: UInt8(exactly: value).map(UInt64.init)
        case .uint16: UInt16(exactly: value).map(UInt64.init)
        case .uint32: UInt32(exactly: value).map(UInt64.init)
        case .uint64: UInt64(exactly: value)
        default: nil
        }
    }
}

extension SchemaType {
    var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }
}
