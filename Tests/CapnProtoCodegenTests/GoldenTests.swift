import CapnProtoCodegen
import Foundation
import Testing

/// The committed Swift is what the generator makes of the schemas, byte for byte, however often it runs.
struct GoldenTests {
    @Test(arguments: [
        ("schema", "capnp/schema.capnp", "Sources/CapnProtoSchema/schema.capnp.swift"),
        ("schema", "capnp/rpc.capnp", "Sources/CapnProtoRPC/Generated/rpc.capnp.swift"),
        ("schema", "agent-mesh.capnp", "Sources/MeshSchema/agent-mesh.capnp.swift"),
        ("schema", "state.capnp", "Sources/MeshSchema/state.capnp.swift"),
        ("schema", "zap.capnp", "Sources/ZAP/Generated/zap.capnp.swift"),
        (
            "Tests/CapnProtoCodegenTests/Schemas", "everything.capnp",
            "Tests/CapnProtoCodegenTests/Generated/everything.capnp.swift"
        ),
        (
            "Tests/CapnProtoCodegenTests/Schemas", "services.capnp",
            "Tests/CapnProtoCodegenTests/Generated/services.capnp.swift"
        ),
        (
            "Tests/CapnProtoCodegenTests/Schemas", "generics.capnp",
            "Tests/CapnProtoCodegenTests/Generated/generics.capnp.swift"
        ),
        (
            "Tests/CapnProtoCodegenTests/Schemas", "names.capnp",
            "Tests/CapnProtoCodegenTests/Generated/names.capnp.swift"
        ),
    ])
    func committedSwiftIsCurrent(prefix: String, schema: String, swift: String) throws {
        let request = try Tool.request(schema, prefix: prefix)
        let files = try generateSwift(request: request)
        #expect(files.map(\.path) == [schema + ".swift"])
        let committed = try String(contentsOf: Tool.root.appendingPathComponent(swift), encoding: .utf8)
        #expect(files[0].text == committed)
        #expect(try generateSwift(request: request) == files)
    }

    /// Several files in one run come out as in runs of their own.
    @Test func filesDoNotInfluenceOneAnother() throws {
        let names = ["agent-mesh.capnp", "state.capnp", "zap.capnp"]
        let together = try Tool.run(
            "capnp", ["compile", "-Ischema", "--src-prefix=schema", "-o-"] + names.map { "schema/" + $0 })
        let files = try generateSwift(request: together)
        #expect(files.map(\.path) == names.map { $0 + ".swift" })
        for (name, file) in zip(names, files) {
            let alone = try generateSwift(request: Tool.request(name, prefix: "schema"))
            #expect(alone == [file])
        }
    }

    /// Ids, ordinals, offsets and types of our restated schemas are those that Cap'n Proto 1.4.0 ships.
    @Test(arguments: ["schema.capnp", "rpc.capnp"])
    func restatedSchemasHaveTheSameWireFacts(name: String) throws {
        let folder = try Tool.run(
            Tool.python, ["-c", "import capnp, os; print(os.path.dirname(os.path.dirname(capnp.__file__)), end='')"])
        let packages = String(decoding: folder, as: UTF8.self)
        let theirs = try Tool.run(
            "capnp", ["compile", "--no-standard-import", "-I\(packages)", "-ocapnp", "\(packages)/capnp/\(name)"])
        let ours = try Tool.run("capnp", ["compile", "-Ischema", "-ocapnp", "schema/capnp/\(name)"])
        #expect(Self.facts(ours) == Self.facts(theirs))
        #expect(Self.facts(ours).count > 100)
    }

    /// The lines without annotations, in an order of their own: where a declaration stands doesn't matter on the wire.
    private static func facts(_ text: [UInt8]) -> [String] {
        String(decoding: text, as: UTF8.self).split(separator: "\n").map { String($0) }
            .filter { !$0.hasPrefix("#") && !$0.hasPrefix("$") }
            .map { $0.replacing(#/\ \$import "[^"]*"\.name\("[^"]*"\)/#, with: "") }.sorted()
    }
}
