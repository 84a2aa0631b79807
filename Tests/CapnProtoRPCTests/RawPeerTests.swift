import CapnProto
import Testing

@testable import CapnProtoRPC

/// One session, and a peer that is a list of messages.
final class RawPeer {
    let line = Pair.Line("session")
    let loop = ManualLoop()
    let session: Session

    init(
        serving handler: CellServer = CellServer(), configuration: ConnectionConfiguration = ConnectionConfiguration()
    ) {
        let loop = loop
        session = Session(
            on: loop, transport: line, bootstrap: Capability(hosting: handler, on: loop), configuration: configuration)
    }

    func send(_ message: WireMessage) {
        session.receive(WireWriter.message(message))
        while loop.run() {}
    }

    func send(_ call: WireCall, number: UInt64 = 0) {
        let params = OutgoingPayload.params(Cell.self) { cell, list in
            cell.number = number
            if !call.capabilities.isEmpty { cell.raw.setCapability(0, 0) }
        }
        session.receive(params.finish(as: call))
        while loop.run() {}
    }

    func answer(_ question: UInt32, _ capabilities: [WireDescriptor] = [], number: UInt64 = 0) {
        let results = OutgoingPayload.results(Cell.self) { cell, _ in
            cell.number = number
            if !capabilities.isEmpty { cell.raw.setCapability(0, 0) }
        }
        session.receive(results.finish(as: WireReturn(answer: question, outcome: .results(capabilities))))
        while loop.run() {}
    }

    /// What the session sent since the last look.
    func take() -> [String] {
        defer { seen = line.transcript.count }
        return line.transcript[seen...].map { String($0.dropFirst("session: ".count)) }
    }
    private var seen = 0

    func call(
        _ question: UInt32, on target: WireTarget, method: UInt16 = 0, to resultsTo: WireCall.ResultsTo = .caller,
        _ capabilities: [WireDescriptor] = []
    ) -> WireCall {
        WireCall(
            question: question, target: target, interfaceID: 0xce11, methodID: method, resultsTo: resultsTo,
            capabilities: capabilities)
    }
}

@Suite("A peer that is not ours")
struct RawPeerTests {
    @Test("a tail call's results stay here and answer our own question")
    func tailCall() {
        let peer = RawPeer(serving: CellServer(CellServer.adding))
        let results = Box<CellResult>()
        let bootstrap = peer.session.bootstrap
        bootstrap.cell(5, into: results)
        #expect(peer.take() == ["bootstrap q0", "call q1 on q0 ce11.5"])
        peer.send(.bootstrap(question: 0))
        #expect(peer.take() == ["return q0 results [senderHosted 0]"])
        // The peer answers q1 by asking our own object, and lets us keep the results.
        peer.send(peer.call(1, on: .importedCapability(0), to: .yourself), number: 8)
        #expect(peer.take() == ["return q1 elsewhere"])
        peer.send(.return(WireReturn(answer: 1, outcome: .takeFromOtherQuestion(1))))
        #expect(results.number == 9)
        #expect(peer.take() == ["finish q1"])
        peer.send(.finish(question: 1, releaseResultCaps: true))
        #expect(peer.session.tableCounts.answers == 1)
        #expect(peer.session.closeReason == nil)
    }

    @Test("a tail call that is taken before it has results, and finished early, still answers")
    func tailCallTakenEarly() {
        var kept: [CellCall] = []
        let peer = RawPeer(serving: CellServer([0: { kept.append($0) }]))
        let results = Box<CellResult>()
        peer.session.bootstrap.cell(5, into: results)
        peer.send(.bootstrap(question: 0))
        peer.send(peer.call(1, on: .importedCapability(0), to: .yourself))
        peer.send(.return(WireReturn(answer: 1, outcome: .takeFromOtherQuestion(1))))
        peer.send(.finish(question: 1, releaseResultCaps: true))
        #expect(results.values.isEmpty)
        kept[0].reply { $0.number = 3 }
        #expect(results.number == 3)
        #expect(peer.session.tableCounts.answers == 1)
    }

