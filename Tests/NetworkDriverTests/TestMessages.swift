import CapnProto

@testable import CapnProtoRPC

/// Messages of rpc.capnp, for tests that speak without a session.
enum TestMessages {
    static var bootstrap: Message { WireWriter.message(.bootstrap(question: 0)) }

    /// A call of `echo` on what `bootstrap` brings.
    static func echo(question: UInt32, _ value: Mesh.Echo.Params.Value) -> Message {
        let params = OutgoingPayload.params(Mesh.Echo.Params.self) { params, _ in value.write(to: &params) }
        return params.finish(as: WireCall(
            question: question, target: .promisedAnswer(0, []), interfaceID: Mesh.interfaceID, methodID: 0))
    }
}
