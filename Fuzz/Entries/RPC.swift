import CapnProto
import CapnProtoRPC
import Synchronization

/// One session and a peer that sends anything. Where the first byte is odd, the rest is a stream as it comes from a socket;
/// else it is a script that also makes this side call, answer late, drop and resolve.
///
/// Whatever comes, no table exceeds its bound, the loop comes to rest, and when all is over nothing is left.
func fuzzRPC(_ input: UnsafeRawBufferPointer) {
    guard let first = input.first else { return }
    let rest = UnsafeRawBufferPointer(rebasing: input.dropFirst())
    let walk = RPCWalk()
    if first & 1 == 1 { walk.feed(rest) } else { walk.play(RPCScript(input: InputReader(rest))) }
    walk.end()
}

/// Runs jobs when told to; everything is on it.
private final class FuzzLoop: Loop {
    private let jobs = Mutex<[@Sendable () -> Void]>([])
    var isCurrent: Bool { true }
    func enqueue(_ job: @escaping @Sendable () -> Void) { jobs.withLock { $0.append(job) } }
    func start(_ operation: @escaping @Sendable () async -> Void) -> @Sendable () -> Void {
        preconditionFailure("no server here suspends")
    }

    private func run() -> Bool {
        let ready = jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        for job in ready { job() }
        return !ready.isEmpty
    }

    func settle() {
        for _ in 0..<10_000 {
            guard run() else { return }
        }
        preconditionFailure("the loop comes to no rest")
    }
}

private final class Sink: Transport {
    var closed = 0
    func send(_ message: Message) {
        precondition(closed == 0, "a message after the end")
        do throws(CapnProtoError) {
            let copy = try Message(framed: message.framed())
            let root = try copy.root(RPCSchema.Message.self)
            precondition(root.raw.size.dataWords > 0, "a message says what it is")
        } catch {
            preconditionFailure("what is sent can be read: \(error)")
        }
    }
    func flush() {}
    func close(_ reason: CloseReason) { closed += 1 }
}

/// Any struct with room for two capabilities.
private enum Pair: StructSchema {
    static var structSize: StructSize { StructSize(dataWords: 1, pointerCount: 2) }
    struct Reader: SchemaReader, ~Escapable {
        let raw: StructReader
        @_lifetime(copy raw) init(_ raw: StructReader) { self.raw = raw }
    }
    struct Builder: SchemaBuilder, ~Escapable {
        let raw: StructBuilder
        @_lifetime(copy raw) init(_ raw: StructBuilder) { self.raw = raw }
    }
    struct Value: StructValue, Hashable {
        typealias Schema = Pair
        init() {}
        init(_ reader: Pair.Reader) throws(CapnProtoError) {}
        func write(to builder: inout Pair.Builder) {}
    }
}

private final class Server: CallHandler {
    unowned let walk: RPCWalk
    init(_ walk: RPCWalk) { self.walk = walk }
    func handle(_ call: IncomingCall) { walk.handle(call) }
}

private final class RPCWalk {
    private static let limits = ReadLimits(traversalWords: 1 << 14, nesting: 24)
    private let loop = FuzzLoop()
    private let sink = Sink()
    private let configuration: ConnectionConfiguration
    private var session: Session?
    private var held: [Capability] = []
    private var kept: [IncomingCall] = []
    private var promises: [Promise] = []
    private var calls: [PendingCall] = []
    private var asked = 0
    private let answered = Mutex(0)
    private var membrane: Membrane

    init() {
        var configuration = ConnectionConfiguration()
        (configuration.maxQuestions, configuration.maxAnswers, configuration.maxExports) = (12, 6, 12)
        (configuration.maxImports, configuration.maxEmbargoes, configuration.maxCallWords) = (12, 4, 4096)
        (configuration.maxCapabilitiesPerMessage, configuration.maxTransformLength) = (4, 3)
        (configuration.maxPipelinesPerAnswer, configuration.maxMessageWords) = (3, 1 << 14)
        self.configuration = configuration
        membrane = Membrane(on: loop)
        session = Session(on: loop, transport: sink, configuration: configuration)
        session?.serve(Capability(hosting: Server(self), on: loop))
    }

    /// A stream, as a driver feeds it.
    func feed(_ stream: UnsafeRawBufferPointer) {
        var decoder = FrameDecoder(limits: Self.limits)
        decoder.append(stream)
        do throws(CapnProtoError) {
            while let message = try decoder.next() {
                receive(message)
                loop.settle()
            }
        } catch {
            session?.receive(fault: .malformed("\(error)"))
        }
    }

    func play(_ script: RPCScript) {
        var script = script
        var budget = 200
        while !script.input.isAtEnd, budget > 0 {
            budget -= 1
            let step = script.input.byte()
            if step < 160 { receive(script.message()) } else { act(step, &script.input) }
            if step & 1 == 0 { loop.settle() }
        }
    }

    private func receive(_ message: Message) {
        session?.receive(message)
        check()
    }

    private func act(_ step: UInt8, _ input: inout InputReader) {
        switch step % 8 {
        case 0: if let session { keep([session.bootstrap]) }
        case 1, 2: call(&input)
        case 3: drop(&input)
        case 4: resolve(&input)
        case 5: answerLate(&input)
        case 6: if let call = take(&calls, &input) { call.cancel() }
        default: revoke(&input)
        }
        check()
    }

