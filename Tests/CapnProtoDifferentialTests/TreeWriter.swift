import CapnProto

@testable import CapnProtoCodegen

/// Writes trees into messages, field by field as the schema says, with the runtime's untyped builders.
struct TreeWriter {
    let schema: RichSchema

    /// A message with the tree as its root.
    /// - Parameter firstSegmentWords: a small one makes several segments.
    func message(_ tree: Tree, _ name: String, firstSegmentWords: Int = 128) -> Message {
        var message = MessageBuilder(firstSegmentWords: firstSegmentWords)
        let reference = schema.reference(name)
        write(tree, to: message.root.initRawStructure(size(reference)), reference)
        return message.finish(limits: ReadLimits(traversalWords: .max))
    }

    private func size(_ reference: SchemaReference) -> StructSize {
        let structure = schema.structure(reference)
        return StructSize(dataWords: structure.dataWords, pointerCount: structure.pointerCount)
    }

    private func write(_ tree: Tree, to builder: StructBuilder, _ reference: SchemaReference) {
        guard case .structure(let values) = tree else { preconditionFailure("no struct") }
        let structure = schema.structure(reference)
        for value in values {
            guard let field = structure.fields.first(where: { $0.name == value.name }) else { continue }
            if let tag = field.discriminant { builder.setInteger(structure.discriminantOffset, tag) }
            switch field.body {
            case .group(let id): write(value.value, to: builder, SchemaReference(id: id, brand: reference.brand))
            case .slot(let offset, let type, let standard):
                let type = type.substituting(reference.brand)
                if type.isPointer {
                    if value.value != .null { write(value.value, to: builder.pointer(offset), type) }
                } else {
                    write(value.value, to: builder, offset, type, standard)
                }
            }
        }
    }

    private func write(
        _ tree: Tree, to builder: StructBuilder, _ offset: Int, _ type: SchemaType, _ standard: SchemaConstant
    ) {
        if case .bool(let value) = tree {
            var mask = false
            if case .bool(true) = standard { mask = true }
            return builder.setBool(offset, value, mask: mask)
        }
        let bits = tree.bits ^ standard.bits
        switch type {
        case .void: return
        default:
            switch type.bitWidth {
            case 8: builder.setInteger(offset, UInt8(truncatingIfNeeded: bits))
            case 16: builder.setInteger(offset, UInt16(truncatingIfNeeded: bits))
            case 32: builder.setInteger(offset, UInt32(truncatingIfNeeded: bits))
            default: builder.setInteger(offset, bits)
            }
        }
    }

    private func write(_ tree: Tree, to pointer: AnyPointerBuilder, _ type: SchemaType) {
        switch (tree, type) {
        case (.text(let text), _): pointer.setText(text)
        case (.data(let bytes), _): pointer.setBytes(bytes)
        case (.untyped("Text", .text(let text)), _): pointer.setText(text)
        case (.untyped(let kind, let tree), _):
            write(tree, to: pointer, .structure(schema.reference(kind)))
        case (.structure, .structure(let target)):
            write(tree, to: pointer.initRawStructure(size(target)), target)
        case (.list(let items), .list(let element)): write(items, to: pointer, element)
        default: preconditionFailure("\(tree) is no \(type)")
        }
    }

    private func write(_ items: [Tree], to pointer: AnyPointerBuilder, _ element: SchemaType) {
        var structSize = StructSize(dataWords: 0, pointerCount: 0)
        if case .structure(let target) = element { structSize = size(target) }
        let list = pointer.initRawList(element.elementSize, structSize, count: items.count)
        for (index, item) in items.enumerated() where item != .null {
            switch element {
            case .void: continue
            case .bool: list.setBool(item == .bool(true), at: index)
            case .structure(let target): write(item, to: list.structure(at: index), target)
            case _ where element.isPointer: write(item, to: list.pointer(at: index), element)
            default:
                switch element.bitWidth {
                case 8: list.setInteger(UInt8(truncatingIfNeeded: item.bits), at: index)
                case 16: list.setInteger(UInt16(truncatingIfNeeded: item.bits), at: index)
                case 32: list.setInteger(UInt32(truncatingIfNeeded: item.bits), at: index)
                default: list.setInteger(item.bits, at: index)
                }
            }
        }
    }
}

extension Tree {
    fileprivate var bits: UInt64 {
        switch self {
        case .signed(let value): UInt64(bitPattern: value)
        case .unsigned(let value), .float64(let value): value
        case .float32(let value): UInt64(value)
        case .enumeration(let value): UInt64(value)
        default: 0
        }
    }
}
