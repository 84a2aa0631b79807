import CapnProto
import Testing

@testable import CapnProtoRPC

/// What is read and written by hand, against what the generator makes of rpc.capnp.
@Suite("Layout of rpc.capnp")
struct LayoutTests {
    private let reader = WireReader(bounds: ConnectionConfiguration())

    private func value(_ message: Message) throws -> RPCSchema.Message.Value {
        try RPCSchema.Message.Value(framed: message.framed())
    }

    @Test("messages without content are what the schema says, and are read back as they were")
    func messages() throws {
        let messages: [WireMessage] = [
            .bootstrap(question: 7),
            .finish(question: 1, releaseResultCaps: false), .finish(question: 2, releaseResultCaps: true),
            .release(id: 3, referenceCount: 4),
            .resolve(promise: 5, .capability(.receiverAnswer(6, [1, 2]))),
            .resolve(promise: 5, .exception(.overloaded("later"))),
            .disembargo(.importedCapability(8), .sender(9)), .disembargo(.promisedAnswer(8, [3]), .receiver(9)),
            .abort(RPCException(.unimplemented, "why", trace: "where")),
            .return(WireReturn(answer: 1, outcome: .canceled)),
            .return(.refusal(of: 2, .failed("no"))),
            .return(WireReturn(answer: 3, outcome: .resultsSentElsewhere)),
            .return(WireReturn(answer: 4, outcome: .takeFromOtherQuestion(11))),
        ]
        for message in messages { #expect(try reader.read(WireWriter.message(message)) == message) }
        #expect(try value(WireWriter.message(messages[1])).which
            == .finish(.init(questionId: 1, releaseResultCaps: false, requireEarlyCancellationWorkaround: false)))
        #expect(try value(WireWriter.message(messages[3])).which == .release(.init(id: 3, referenceCount: 4)))
        #expect(try value(WireWriter.message(messages[0])).which == .bootstrap(.init(questionId: 7)))
        guard case .return(let refusal) = try value(WireWriter.message(messages[10])).which,
            case .exception(let exception) = refusal.which
        else { return #expect(Bool(false), "not a return with an exception") }
        #expect(refusal.answerId == 2 && !refusal.releaseParamCaps && refusal.noFinishNeeded)
        #expect(exception.reason == "no" && exception.type == .failed)
    }

    @Test("a call and its results are what the schema says, and are read back as they were")
    func payloads() throws {
        let descriptors: [WireDescriptor] = [
            .senderHosted(1), .none, .senderPromise(2), .receiverHosted(3), .receiverAnswer(4, [5]),
        ]
        let call = WireCall(
            question: 6, target: .promisedAnswer(7, [8, 9]), interfaceID: 0xfeed, methodID: 10,
            noPromisePipelining: true, resultsTo: .yourself, capabilities: descriptors)
        let message = OutgoingPayload.params(Cell.self) { cell, _ in cell.number = 11 }.finish(as: call)
        #expect(try reader.read(message) == .call(call))
        guard case .call(let generated) = try value(message).which else { return #expect(Bool(false), "not a call") }
        #expect(generated.questionId == 6 && generated.interfaceId == 0xfeed && generated.methodId == 10)
        #expect(generated.noPromisePipelining && !generated.onlyPromisePipeline && !generated.allowThirdPartyTailCall)
        #expect(generated.params?.capTable.map(\.which).first == .senderHosted(1))
        #expect(generated.params?.capTable.allSatisfy { $0.attachedFd == 0xff } == true)
        let answer = WireReturn(answer: 6, releaseParamCaps: false, outcome: .results(descriptors))
        let results = OutgoingPayload.results(Cell.self) { cell, _ in cell.number = 12 }.finish(as: answer)
        #expect(try reader.read(results) == .return(answer))
        guard case .return(let back) = try value(results).which, case .results(let payload) = back.which else {
            return #expect(Bool(false), "not a return with results")
        }
        #expect(payload.capTable.count == 5)
    }
}
