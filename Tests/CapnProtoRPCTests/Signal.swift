import CapnProtoRPC
import Synchronization

/// Remembers that something was called, from wherever.
final class Signal: Sendable {
    private let state = Mutex<(isRaised: Bool, failure: RPCException?)>((false, nil))

    func raise(_ failure: RPCException?) {
        state.withLock { $0 = (true, failure) }
    }

    var isRaised: Bool { state.withLock { $0.isRaised } }
    var failure: RPCException? { state.withLock { $0.failure } }
}
