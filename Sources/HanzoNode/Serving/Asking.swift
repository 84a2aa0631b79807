import CapnProtoRPC
import NodeCore

/// A capability whose calls become requests to the core.
protocol Asking {
    var shell: NodeShell { get }
    /// In whose name it asks.
    var requester: Requester { get }
}

extension Asking {
    /// - Parameter reply: answers the call, or returns false where the response is not the expected one: then it says what is wrong.
    func ask<Params, Results>(
        _ call: ServerCall<Params, Results>, _ request: Request, reply: @escaping (CoreResponse) -> Bool
    ) {
        shell.ask(request, from: requester) { response in
            if !reply(response) { call.refuse(response) }
        }
    }

    /// A request that is answered with no more than that it was done.
    func done<Params, Results>(_ call: ServerCall<Params, Results>, _ request: Request) {
        ask(call, request) { response in
            guard case .done = response else { return false }
            call.reply()
            return true
        }
    }
}

extension ServerCall {
    /// Answers with what went wrong instead.
    func refuse(_ response: CoreResponse) {
        if case .failure(let refusal) = response { fail(RPCException(refusal)) } else { fail(RPCException.wrongAnswer) }
    }
}
