import CapnProto
import CapnProtoSchema

extension NodeReader {
    mutating func structure(
        _ body: Node.Struct.Reader, _ header: DeclarationHeader
    ) throws(CapnProtoError) -> StructDefinition {
        let size = StructSize(dataWords: body.dataWordCount, pointerCount: body.pointerCount)
        let list = try body.fields
        var fields = [FieldDefinition]()
        for index in 0..<admitFields(list.count) {
            fields.append(try field(list[index], index, size))
            if fault != nil { break }
        }
        checkOrder(fields.map(\.codeOrder))
        let offset = Int(body.discriminantOffset)
        let members = unionMembers(fields, count: Int(body.discriminantCount))
        require(members.isEmpty || (offset + 1) * 16 <= Int(size.dataWords) * 64, else: .outsideOfStruct)
        return StructDefinition(
            header: header, size: size, isGroup: body.isGroup, fields: fields, unionMembers: members,
            discriminantOffset: offset, indices: names(fields.map(\.name)))
    }

    /// Each tag below `count` belongs to one field. A union has at least two members.
    private mutating func unionMembers(_ fields: [FieldDefinition], count: Int) -> [Int] {
        require(count != 1 && count <= fields.count, else: .badDiscriminant)
        guard fault == nil else { return [] }
        var members = [Int](repeating: -1, count: count)
        for field in fields {
            guard let tag = field.discriminant else { continue }
            guard Int(tag) < count, members[Int(tag)] < 0 else {
                note(.badDiscriminant)
                return []
            }
            members[Int(tag)] = field.index
        }
        require(!members.contains(-1), else: .badDiscriminant)
        return members
    }

    private mutating func field(
        _ field: Field.Reader, _ index: Int, _ size: StructSize
    ) throws(CapnProtoError) -> FieldDefinition {
        let tag = field.discriminantValue
        return FieldDefinition(
            name: try name(field.name), index: index, codeOrder: Int(field.codeOrder),
            discriminant: tag == Self.noDiscriminant ? nil : tag, annotations: try annotations(field.annotations),
            kind: try kind(field, size))
    }

    private static var noDiscriminant: UInt16 { 0xFFFF }

    private mutating func kind(
        _ field: Field.Reader, _ size: StructSize
    ) throws(CapnProtoError) -> FieldDefinition.Kind {
        let which = field.which
        switch which {
        case .slot(let slot):
            let type = try type(slot.type)
            let offset = Int(slot.offset)
            require(Self.fits(type, at: offset, size), else: .outsideOfStruct)
            return .slot(offset: offset, type, default: try defaultValue(slot, of: type))
        case .group(let group): return .group(group.typeId)
        case .unknown:
            note(.unknownKind)
            return .group(0)
        }
    }

    /// A field without a default may lack the value altogether.
    private mutating func defaultValue(
        _ slot: Field.Slot.Reader, of type: SchemaType
    ) throws(CapnProtoError) -> SchemaValue {
        guard slot.hasDefaultValue else { return type.isPointer ? .pointer(nil) : .void }
        return try value(slot.defaultValue, of: type)
    }

    private static func fits(_ type: SchemaType, at offset: Int, _ size: StructSize) -> Bool {
        if type.isPointer { return offset < Int(size.pointerCount) }
        let bits = type.elementSize.dataBits
        return bits == 0 || (offset + 1) * bits <= Int(size.dataWords) * 64
    }
}
