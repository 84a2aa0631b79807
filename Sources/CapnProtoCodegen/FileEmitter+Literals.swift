import CapnProto

// Defaults and constants as Swift expressions.

extension FileEmitter {
    /// The expression of a constant, read in a place whose type is known.
    mutating func literal(
        _ constant: SchemaConstant, of type: SchemaType, from scope: UInt64
    ) throws(CodegenError) -> String {
        switch constant {
        case .void: return "()"
        case .bool(let value): return value ? "true" : "false"
        case .signed(let value): return String(value)
        case .unsigned(let value): return String(value)
        case .float32(let bits): return Self.literal(float: bits)
        case .float64(let bits): return Self.literal(double: bits)
        case .text(let text): return SwiftNames.literal(text)
        case .data(let bytes): return "[\(bytes.map { SwiftNames.hexadecimal(UInt64($0)) }.joined(separator: ", "))]"
        case .enumeration(let number): return try enumLiteral(number, of: type)
        case .interface: return "nil"
        case .pointer(nil): return Self.nullLiteral(type)
        case .pointer(.some(let segment)):
            do {
                let message = try Message(segments: [segment])
                return try pointerLiteral(message.rootPointer, of: type, from: scope)
            } catch let error as CodegenError { throw error } catch {
                throw CodegenError("a default is malformed", at: try index.node(scope).displayName)
            }
        }
    }

    private static func nullLiteral(_ type: SchemaType) -> String {
        switch type {
        case .text: "\"\""
        case .data, .list: "[]"
        case .anyPointer, .anyList: "AnyPointer.Value()"
        default: "nil"
        }
    }

    static func literal(float bits: UInt32) -> String {
        let value = Float(bitPattern: bits)
        return value.isFinite ? value.description : "Float(bitPattern: \(SwiftNames.hexadecimal(UInt64(bits))))"
    }
    static func literal(double bits: UInt64) -> String {
        let value = Double(bitPattern: bits)
        return value.isFinite ? value.description : "Double(bitPattern: \(SwiftNames.hexadecimal(bits)))"
    }

    private func enumLiteral(_ number: UInt16, of type: SchemaType) throws(CodegenError) -> String {
        guard case .enumeration(let target) = type else { return String(number) }
        let node = try index.node(target.id)
        guard case .enumeration(let enumerants) = node.body else { return String(number) }
        guard Int(number) < enumerants.count else { return ".\(Self.unknownName(enumerants.map(\.name)))(\(number))" }
        let enumerant = enumerants[Int(number)]
        return "." + SwiftNames.constant(try enumerant.annotations.swiftName(at: node) ?? enumerant.name)
    }

    // MARK: Lists and structs

    private mutating func pointerLiteral(
        _ pointer: AnyPointerReader, of type: SchemaType, from scope: UInt64
    ) throws -> String {
        switch type {
        case .text: return SwiftNames.literal(try pointer.text().string)
        case .data: return try literal(.data(pointer.bytes().array), of: .data, from: scope)
        case .structure(let target): return try structLiteral(pointer.structure(), target, from: scope)
        case .list(let element):
            let list = try pointer.list(expecting: element.elementSize)
            var items = [String]()
            for position in 0..<list.count {
                items.append(try elementLiteral(list, position, of: element, from: scope))
            }
            return "[\(items.joined(separator: ", "))]"
        default:
            throw CodegenError("has untyped content, which no literal can say", at: try index.node(scope).displayName)
        }
    }

    private mutating func elementLiteral(
        _ list: ListReader, _ position: Int, of type: SchemaType, from scope: UInt64
    ) throws -> String {
        switch type {
        case .void: return "Unit()"
        case .bool: return list.bool(at: position) ? "true" : "false"
        case .structure(let target): return try structLiteral(list.structure(at: position), target, from: scope)
        case .text, .data, .list: return try pointerLiteral(list.anyPointer(at: position), of: type, from: scope)
        default: return try literal(Self.number(type, bits: list.bits(at: position)), of: type, from: scope)
        }
    }

    private mutating func structLiteral(
        _ reader: StructReader, _ target: SchemaReference, from scope: UInt64
    ) throws -> String {
        let node = try index.node(target.id)
        guard case .structure(let structure) = node.body else { return "nil" }
        var arguments = [String]()
        var hasUnion = false
        for field in structure.fields.sorted(by: { $0.codeOrder < $1.codeOrder }) {
            if field.discriminant == nil {
                guard let value = try fieldLiteral(reader, field, of: target, from: scope) else { continue }
                arguments.append("\(SwiftNames.member(try name(field, in: node))): \(value)")
            } else if !hasUnion {
                hasUnion = true
                arguments.append("which: \(try unionLiteral(reader, node, structure, target, from: scope))")
            }
        }
        return "\(try reference(target, from: scope)).Value(\(arguments.joined(separator: ", ")))"
    }

