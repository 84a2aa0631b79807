import CapnProto
import CapnProtoCodegen
import CapnProtoSchema
import Primitives
import Testing

/// What can't be generated is refused with a text that names the declaration.
struct RefusalTests {
    @Test(arguments: [
        (
            "interface Store(T) { get @0 () -> (value :T); }\nstruct StoreServer {}",
            "test.capnp:Store: `StoreServer` is taken: give one of them a $Swift.name"
        ),
        (
            "struct One $Swift.name(\"Same\") {}\nstruct Two $Swift.name(\"Same\") {}",
            "becomes `Same` like test.capnp:One"
        ),
        ("struct One $Swift.name(\"no name\") {}", "\"no name\" is no Swift identifier"),
        ("struct One $Swift.name(\"1st\") {}", "is no Swift identifier"),
        ("struct One { a @0 :Text; b @1 :Text $Swift.name(\"a\"); }", "two members become `a`"),
        ("struct One { two @0 : .Two; struct Two {} }\nstruct Two {}", "test.capnp:Two: is hidden by another `Two`"),
    ])
    func isRefused(schema: String, reason: String) throws {
        let request = try Tool.request(schema: schema)
        let error = #expect(throws: CodegenError.self) { try generateSwift(request: request) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func bytesThatAreNoRequestAreRefused() {
        #expect(throws: CodegenError.self) { try generateSwift(request: []) }
        #expect(throws: CodegenError.self) { try generateSwift(request: Array(repeating: 0xFF, count: 64)) }
    }

    /// A broken request ends in an error or in text, never in a trap.
    @Test(arguments: ["everything.capnp", "generics.capnp", "services.capnp"])
    func mutatedRequestsNeverTrap(schema: String) throws {
        let request = try Tool.request(schema, prefix: "Tests/CapnProtoCodegenTests/Schemas")
        var failures = 0
        for seed in 0..<40 {
            var bytes = request
            var random = PRNG(seed: UInt64(seed))
            for _ in 0..<3 { bytes[Int.random(in: 8..<bytes.count, using: &random)] = random.bytes(1)[0] }
            do throws(CodegenError) { _ = try generateSwift(request: bytes) } catch { failures += 1 }
        }
        #expect(failures > 0)
    }

    /// A group that is its own struct, or a declaration inside of itself, would have no end.
    @Test func declarationsThatEncloseThemselvesAreRefused() throws {
        let request = try Message(
            framed: Tool.request(schema: "struct One { part :group { x @0 :UInt8; y @1 :UInt8; } }"))
        var message = MessageBuilder()
        try message.copyRoot(request.rootPointer.structure())
        var root = try message.root(CodeGeneratorRequest.self)
        var nodes = try root.nodes
        for index in nodes.indices {
            var node = nodes[index]
            guard try node.asReader.displayName.string == "test.capnp:One" else { continue }
            var structure = node.struct
            var fields = try structure.fields
            var field = fields[0]
            var group = field.group
            group.typeId = node.id
        }
        let broken = message.framed()
        let error = #expect(throws: CodegenError.self) { try generateSwift(request: broken) }
        #expect(error?.description.contains("two places") == true)
    }
}
