import Primitives

@testable import CapnProtoCodegen

/// Random trees of a schema's structs, each from a seed. Extremes come up more often than chance would have them; trees are small, and
/// every field, member and length is met within a few dozen seeds.
struct TreeGenerator {
    let schema: RichSchema
    private var random: PRNG
    /// The characters of texts.
    var alphabet = Array("ab\"\\\n\t/z09é語🜁 '&<{[(#,;:=)]}>\u{7F}\u{2028}")
    /// Whether enums may have numbers that the schema doesn't know.
    var unknownNumbers = true
    /// Whether floats may be infinite or not a number.
    var specialFloats = true
    private var depth = 4

    init(_ schema: RichSchema, seed: UInt64) {
        self.schema = schema
        random = PRNG(seed: seed)
    }

    /// A tree of a struct at the top level of the schema.
    mutating func tree(_ name: String) -> Tree { structure(schema.reference(name)) }

    private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

    private mutating func structure(_ reference: SchemaReference) -> Tree {
        depth -= 1
        defer { depth += 1 }
        let structure = schema.structure(reference)
        let members = structure.members.filter { depth > 0 || !Self.leadsOn($0) }
        let chosen = members.isEmpty ? nil : members[below(members.count)].discriminant
        var fields = [Tree.Field]()
        for field in structure.fields where field.discriminant == nil || field.discriminant == chosen {
            fields.append(Tree.Field(name: field.name, value: value(of: field, in: reference)))
        }
        return .structure(fields)
    }

    private static func leadsOn(_ field: SchemaField) -> Bool {
        switch field.body {
        case .slot(_, .structure, _), .slot(_, .parameter, _), .slot(_, .anyPointer, _), .slot(_, .anyStruct, _): true
        default: false
        }
    }

    private mutating func value(of field: SchemaField, in reference: SchemaReference) -> Tree {
        switch field.body {
        case .group(let id):
            depth += 1
            defer { depth -= 1 }
            return structure(SchemaReference(id: id, brand: reference.brand))
        case .slot(_, let declared, _):
            let type = declared.substituting(reference.brand)
            // A member of a union that is a null pointer can be said by few implementations.
            if type.isPointer, field.discriminant == nil, depth <= 0 || below(4) == 0 { return .null }
            return value(of: type)
        }
    }

    private mutating func value(of type: SchemaType, inList: Bool = false) -> Tree {
        switch type {
        case .void: return .void
        case .bool: return .bool(below(2) == 1)
        case .integer(let integer): return number(integer)
        case .float32: return .float32(float32())
        case .float64: return .float64(float64())
        case .text: return .text(text())
        case .data: return .data(random.bytes(below(3) == 0 ? 0 : below(20)))
        case .enumeration(let target):
            let known = schema.enumerantCount(target)
            return .enumeration(UInt16(unknownNumbers && !inList && below(8) == 0 ? known + below(99) : below(known)))
        case .list(let element): return list(of: element)
        case .structure(let target): return structure(target)
        case .anyPointer where below(3) == 0: return .untyped(kind: "Text", .text(text()))
        case .anyPointer, .anyStruct:
            let kind = ["Small", "OnlyBits", "Choice"][below(depth > 0 ? 3 : 2)]
            return .untyped(kind: kind, tree(kind))
        case .parameter, .implicitParameter, .interface, .anyCapability, .anyList: return .null
        }
    }

    private mutating func list(of element: SchemaType) -> Tree {
        depth -= 1
        defer { depth += 1 }
        let limit: Int
        switch element {
        case .bool, .void: limit = 70
        case .structure, .list: limit = depth > 0 ? 4 : 1
        default: limit = 9
        }
        return .list(
            (0..<below(limit)).map { _ in
                if case .structure = element { return value(of: element, inList: true) }
                return element.isPointer && below(6) == 0 ? .null : value(of: element, inList: true)
            })
    }

    private mutating func number(_ type: IntegerType) -> Tree {
        let bits = type.rawValue.hasSuffix("8") ? 8 : Int(type.rawValue.suffix(2)) ?? 64
        let isSigned = type.rawValue.hasPrefix("I")
        let shift = UInt64(64 - bits)
        let word: UInt64 =
            switch below(5) {
            case 0: 0
            case 1: .max
            case 2: 1 << 63
            case 3: .max >> 1
            default: UInt64.random(in: .min ... .max, using: &random)
            }
        return isSigned ? .signed(Int64(bitPattern: word) >> shift) : .unsigned(word >> shift)
    }

    private mutating func float32() -> UInt32 {
        let special: [Float] = [0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
        if below(4) == 0 { return special[below(specialFloats ? special.count : 2)].bitPattern }
        let value = Float(bitPattern: UInt32.random(in: .min ... .max, using: &random))
        return value.isFinite ? value.bitPattern : Float(below(1000)).bitPattern
    }
    private mutating func float64() -> UInt64 {
        let special: [Double] = [
            0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
        ]
        if below(4) == 0 { return special[below(specialFloats ? special.count : 2)].bitPattern }
        let value = Double(bitPattern: UInt64.random(in: .min ... .max, using: &random))
        return value.isFinite ? value.bitPattern : Double(below(1000)).bitPattern
    }
    private mutating func text() -> String {
        String((0..<below(9)).map { _ in alphabet[below(alphabet.count)] })
    }
}
