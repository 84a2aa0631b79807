import CapnProto
import Testing

@testable import CapnProtoRPC

@Suite("Bounds")
struct QuotaTests {
    private func bounded(_ change: (inout ConnectionConfiguration) -> Void) -> ConnectionConfiguration {
        var configuration = ConnectionConfiguration()
        change(&configuration)
        return configuration
    }

    @Test("one question too many fails at once, and there is room again after an answer")
    func questions() {
        var kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]), client: bounded { $0.maxQuestions = 2 })
        let results = Box<CellResult>(), refused = Box<CellResult>()
        let bootstrap = pair.client.bootstrap  // holds its question
        bootstrap.cell(0, into: results)
        bootstrap.cell(0, into: refused)
        #expect(refused.failure?.kind == .overloaded)
        pair.settle()
        kept[0].reply { $0.number = 1 }
        pair.settle()
        #expect(results.number == 1)
        refused.values = []
        bootstrap.cell(0, into: refused)
        pair.settle()
        #expect(kept.count == 2)
    }

    @Test("a peer with too many open calls is answered overloaded, and what came with the call is given back")
    func answers() {
        var kept: [CellCall] = [], gone = 0
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]), server: bounded { $0.maxAnswers = 3 })
        let results = (0..<5).map { _ in Box<CellResult>() }
        let bootstrap = pair.client.bootstrap
        pair.settle()
        for result in results {
            bootstrap.cell(
                0, 0, Capability(hosting: CellServer(onDeinit: { gone += 1 }), on: pair.loop), into: result)
        }
        pair.settle()
        #expect(kept.count == 3)
        #expect(results.map { $0.failure?.kind } == [nil, nil, nil, .overloaded, .overloaded])
        #expect(gone == 2 && pair.server.tableCounts.answers == 3)
    }

    @Test("calls that hold too many words are refused, and the words are given back with the answers")
    func words() {
        var kept: [CellCall] = []
        let pair = Pair(serving: CellServer([0: { kept.append($0) }]), server: bounded { $0.maxCallWords = 30 })
        let first = Box<CellResult>(), second = Box<CellResult>(), third = Box<CellResult>()
        let bootstrap = pair.client.bootstrap
        bootstrap.cell(0, into: first)
        bootstrap.cell(0, into: second)
        pair.settle()
        #expect(kept.count == 1 && second.failure?.kind == .overloaded)
        #expect(pair.server.tableCounts.callWords > 10)
        kept[0].reply()
        bootstrap.cell(0, into: third)
        pair.settle()
        #expect(kept.count == 2 && third.values.isEmpty)
        kept[1].reply()
        pair.settle()
        #expect(pair.server.tableCounts.callWords == 0)
    }

    @Test("results that would export too much fail, and leave nothing exported")
    func exports() {
        let pair = Pair(
            serving: CellServer([0: { call in
                let made = (0..<3).map { _ in Capability(hosting: CellServer(), on: call.loop) }
                call.reply { cell, list in
                    for capability in made { cell.setCapability(capability, in: &list) }
                }
            }]), server: bounded { $0.maxExports = 3 })
        let results = Box<CellResult>()
        pair.client.bootstrap.cell(0, into: results)
        pair.settle()
        #expect(results.failure?.kind == .overloaded)
        pair.expectNoLeaks()
    }

    @Test("a peer that gives more capabilities than allowed is cut off")
    func imports() {
        var kept: [CellCall] = []
        let peer = RawPeer(serving: CellServer([0: { kept.append($0) }]), configuration: bounded { $0.maxImports = 2 })
        peer.send(.bootstrap(question: 0))
        for question in 1...3 as ClosedRange<UInt32> {
            peer.send(peer.call(question, on: .importedCapability(0), [.senderHosted(question)]))
        }
        #expect(peer.session.closeReason == .peerFault(.quotaExceeded(.imports)))
        #expect(peer.take().last == "abort failed: too many: imports")
    }

    @Test("a capability table and a transform have a longest length")
    func lengths() {
        let table = RawPeer(configuration: bounded { $0.maxCapabilitiesPerMessage = 4 })
        table.send(.bootstrap(question: 0))
        table.send(table.call(1, on: .importedCapability(0), Array(repeating: .none, count: 5)))
        #expect(table.session.closeReason == .peerFault(.quotaExceeded(.capabilitiesPerMessage)))
        let transform = RawPeer(configuration: bounded { $0.maxTransformLength = 4 })
        transform.send(.bootstrap(question: 0))
        transform.send(transform.call(1, on: .promisedAnswer(0, [1, 2, 3, 4, 5])))
        #expect(transform.session.closeReason == .peerFault(.quotaExceeded(.transformLength)))
    }

    @Test("one running answer has a greatest number of places on which calls may wait")
    func pipelines() {
        var kept: [CellCall] = []
        let peer = RawPeer(
            serving: CellServer([0: { kept.append($0) }]), configuration: bounded { $0.maxPipelinesPerAnswer = 2 })
        peer.send(.bootstrap(question: 0))
        peer.send(peer.call(1, on: .importedCapability(0)))
        for field in 0..<3 as Range<UInt16> { peer.send(peer.call(UInt32(field) + 2, on: .promisedAnswer(1, [field]))) }
        #expect(peer.take().last == "return q4 overloaded: too many pipelines on one answer")
        #expect(peer.session.closeReason == nil)
    }

    @Test("with too many embargoes later calls fail rather than overtake")
    func embargoes() {
        let own = CellServer(CellServer.adding)
        let pair = Pair(
            serving: CapabilityTests.server(), client: bounded { $0.maxEmbargoes = 1 })
        let bootstrap = pair.client.bootstrap
        pair.settle()
        let results = Box<CellResult>()
        let places = (0..<2).map { _ in
            bootstrap.cell(2, 0, Capability(hosting: own, on: pair.loop)).capability(at: [0])
        }
        for place in places { place.cell(0, 1) }
        while pair.moveToServer() {}
        pair.moveToClient()
        pair.moveToClient()
        places[1].cell(0, 2, into: results)
        pair.settle()
        #expect(results.failure?.kind == .overloaded)
    }

    @Test("calls that wait, and are given up, take no room: behind a promise, and behind a call of a stream")
    func givenUp() {
        let kept = Box<CellCall>(), loop = ManualLoop(), promise = Promise(on: loop)
        let sink = HostedObject(CellServer([0: { call in
            call.call.beginStreaming()
            kept.values.append(call)
        }]), on: loop)
        let peer = RawPeer(serving: CellServer([
            1: { call in call.reply { $0.setCapability(Capability(promise), in: &$1) } },
            2: { call in call.reply { $0.setCapability(Capability(.hosted(sink)), in: &$1) } },
        ]))
        peer.send(.bootstrap(question: 0))
        peer.send(peer.call(1, on: .importedCapability(0), method: 1))
        peer.send(peer.call(2, on: .importedCapability(0), method: 2))
        for export in 1...2 as ClosedRange<UInt32> {
            peer.send(peer.call(3 + export, on: .importedCapability(export)))  // stays
            for _ in 0..<500 {
                peer.send(peer.call(9, on: .importedCapability(export)))
                peer.send(.finish(question: 9, releaseResultCaps: true))
            }
            peer.send(peer.call(5 + export, on: .importedCapability(export)))
        }
        #expect(promise.waitingCallCount == 2 && sink.waitingCallCount == 1 && kept.values.count == 1)
        #expect(peer.session.closeReason == nil)
        promise.fail(.failed("over"))
        kept.values = []
        peer.session.close(.disconnected("over"))
        #expect(peer.session.tableCounts == .empty)
    }

    @Test("a configuration without room is a problem that is named")
    func problems() {
        #expect(ConnectionConfiguration().problems().isEmpty)
        #expect(bounded { $0.maxAnswers = 0 }.problems() == ["maxAnswers must be at least 1"])
    }
}