    @Test("a tail call whose results lead back here is embargoed")
    func tailCallLoop() {
        let own = CellServer(CellServer.adding)
        var object: Capability?
        let peer = RawPeer(serving: CellServer([0: { call in call.reply { $0.setCapability(object, in: &$1) } }]))
        object = Capability(hosting: own, on: peer.loop)
        let bootstrap = peer.session.bootstrap
        let place = bootstrap.cell(5).capability(at: [0])
        place.cell(0, 1)
        peer.send(.bootstrap(question: 0))
        _ = peer.take()
        peer.send(peer.call(1, on: .importedCapability(0), to: .yourself))
        peer.send(.return(WireReturn(answer: 1, outcome: .takeFromOtherQuestion(1))))
        #expect(peer.take() == ["return q1 elsewhere", "disembargo q1.0 sender 0", "finish q1"])
        place.cell(0, 2)
        while peer.loop.run() {}
        #expect(own.numbers.isEmpty)
        peer.send(peer.call(2, on: .promisedAnswer(1, [0])), number: 1)
        peer.send(.disembargo(.promisedAnswer(1, [0]), .receiver(0)))
        #expect(own.numbers == [1, 2])
        object = nil
    }

    @Test(
        "messages of level 3, and of versions to come, come back as unimplemented",
        arguments: [7, 9, 10, 11, 12, 14, 999])
    func unsupported(_ tag: UInt16) throws {
        let peer = RawPeer()
        var builder = MessageBuilder()
        builder.root.initRawStructure(Layout.messageSize).setInteger(0, tag)
        peer.session.receive(builder.finish())
        #expect(peer.take() == ["unimplemented message #\(tag)"])
        #expect(peer.session.closeReason == nil)
    }

    @Test("a third party's capability is reached through its vine")
    func vine() throws {
        let peer = RawPeer(serving: CapabilityTests.server())
        peer.send(.bootstrap(question: 0))
        _ = peer.take()
        let params = OutgoingPayload.params(Cell.self) { cell, _ in cell.raw.setCapability(0, 0) }
        var call = peer.call(1, on: .importedCapability(0), method: 3)
        call.capabilities = [.senderHosted(77)]
        let message = params.finish(as: call)
        peer.session.receive(try edited(message) { root in
            let table = root.existing.pointer(0).existing.pointer(1).existing
            let descriptors = table.pointer(1).initRawList(.composite, Layout.descriptorSize, count: 1)
            let descriptor = descriptors.structure(at: 0)
            descriptor.setInteger(0, 5 as UInt16)
            let third = descriptor.pointer(0).initRawStructure(StructSize(dataWords: 1, pointerCount: 1))
            third.setInteger(0, 77 as UInt32)
        })
        #expect(peer.take() == ["call q0 on cap 77 ce11.0"])
    }

    /// A copy of a message, changed by `change`.
    private func edited(_ message: Message, _ change: (AnyPointerBuilder) throws -> Void) throws -> Message {
        var builder = MessageBuilder()
        try builder.copyRoot(message.rootPointer.structure())
        try change(builder.root)
        return builder.finish()
    }

    @Test("a peer that ignores `noFinishNeeded` may finish an answer that is gone")
    func finishOfNothing() {
        let peer = RawPeer()
        peer.send(.finish(question: 17, releaseResultCaps: true))
        #expect(peer.session.closeReason == nil && peer.take().isEmpty)
    }

    @Test("a peer that does not care what a promise became gives the reference back")
    func refusedResolve() throws {
        let loop = ManualLoop()
        let promise = Promise(on: loop)
        let peer = RawPeer(serving: CellServer([0: { call in
            call.reply { $0.setCapability(Capability(promise), in: &$1) }
        }]))
        peer.send(.bootstrap(question: 0))
        peer.send(peer.call(1, on: .importedCapability(0)))
        promise.resolve(to: Capability(hosting: CellServer(), on: loop))
        #expect(peer.take().last == "resolve 1 -> senderHosted 2")
        #expect(peer.session.tableCounts.exports == 3)
        peer.session.receive(WireWriter.unimplemented(try Message(framed: peer.line.sent.last!)))
        #expect(peer.session.tableCounts.exports == 2 && peer.session.closeReason == nil)
    }

    @Test("an abort of the peer closes, without an answer")
    func aborted() {
        let peer = RawPeer()
        let results = Box<CellResult>()
        peer.session.bootstrap.cell(0, into: results)
        _ = peer.take()
        peer.send(.abort(.failed("enough")))
        #expect(peer.session.closeReason == .abortedByPeer(.failed("enough")))
        #expect(results.failure?.kind == .disconnected && peer.take().isEmpty)
        #expect(peer.session.tableCounts == .empty)
    }
}
