import CapnProto

// MARK: Two-party RPC, level 1
//
// Two vats, one stream of messages between them. Either side asks, answers, and refers to objects of the other.
//
//   question   a call of ours; its identifier is ours          (table: Slab<Question>)
//   answer     a call of the peer; its identifier is the peer's (table: PeerTable<Answer>)
//   export     an object of ours that the peer holds            (table: Slab<Export>)
//   import     an object of the peer that we hold               (table: PeerTable<Import>)
//   embargo    a promise of the peer turned out to be an object of ours, and older calls on it are still on their way
//              back; younger ones wait until they have come     (table: Slab<Embargo>)
//
// `Connection` is the protocol as a value: `receive` and the commands of this side change the tables and append
// `Effects`; there is no clock, no thread and no socket in it. `Session` owns one, on one loop, and performs the
// effects: messages to the transport, calls to their targets, outcomes to their callers. What a call is sent on is a
// `Capability`, which anybody may hold on any thread; dropping it is what releases things at the peer.
//
// The layers, from the wire up:
//
//   Wire/        rpc.capnp as plain values, and the payloads' content as messages
//   Tables/      the two kinds of table
//   Connection/  this state machine
//   Objects/     capabilities, promises, hosted objects, calls in both directions
//   Facade/      `Session`, and what generated code is written against: `CapabilityClient`, `Request`, `ServerCall`
//
// Choices that differ from the C++ implementation, all within the protocol:
//
//   - `finish` is sent as soon as `return` has come, not when the results are dropped: what was imported from them counts
//     by itself, and every later call on a place in them is routed here. Disembargoes that name the question go before it.
//   - A call that turns out to lead back to the peer is asked anew and its results are copied (C++: a tail call), as are
//     calls on their places, at once. Tail calls are what servers say they are: `ServerCall.tailCall`. Those of the peer
//     (`sendResultsTo.yourself`, `takeFromOtherQuestion`) are answered as such.
//   - Results whose places older calls are under way to hold promises there, until those calls have come.
//   - An embargo is a `Promise`: calls that must wait do so as on any other unresolved promise.
//   - Level 3 is declined: `provide`, `accept`, `join` and unknown messages are echoed as `unimplemented`, and a capability
//     of a third party is reached through its vine.
//   - Where a peer has too many calls open, or they hold too many words, the next ones are answered with `overloaded`.
//     Reading is not stopped for that: a server may need the peer's own answers to make progress.
struct Connection {
    let configuration: ConnectionConfiguration
    // SAFETY: the session owns the connection, and only it calls it.
    /// What `Capability` objects and answers refer to.
    unowned(unsafe) let session: Session
    /// What the peer gets for `bootstrap`.
    var bootstrap: Capability?

    var questions: Slab<Question>
    var answers: PeerTable<Answer>
    var exports: Slab<Export>
    var exportIDs: [CapabilityKey: UInt32] = [:]
    var imports: PeerTable<Import>
    var embargoes: Slab<Embargo>
    var callWordCount = 0
    var nextGeneration: UInt64 = 0
    var nextQuestionGeneration: UInt32 = 0
    /// Why it is over; nil while it is not.
    var closeReason: CloseReason?

    init(configuration: ConnectionConfiguration, session: Session, bootstrap: Capability?) {
        self.configuration = configuration
        self.session = session
        self.bootstrap = bootstrap
        questions = Slab(capacity: configuration.maxQuestions)
        answers = PeerTable(capacity: configuration.maxAnswers)
        exports = Slab(capacity: configuration.maxExports)
        imports = PeerTable(capacity: configuration.maxImports)
        embargoes = Slab(capacity: configuration.maxEmbargoes)
    }

    /// How full the tables are: all zero means that nothing was leaked.
    var tableCounts: TableCounts {
        TableCounts(
            questions: questions.count, answers: answers.count, exports: exports.count, imports: imports.count,
            embargoes: embargoes.count, callWords: callWordCount)
    }

    /// Handles one message of the peer. A fault ends the connection and tells the peer why.
    mutating func receive(_ message: Message, effects: inout Effects) {
        guard closeReason == nil else { return }
        do throws(PeerFault) {
            try dispatch(message, effects: &effects)
        } catch {
            abort(error, effects: &effects)
        }
    }

    private mutating func dispatch(_ message: Message, effects: inout Effects) throws(PeerFault) {
        switch try WireReader(bounds: configuration).read(message) {
        case .bootstrap(let question): try receiveBootstrap(question, effects: &effects)
        case .call(let call): try receive(call, in: message, effects: &effects)
        case .return(let answer): try receive(answer, in: message, effects: &effects)
        case .finish(let question, let releases): receiveFinish(question, releases, effects: &effects)
        case .resolve(let promise, let resolution): try receiveResolve(promise, resolution, effects: &effects)
        case .release(let id, let count): try release(export: id, count: Int(count))
        case .disembargo(let target, let loopback):
            try receiveDisembargo(target, loopback, in: message, effects: &effects)
        case .unimplemented(let refusal): try receiveRefusal(refusal, effects: &effects)
        case .abort(let exception): close(.abortedByPeer(exception), effects: &effects)
        case .unsupported: effects.append(.send(WireWriter.unimplemented(message)))
        }
    }
}

/// How many entries each table holds.
public struct TableCounts: Hashable, Sendable {
    public var questions = 0
    public var answers = 0
    public var exports = 0
    public var imports = 0
    public var embargoes = 0
    /// Words of the peer's open calls.
    public var callWords = 0

    public init() {}

    init(questions: Int, answers: Int, exports: Int, imports: Int, embargoes: Int, callWords: Int) {
        self.questions = questions
        self.answers = answers
        self.exports = exports
        self.imports = imports
        self.embargoes = embargoes
        self.callWords = callWords
    }

    public static let empty = TableCounts()
}
