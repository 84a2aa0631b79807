import CapnProto

@testable import CapnProtoCodegen

/// Reads messages as trees, field by field as the schema says, with the runtime's untyped readers.
struct TreeReader {
    let schema: RichSchema
    /// Whether a null text, data or list reads as its default, or as an empty one, as typed getters have it.
    var resolvesDefaults = false

    /// - Parameter expected: tells what untyped pointers are to be taken for.
    func tree(_ message: Message, _ name: String, like expected: Tree? = nil) throws -> Tree {
        try tree(message.rootPointer.structure(), schema.reference(name), like: expected)
    }

    private func tree(_ reader: StructReader, _ reference: SchemaReference, like expected: Tree?) throws -> Tree {
        let structure = schema.structure(reference)
        let tag: UInt16 = structure.discriminantCount > 0 ? reader.integer(structure.discriminantOffset) : 0
        var fields = [Tree.Field]()
        for field in structure.fields where field.discriminant == nil || field.discriminant == tag {
            let like = expected?[field.name]
            let value: Tree =
                switch field.body {
                case .group(let id): try tree(reader, SchemaReference(id: id, brand: reference.brand), like: like)
                case .slot(let offset, let type, let standard):
                    try tree(reader, offset, type.substituting(reference.brand), standard, like: like)
                }
            fields.append(Tree.Field(name: field.name, value: value))
        }
        return .structure(fields)
    }

    private func tree(
        _ reader: StructReader, _ offset: Int, _ type: SchemaType, _ standard: SchemaConstant, like expected: Tree?
    ) throws -> Tree {
        switch type {
        case .void: return .void
        case .bool:
            if case .bool(true) = standard { return .bool(reader.bool(offset, mask: true)) }
            return .bool(reader.bool(offset))
        case _ where type.isPointer:
            if !reader.has(offset) { return try null(type, standard) }
            return try tree(reader.anyPointer(offset), type, like: expected)
        default: return Self.number(reader.bits(offset, type) ^ standard.bits, type)
        }
    }

    /// What a null pointer reads as.
    private func null(_ type: SchemaType, _ standard: SchemaConstant) throws -> Tree {
        guard resolvesDefaults else { return .null }
        switch (type, standard) {
        case (.text, .text(let text)): return .text(text)
        case (.data, .data(let bytes)): return .data(bytes)
        case (.list, .pointer(.some(let segment))):
            let message = try Message(segments: [segment])
            return try tree(message.rootPointer, type, like: nil)
        case (.text, _): return .text("")
        case (.data, _): return .data([])
        case (.list, _): return .list([])
        default: return .null
        }
    }

    private func tree(_ pointer: AnyPointerReader, _ type: SchemaType, like expected: Tree?) throws -> Tree {
        if pointer.isNull { return try null(type, .void) }
        switch type {
        case .text: return .text(try pointer.text().string)
        case .data: return .data(try pointer.bytes().array)
        case .structure(let target): return try tree(pointer.structure(), target, like: expected)
        case .list(let element): return try list(pointer.list(expecting: element.elementSize), element, like: expected)
        case .anyPointer, .anyStruct:
            guard case .untyped(let kind, let inner)? = expected else { return .null }
            if kind == "Text" { return .untyped(kind: kind, .text(try pointer.text().string)) }
            return .untyped(
                kind: kind, try tree(pointer.structure(), schema.reference(kind), like: inner))
        default: return .null
        }
    }

    private func list(_ list: ListReader, _ element: SchemaType, like expected: Tree?) throws -> Tree {
        var items = [Tree]()
        for index in 0..<list.count {
            let like = expected?[index]
            switch element {
            case .void: items.append(.void)
            case .bool: items.append(.bool(list.bool(at: index)))
            case .structure(let target): items.append(try tree(list.structure(at: index), target, like: like))
            case _ where element.isPointer: items.append(try tree(list.anyPointer(at: index), element, like: like))
            default: items.append(Self.number(list.bits(at: index), element))
            }
        }
        return .list(items)
    }

    private static func number(_ bits: UInt64, _ type: SchemaType) -> Tree {
        switch type {
        case .enumeration: .enumeration(UInt16(truncatingIfNeeded: bits))
        case .float32: .float32(UInt32(truncatingIfNeeded: bits))
        case .float64: .float64(bits)
        case .integer(let integer) where integer.rawValue.hasPrefix("U"): .unsigned(bits)
        default:
            .signed((Int64(bitPattern: bits) << (64 - Int64(type.bitWidth))) >> (64 - Int64(type.bitWidth)))
        }
    }
}

extension Tree {
    fileprivate subscript(name: String) -> Tree? {
        guard case .structure(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }
    fileprivate subscript(index: Int) -> Tree? {
        guard case .list(let items) = self, index < items.count else { return nil }
        return items[index]
    }
}
