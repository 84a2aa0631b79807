import CapnProto
import CapnProtoRPC

/// Messages of a peer, made from small numbers: nearly all of them are well formed, so that a fuzzer gets to what they do
/// instead of to how they are read. Identifiers stay below eight, so that they meet.
struct RPCScript {
    var input: InputReader

    typealias Schema = RPCSchema

    private mutating func id() -> UInt32 {
        let id = input.byte()
        return id == 255 ? .max : UInt32(id % 8)
    }

    mutating func message() -> Message {
        switch input.number(below: 10) {
        case 0: plain(.bootstrap(Schema.Bootstrap.Value(questionId: id())))
        case 1, 2: call()
        case 3, 4: answer()
        case 5: plain(.finish(Schema.Finish.Value(questionId: id(), releaseResultCaps: input.bool())))
        case 6: resolve()
        case 7: plain(.release(Schema.Release.Value(id: id(), referenceCount: id())))
        case 8: disembargo()
        default: rare()
        }
    }

    private func plain(_ which: Schema.Message.Which) -> Message {
        var builder = MessageBuilder()
        builder.setRoot(Schema.Message.Value(which: which))
        return builder.finish()
    }

    private mutating func call() -> Message {
        let tag = input.byte()
        var call = Schema.Call.Value(
            questionId: id(), target: target(), interfaceId: 0xf022, methodId: UInt16(tag % 8),
            params: Schema.Payload.Value(capTable: descriptors()), noPromisePipelining: tag & 16 != 0)
        if tag & 32 != 0 { call.sendResultsTo.which = tag & 64 != 0 ? .yourself : .thirdParty(AnyPointer.Value()) }
        return withContent(.call(call), payload: 1)
    }

    private mutating func answer() -> Message {
        let tag = input.byte()
        var value = Schema.Return.Value(answerId: id(), releaseParamCaps: tag & 8 == 0, noFinishNeeded: tag & 16 != 0)
        switch tag % 8 {
        case 0: value.which = .exception(Schema.Exception.Value(reason: "no"))
        case 1: value.which = .canceled
        case 2: value.which = .resultsSentElsewhere
        case 3: value.which = .takeFromOtherQuestion(id())
        case 4: value.which = .acceptFromThirdParty(AnyPointer.Value())
        default:
            value.which = .results(Schema.Payload.Value(capTable: descriptors()))
            return withContent(.return(value), payload: 0)
        }
        return plain(.return(value))
    }

    private mutating func resolve() -> Message {
        let which: Schema.Resolve.Which =
            input.byte() % 4 == 0 ? .exception(Schema.Exception.Value(reason: "broken")) : .cap(descriptor())
        return plain(.resolve(Schema.Resolve.Value(promiseId: id(), which: which)))
    }

    private mutating func disembargo() -> Message {
        var value = Schema.Disembargo.Value(target: target())
        switch input.number(below: 4) {
        case 0, 1: value.context.which = .senderLoopback(id())
        case 2: value.context.which = .receiverLoopback(id())
        default: value.context.which = .provide(id())
        }
        return plain(.disembargo(value))
    }

    private mutating func rare() -> Message {
        switch input.number(below: 6) {
        case 0: plain(.abort(Schema.Exception.Value(reason: "enough")))
        case 1: plain(.provide(Schema.Provide.Value(questionId: id(), target: target())))
        case 2: plain(.unknown(UInt16(input.byte())))
        case 3:
            plain(
                .unimplemented(
                    Schema.Message.Value(
                        which: .resolve(Schema.Resolve.Value(promiseId: id(), which: .cap(descriptor()))))))
        case 4: plain(.unimplemented(Schema.Message.Value(which: .call(Schema.Call.Value(questionId: id())))))
        default:
            plain(.unimplemented(Schema.Message.Value(which: .bootstrap(Schema.Bootstrap.Value(questionId: id())))))
        }
    }

    private mutating func target() -> Schema.MessageTarget.Value {
        input.bool() ? .init(which: .promisedAnswer(place())) : .init(which: .importedCap(id()))
    }

    private mutating func place() -> Schema.PromisedAnswer.Value {
        let question = id()
        let transform = (0..<input.number(below: 4)).map { _ in
            Schema.PromisedAnswer.Op.Value(which: .getPointerField(UInt16(input.number(below: 3))))
        }
        return Schema.PromisedAnswer.Value(questionId: question, transform: transform)
    }

    private mutating func descriptors() -> [Schema.CapDescriptor.Value] {
        (0..<input.number(below: 5)).map { _ in descriptor() }
    }

    private mutating func descriptor() -> Schema.CapDescriptor.Value {
        switch input.number(below: 7) {
        case 0: .init(which: .none)
        case 1: .init(which: .senderHosted(id()))
        case 2: .init(which: .senderPromise(id()))
        case 3: .init(which: .receiverHosted(id()))
        case 4: .init(which: .receiverAnswer(place()))
        case 5: .init(which: .thirdPartyHosted(Schema.ThirdPartyCapDescriptor.Value(vineId: id())))
        default: .init(which: .unknown(77))
        }
    }

    /// Adds a content with two capability pointers, which may lie outside of the table.
    private mutating func withContent(_ which: Schema.Message.Which, payload: Int) -> Message {
        let indices = (input.number(below: 4), input.number(below: 4))
        var builder = MessageBuilder()
        builder.setRoot(Schema.Message.Value(which: which))
        do throws(CapnProtoError) {
            let message = try builder.root.structure(Schema.Message.self)
            let body =
                payload == 1
                ? try message.raw.pointer(0).structure(Schema.Call.self).raw
                : try message.raw.pointer(0).structure(Schema.Return.self).raw
            let content = try body.pointer(payload).structure(Schema.Payload.self).raw.pointer(0)
                .initRawStructure(StructSize(dataWords: 1, pointerCount: 2))
            content.setCapability(0, UInt32(indices.0))
            content.setCapability(1, UInt32(indices.1))
        } catch {
            preconditionFailure("what was built can be read: \(error)")
        }
        return builder.finish()
    }
}
