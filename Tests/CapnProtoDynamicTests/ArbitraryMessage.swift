import CapnProto
import CapnProtoDynamic
import Primitives

/// Random messages of any struct of any schema, each from a seed. Every member of every union, every number and the
/// extremes of all types come up within a few dozen seeds. Of what text and JSON have no form for (capabilities,
/// AnyPointer) nothing is made.
struct ArbitraryMessage {
    private var random: PRNG
    private var depth: Int

    /// Whether there is nothing that `capnp` 0.9.2 prints and can't read: numbers of enums that the schema doesn't know,
    /// negative zeros, `\u000b`, and brackets and number signs in texts, which it heeds where it looks for the end of a message.
    private let isTame: Bool

    init(seed: UInt64, depth: Int = 4, isTame: Bool = false) {
        random = PRNG(seed: seed)
        self.depth = depth
        self.isTame = isTame
    }

    static func message(_ type: StructType, seed: UInt64, isTame: Bool = false) throws -> Message {
        var arbitrary = ArbitraryMessage(seed: seed, isTame: isTame)
        var message = MessageBuilder(firstSegmentWords: 1 + arbitrary.below(200))
        var root = DynamicStruct.Builder(&message, as: type)
        try arbitrary.fill(&root)
        return message.finish()
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

    mutating func fill(_ builder: inout DynamicStruct.Builder) throws {
        depth -= 1
        defer { depth += 1 }
        let isSparse = below(3) == 0
        for field in builder.definition.fields where field.discriminant == nil {
            if !isSparse || below(3) == 0 { try set(field, of: &builder) }
        }
        let members = builder.definition.unionMembers
        if !members.isEmpty { try set(builder.definition.fields[members[below(members.count)]], of: &builder) }
    }

    private mutating func set(_ field: FieldDefinition, of builder: inout DynamicStruct.Builder) throws {
        let type = builder.type.type(of: field)
        switch type {
        case .structure:
            var isGroup = false
            if case .group = field.kind { isGroup = true }
            if !isGroup, depth <= 0 || below(4) == 0 { return builder.clear(field) }
            var structure = try builder.initStructure(field)
            try fill(&structure)
        case .list(let element):
            var list = try builder.initList(field, count: count(element))
            try fill(&list)
        case .interface, .anyPointer: builder.clear(field)
        case .text, .data:
            if below(5) == 0 { builder.clear(field) } else { try builder.set(field, plain(type, builder.type.schemas)) }
        default: try builder.set(field, plain(type, builder.type.schemas))
        }
    }

    private mutating func count(_ element: SchemaType) -> Int {
        switch element {
        case .void, .bool: below(20)
        case .structure, .list: depth <= 0 ? 0 : below(4)
        default: below(4) == 0 ? below(20) : below(5)
        }
    }

    private mutating func fill(_ list: inout DynamicList.Builder) throws {
        depth -= 1
        defer { depth += 1 }
        for index in list.indices {
            switch list.elementType {
            case .structure:
                var structure = try list.structure(at: index)
                try fill(&structure)
            case .list(let element):
                var inner = try list.initList(at: index, count: count(element))
                try fill(&inner)
            case .interface, .anyPointer: break
            case let type: try list.set(plain(type, list.schemas), at: index)
            }
        }
    }

    private mutating func plain(_ type: SchemaType, _ schemas: Schemas) -> DynamicValue.Plain {
        switch type {
        case .void: .void
        case .bool: .bool(below(2) == 1)
        case .int8: .signed(Int64(integer(Int8.self)))
        case .int16: .signed(Int64(integer(Int16.self)))
        case .int32: .signed(Int64(integer(Int32.self)))
        case .int64: .signed(integer())
        case .uint8: .unsigned(UInt64(integer(UInt8.self)))
        case .uint16: .unsigned(UInt64(integer(UInt16.self)))
        case .uint32: .unsigned(UInt64(integer(UInt32.self)))
        case .uint64: .unsigned(integer())
        case .enumeration(let id): .unsigned(UInt64(number(schemas, id)))
        case .float32: .float(Double(float32()))
        case .float64: .float(float64())
        case .text: .text(text())
        default:
            .data(
                random.bytes(below(4) == 0 ? below(60) : below(12)).filter { !isTame || !"()[]{}#".utf8.contains($0) })
        }
    }

    private mutating func number(_ schemas: Schemas, _ id: UInt64) -> Int {
        guard case .enumeration(let definition) = schemas.declaration(id) else { return 0 }
        return below(definition.enumerants.count + (isTame ? 0 : 3))
    }

    /// Extremes and zero more often than chance would have them.
    private mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) -> T {
        switch below(6) {
        case 0: 0
        case 1: .max
        case 2: .min
        case 3: T(truncatingIfNeeded: below(20))
        default: T.random(in: .min ... .max, using: &random)
        }
    }

    private mutating func float32() -> Float {
        switch below(8) {
        case 0: 0
        case 1: Float(bitPattern: UInt32(below(1 << 23)))
        case 2:
            [.infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude, isTame ? 0 : -0.0][below(6)]
        case 3: Float(below(1 << 25)) / 8
        case 4: Float(below(1000)) / 10
        default: Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
        }
    }

    private mutating func float64() -> Double {
        switch below(8) {
        case 0: 0
        case 1: Double(bitPattern: random.next() >> 12)
        case 2:
            [.infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude, isTame ? 0 : -0.0][below(6)]
        case 3: Double(Int64.random(in: .min ... .max, using: &random)) / 1024
        case 4: Double(below(100_000)) / 1000
        default: Double(bitPattern: random.next())
        }
    }

    private mutating func text() -> String {
        let alphabet = Array("ab'\n\t\r\u{1}\u{7}\u{8}\u{C}\u{7F}z0/é語🜁?< " + (isTame ? "" : "\u{B}\"\\{[(#)]}"))
        return String((0..<(below(5) == 0 ? below(40) : below(9))).map { _ in alphabet[below(alphabet.count)] })
    }
}