@Suite("A peer that breaks the protocol")
struct FaultTests {
    private func fault(_ send: (RawPeer) -> Void) -> PeerFault? {
        var kept: [CellCall] = []
        let peer = RawPeer(serving: CellServer([0: { kept.append($0) }]))
        peer.send(.bootstrap(question: 0))
        send(peer)
        guard case .peerFault(let fault) = peer.session.closeReason else { return nil }
        #expect(peer.take().last == "abort failed: \(fault)")
        #expect(peer.session.tableCounts == .empty)
        return fault
    }

    @Test("each fault has its name, ends the connection, and is told")
    func faults() {
        #expect(fault { $0.send(.bootstrap(question: 0)) } == .questionInUse(0))
        #expect(fault { $0.send($0.call(0, on: .importedCapability(0))) } == .questionInUse(0))
        #expect(fault { $0.send($0.call(1, on: .importedCapability(9))) } == .unknownExport(9))
        #expect(fault { $0.send(.return(WireReturn(answer: 4, outcome: .canceled))) } == .unknownQuestion(4))
        #expect(fault { $0.send(.release(id: 3, referenceCount: 1)) } == .unknownExport(3))
        #expect(fault { $0.send(.release(id: 0, referenceCount: 2)) } == .releasedTooOften(0))
        #expect(fault { $0.send(.release(id: 0, referenceCount: .max)) } == .releasedTooOften(0))
        #expect(fault { $0.send(.disembargo(.importedCapability(0), .receiver(2))) } == .unknownEmbargo(2))
        #expect(fault { $0.send(.disembargo(.importedCapability(0), .sender(2))) } == .straightDisembargo)
        #expect(fault { $0.send(.disembargo(.promisedAnswer(8, []), .sender(2))) } == .straightDisembargo)
        #expect(fault { $0.send($0.call(1, on: .importedCapability(0), [.receiverHosted(5)])) } == .unknownExport(5))
    }