    private mutating func unionLiteral(
        _ reader: StructReader, _ node: SchemaNode, _ structure: SchemaStruct, _ target: SchemaReference,
        from scope: UInt64
    ) throws -> String {
        let tag: UInt16 = reader.integer(structure.discriminantOffset)
        guard let field = structure.members.first(where: { $0.discriminant == tag }) else {
            return ".\(Self.unknownName(structure.members.map(\.name)))(\(tag))"
        }
        let member = SwiftNames.member(try name(field, in: node))
        switch field.body {
        case .group(let id):
            let group = SchemaReference(id: id, brand: target.brand)
            return ".\(member)(\(try structLiteral(reader, group, from: scope)))"
        case .slot(let offset, let declared, let standard):
            let type = declared.substituting(target.brand)
            switch type {
            case .void: return ".\(member)"
            case .structure(let inner) where !declared.isParameter:
                return ".\(member)(\(try structLiteral(reader.structure(offset), inner, from: scope)))"
            default:
                guard type.hasValue || declared.isParameter else { return ".\(member)" }
                let value = try fieldLiteral(reader, field, of: target, from: scope)
                return try ".\(member)(\(value ?? literal(standard, of: type, from: scope)))"
            }
        }
    }

    /// Nil where the field has its default.
    private mutating func fieldLiteral(
        _ reader: StructReader, _ field: SchemaField, of target: SchemaReference, from scope: UInt64
    ) throws -> String? {
        switch field.body {
        case .group(let id):
            return try structLiteral(reader, SchemaReference(id: id, brand: target.brand), from: scope)
        case .slot(let offset, let declared, let standard):
            let type = declared.substituting(target.brand)
            switch type {
            case .void: return nil
            case .bool:
                guard reader.bool(offset) else { return nil }
                if case .bool(true) = standard { return "false" }
                return "true"
            case _ where !type.hasValue: return nil
            case _ where type.isPointer:
                return reader.has(offset) ? try pointerLiteral(reader.anyPointer(offset), of: type, from: scope) : nil
            default:
                let bits = reader.bits(offset, type)
                return bits == 0
                    ? nil : try literal(Self.number(type, bits: bits ^ standard.bits), of: type, from: scope)
            }
        }
    }

    /// The number that `bits` are for a type.
    private static func number(_ type: SchemaType, bits: UInt64) -> SchemaConstant {
        switch type {
        case .integer(.int8): .signed(Int64(Int8(truncatingIfNeeded: bits)))
        case .integer(.int16): .signed(Int64(Int16(truncatingIfNeeded: bits)))
        case .integer(.int32): .signed(Int64(Int32(truncatingIfNeeded: bits)))
        case .integer(.int64): .signed(Int64(bitPattern: bits))
        case .integer(.uint8): .unsigned(UInt64(UInt8(truncatingIfNeeded: bits)))
        case .integer(.uint16): .unsigned(UInt64(UInt16(truncatingIfNeeded: bits)))
        case .integer(.uint32): .unsigned(UInt64(UInt32(truncatingIfNeeded: bits)))
        case .float32: .float32(bits: UInt32(truncatingIfNeeded: bits))
        case .float64: .float64(bits: bits)
        case .enumeration: .enumeration(UInt16(truncatingIfNeeded: bits))
        default: .unsigned(bits)
        }
    }
}

extension SchemaConstant {
    /// The bits that a number's default is XORed with.
    var bits: UInt64 {
        switch self {
        case .signed(let value): UInt64(bitPattern: value)
        case .unsigned(let value): value
        case .float32(let bits): UInt64(bits)
        case .float64(let bits): bits
        case .enumeration(let number): UInt64(number)
        default: 0
        }
    }
}

extension SchemaType {
    /// Bits of a number in the data section.
    var bitWidth: Int {
        switch self {
        case .integer(.int8), .integer(.uint8): 8
        case .integer(.int16), .integer(.uint16), .enumeration: 16
        case .integer(.int32), .integer(.uint32), .float32: 32
        default: 64
        }
    }
    var elementSize: ElementSize {
        switch self {
        case .void: .void
        case .bool: .bit
        case .structure: .composite
        case _ where isPointer: .pointer
        case _ where bitWidth == 8: .byte
        case _ where bitWidth == 16: .twoBytes
        case _ where bitWidth == 32: .fourBytes
        default: .eightBytes
        }
    }
}

extension StructReader {
    func bits(_ offset: Int, _ type: SchemaType) -> UInt64 {
        switch type.bitWidth {
        case 8: UInt64(integer(offset, mask: UInt8(0)))
        case 16: UInt64(integer(offset, mask: UInt16(0)))
        case 32: UInt64(integer(offset, mask: UInt32(0)))
        default: integer(offset)
        }
    }
}

extension ListReader {
    func bits(at position: Int) -> UInt64 {
        switch elementSize.dataBits {
        case 8: UInt64(integer(at: position, as: UInt8.self))
        case 16: UInt64(integer(at: position, as: UInt16.self))
        case 32: UInt64(integer(at: position, as: UInt32.self))
        default: integer(at: position)
        }
    }
}
