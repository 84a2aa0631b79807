import CapnProtoCodegen
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
    @Test func mutatedRequestsNeverTrap() throws {
        let request = try Tool.request("everything.capnp", prefix: "Tests/CapnProtoCodegenTests/Schemas")
        var failures = 0
        for seed in 0..<60 {
            var bytes = request
            var random = PRNG(seed: UInt64(seed))
            for _ in 0..<3 { bytes[Int.random(in: 8..<bytes.count, using: &random)] = random.bytes(1)[0] }
            do throws(CodegenError) { _ = try generateSwift(request: bytes) } catch { failures += 1 }
        }
        #expect(failures > 0)
    }
}