    @Test("answers to questions that were not asked, or have been answered")
    func returns() {
        #expect(fault { peer in
            peer.session.bootstrap.cell(0)
            peer.answer(0)
            peer.answer(0)
        } == .unknownQuestion(0))
        #expect(fault { peer in
            peer.session.bootstrap.cell(0)
            peer.send(.return(WireReturn(answer: 1, outcome: .takeFromOtherQuestion(0))))
        } == .nothingToTake(0))
        #expect(fault { peer in
            peer.session.bootstrap.cell(0)
            peer.send(.return(WireReturn(answer: 1, outcome: .resultsSentElsewhere)))
        } != nil)
    }

    @Test("a resolution of what is no promise, or is resolved already")
    func resolutions() {
        var kept: [CellCall] = []
        let peer = RawPeer(serving: CellServer([0: { kept.append($0) }]))
        peer.send(.bootstrap(question: 0))
        peer.send(peer.call(1, on: .importedCapability(0), [.senderPromise(6)]))
        peer.send(.resolve(promise: 9, .exception(.failed("of something that was dropped"))))
        #expect(peer.session.closeReason == nil)
        peer.send(.resolve(promise: 6, .capability(.senderHosted(7))))
        peer.send(.resolve(promise: 6, .capability(.senderHosted(8))))
        #expect(peer.session.closeReason == .peerFault(.notAPromise(6)))
    }

    @Test("a promise that the peer resolves to itself breaks")
    func selfResolution() {
        var kept: [CellCall] = []
        let peer = RawPeer(serving: CellServer([0: { kept.append($0) }]))
        peer.send(.bootstrap(question: 0))
        peer.send(peer.call(1, on: .importedCapability(0), [.senderPromise(6)]))
        peer.send(.resolve(promise: 6, .capability(.senderPromise(6))))
        let results = Box<CellResult>()
        kept[0].given.cell(0, into: results)
        #expect(results.failure == .failed("a promise became itself"))
    }
}
