// Turns a schema that `capnp compile` has parsed into Swift: a pure function from the request to source files.
//
//     capnp compile -o capnpc-swift:Sources/MeshSchema --src-prefix=schema schema/agent-mesh.capnp
//
//   capnp ──request──▶ SchemaLoader ──▶ SchemaModel ──▶ SchemaIndex ──▶ FileEmitter, one per requested file ──▶ SourceFile
//
// # Vocabulary (schema.capnp's own)
//
//   node        a declaration with an id: file, struct, group, enum, interface, constant, annotation
//   slot        a field that has a place in its struct's data or pointer section; the other fields are groups
//   tag         the number of a union's member, `discriminant` in the schema; the union has a slot for the current one
//   brand       the arguments of a generic declaration
//
// # What is generated
//
// For every struct `Foo`, and nested in it for every group: `Foo.Reader`, `Foo.Builder`, `Foo.Value` and for unions
// `Foo.Which` (plain) and `Foo.Reader.Which` (in place). What they look like, and why everything is `@inlinable`, stands atop
// the CapnProto module. Names are the schema's; keywords get backticks, and names that generated code needs for itself an
// underscore. Annotations of swift.capnp change names and say which module a file belongs to.
// For every interface `Foo`: a constant per method, `Foo.Client`, `Foo.Server`, `Foo.Handler`, and the structs `Foo.Method.Params`
// and `Foo.Method.Results`, over CapnProtoRPC. A struct that holds interfaces gets a `Pipeline`.
// A generic declaration becomes a generic type, `Box<T: PointerSchema>`; the protocols of a generic interface stand at the file's
// top level, as `FooServer<T>` and `FooHandler<T>`. docs/decisions/0002-generics.md has the reasons.
// A file with `$Swift.schema` carries its nodes, and its structs are `DescribedSchema`: CapnProtoDynamic prints and reads them.
// Annotations that are applied become constants, `Foo.Annotations.color`.
//
// The output depends on nothing but the request: no dictionary's order and no date reach it.

import CapnProto
import CapnProtoSchema

/// A file that is to be written, with its path relative to the folder that the user asked for.
public struct SourceFile: Sendable, Hashable {
    public let path: String
    public let text: String

    public init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

/// Generates the Swift that a request asks for: what `capnp compile` writes to a plugin's standard input.
public func generateSwift(request bytes: [UInt8]) throws(CodegenError) -> [SourceFile] {
    try generateSwift(schemaModel(request: bytes))
}

/// The declarations of a request.
func schemaModel(request bytes: [UInt8]) throws(CodegenError) -> SchemaModel {
    do throws(CapnProtoError) {
        let message = try Message(framed: bytes, limits: ReadLimits(traversalWords: 1 << 30, nesting: 1 << 10))
        return try SchemaModel(message.root(CodeGeneratorRequest.self))
    } catch {
        throw CodegenError("the input is no request of `capnp compile`: \(error)")
    }
}

/// Generates the Swift of every requested file, in the request's order.
func generateSwift(_ model: SchemaModel) throws(CodegenError) -> [SourceFile] {
    let index = try SchemaIndex(model)
    var files = [SourceFile]()
    for file in model.files {
        var emitter = try FileEmitter(index: index, file: file.id)
        if let nodes = file.packedNodes { try emitter.emitNodes(nodes, path: file.path) }
        files.append(SourceFile(path: file.path + ".swift", text: try emitter.emit(path: file.path)))
    }
    return files
}