    private func revoke(_ input: inout InputReader) {
        loop.settle()
        if let given = pick(&input) { keep([input.bool() ? membrane.letIn(given) : membrane.letOut(given)]) }
        guard input.number(below: 4) == 0 else { return }
        membrane.revoke()
        membrane = Membrane(on: loop)
    }

    private func answerLate(_ input: inout InputReader) {
        guard let call = take(&kept, &input) else { return }
        answer(call, with: pick(&input))
    }

    private func pick(_ input: inout InputReader) -> Capability? {
        let index = input.number(below: 8)
        return index < held.count ? held[index] : nil
    }

    @discardableResult
    private func take<Element>(_ list: inout [Element], _ input: inout InputReader) -> Element? {
        list.isEmpty ? nil : list.remove(at: input.number(below: list.count))
    }

    private func call(_ input: inout InputReader) {
        guard let target = pick(&input), calls.count < 20 else { return }
        let given = pick(&input)
        asked += 1
        let method = Method<Pair, Pair>(interfaceID: 0xf022, methodID: 0, name: "fuzz")
        let pending = target.send(method) { (params: inout Pair.Builder, list: inout CapabilityList) in
            params.raw.setCapability(0, given.map { list.add($0) })
        } completion: { [self] result in
            answered.withLock { $0 += 1 }
            keepResults(of: result)
        }
        calls.append(pending)
        keep([pending.capability(at: [UInt16(input.number(below: 2))])])
    }

    private func keepResults(of result: Result<Response<Pair>, RPCException>) {
        guard case .success(let response) = result else { return }
        for index in 0..<min(2, response.capabilities.count) { keep([response.capabilities[UInt32(index)]]) }
    }

    private func keep(_ capabilities: [Capability]) {
        if held.count < 20 { held += capabilities }
    }

    private func drop(_ input: inout InputReader) {
        if input.bool() { take(&held, &input) } else { take(&kept, &input) }
    }

    private func resolve(_ input: inout InputReader) {
        guard let promise = take(&promises, &input) else { return }
        if let capability = pick(&input) { promise.resolve(to: capability) } else { promise.fail(.failed("nothing")) }
    }

    /// Method 0 answers, 1 keeps what comes, 2 gives it back, 3 makes an object, 4 promises one, 5 answers later, 6 passes
    /// the call on to what came, 7 is of a stream. Objects with an interface of their own are behind a membrane.
    func handle(_ call: IncomingCall) {
        let given = call.params.capabilities.count > 0 ? [call.params.capabilities[0]] : []
        switch call.methodID {
        case 0: call.reply(with: .results(Pair.self) { _, _ in })
        case 1:
            keep(given)
            call.reply(with: .results(Pair.self) { _, _ in })
        case 2: answer(call, with: given.first)
        case 3:
            let made = Capability(hosting: Server(self), on: loop)
            answer(call, with: call.params.capabilities.count % 2 == 0 ? made : membrane.letOut(made))
        case 4:
            let promise = Promise(on: loop)
            promises.append(promise)
            answer(call, with: Capability(promise))
        case 5 where kept.count < 20:
            if let place = given.first { call.setPipeline { _ in place } }
            kept.append(call)
        case 6:
            let params = OutgoingPayload.params(Pair.self) { (_: inout Pair.Builder, _: inout CapabilityList) in }
            let next = OutgoingCall(interfaceID: 0xf022, methodID: 0, params: params)
            call.answer(with: next, on: given.first ?? Capability(broken: .failed("nothing came")))
        case 7 where kept.count < 20:
            call.answer {
                _ = try ServerCall<Pair, AnyStruct>(call)
                kept.append(call)
            }
        default: call.fail(call.unknownMethod)
        }
    }

    private func answer(_ call: IncomingCall, with capability: Capability?) {
        let results = OutgoingPayload.results(Pair.self) { (results: inout Pair.Builder, list: inout CapabilityList) in
            results.raw.setCapability(0, capability.map { list.add($0) })
        }
        call.reply(with: results)
    }

    private func check() {
        guard let counts = session?.tableCounts else { return }
        precondition(counts.questions <= configuration.maxQuestions, "questions")
        precondition(counts.answers <= configuration.maxAnswers, "answers")
        precondition(counts.exports <= configuration.maxExports, "exports")
        precondition(counts.imports <= configuration.maxImports, "imports")
        precondition(counts.embargoes <= configuration.maxEmbargoes, "embargoes")
        precondition(counts.callWords <= configuration.maxCallWords, "words of calls")
        if session?.closeReason != nil { precondition(sink.closed == 1, "closed once") }
    }

    /// The transport ends, then everybody lets go.
    func end() {
        session?.close(.disconnected("the end"))
        loop.settle()
        precondition(sink.closed == 1, "closed once")
        (held, kept, calls) = ([], [], [])
        for promise in promises { promise.fail(.failed("the end")) }
        promises = []
        loop.settle()
        membrane.revoke()
        (held, kept) = ([], [])
        loop.settle()
        precondition(session?.tableCounts == .empty, "something is left")
        precondition(answered.withLock { $0 } == asked, "a call without an end")
        session?.serve(nil)
        session = nil
        loop.settle()
    }
}
