import Foundation

@testable import CapnProtoCodegen

/// A schema of a folder beside this file, as `capnp compile` sees it.
struct RichSchema: Sendable {
    let nodes: [UInt64: SchemaNode]
    private let names: [String: UInt64]

    init(_ path: String) throws {
        let request = try Program.request(path)
        let model = try schemaModel(request: request)
        nodes = Dictionary(uniqueKeysWithValues: model.nodes.map { ($0.id, $0) })
        let id = model.files[0].id
        names = Dictionary(uniqueKeysWithValues: (nodes[id]?.nested ?? []).map { ($0.name, $0.id) })
    }

    static let rich = Result { try RichSchema("Schemas/rich.capnp") }

    /// A struct at the file's top level.
    func reference(_ name: String) -> SchemaReference { SchemaReference(id: names[name] ?? 0) }
    func name(_ reference: SchemaReference) -> String { nodes[reference.id]?.name ?? "" }

    func structure(_ reference: SchemaReference) -> SchemaStruct {
        guard case .structure(let structure)? = nodes[reference.id]?.body else {
            preconditionFailure("no struct \(reference.id)")
        }
        return structure
    }
    func enumerantCount(_ reference: SchemaReference) -> Int {
        guard case .enumeration(let enumerants)? = nodes[reference.id]?.body else { return 0 }
        return enumerants.count
    }
}
