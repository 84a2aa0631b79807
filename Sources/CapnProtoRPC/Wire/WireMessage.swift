/// Messages of rpc.capnp as plain values: everything but the content of a payload, which stays in the message.
///
/// Level 3 (`provide`, `accept`, `join`) and the obsolete messages are `unsupported`: they are echoed as
/// `unimplemented`.
enum WireMessage: Hashable {
    case unimplemented(WireRefusal)
    case abort(RPCException)
    case bootstrap(question: UInt32)
    case call(WireCall)
    case `return`(WireReturn)
    case finish(question: UInt32, releaseResultCaps: Bool)
    case resolve(promise: UInt32, WireResolution)
    case release(id: UInt32, referenceCount: UInt32)
    case disembargo(WireTarget, WireLoopback)
    case unsupported(tag: UInt16)
}

/// Which message of ours the peer does not implement.
enum WireRefusal: Hashable {
    /// The peer does not care what a promise of ours became: what we exported by saying so is to be released.
    case resolve(WireDescriptor?)
    case other(tag: UInt16)
}

/// Where pointers are taken from in a result: pointer fields of nested structs; empty is the content itself.
typealias Transform = [UInt16]

enum WireTarget: Hashable {
    case importedCapability(UInt32)
    case promisedAnswer(UInt32, Transform)
}

enum WireDescriptor: Hashable {
    case none
    case senderHosted(UInt32)
    case senderPromise(UInt32)
    case receiverHosted(UInt32)
    case receiverAnswer(UInt32, Transform)
    /// A capability of a third party, reached through its vine: this side does not speak to third parties.
    case thirdPartyHosted(vine: UInt32)
    /// A kind of a later version.
    case unknown(tag: UInt16)
}

struct WireCall: Hashable {
    enum ResultsTo: Hashable {
        case caller
        case yourself
        /// Level 3, or a kind of a later version.
        case elsewhere
    }

    var question: UInt32
    var target: WireTarget
    var interfaceID: UInt64
    var methodID: UInt16
    var noPromisePipelining = false
    var resultsTo = ResultsTo.caller
    var capabilities: [WireDescriptor] = []
}

struct WireReturn: Hashable {
    enum Outcome: Hashable {
        case results([WireDescriptor])
        case exception(RPCException)
        case canceled
        case resultsSentElsewhere
        case takeFromOtherQuestion(UInt32)
        /// Level 3, or a kind of a later version.
        case unsupported
    }

    var answer: UInt32
    var releaseParamCaps = true
    var noFinishNeeded = false
    var outcome: Outcome

    /// A call ends with a failure; nothing of it stays.
    static func refusal(of answer: UInt32, _ exception: RPCException) -> WireReturn {
        WireReturn(answer: answer, releaseParamCaps: false, noFinishNeeded: true, outcome: .exception(exception))
    }
}

enum WireResolution: Hashable {
    case capability(WireDescriptor)
    case exception(RPCException)
    case unsupported
}

enum WireLoopback: Hashable {
    case sender(UInt32)
    case receiver(UInt32)
    case unsupported
}
