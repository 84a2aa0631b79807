import CapnProto

/// Writes messages of rpc.capnp from plain values.
enum WireWriter {
    /// - Precondition: not a message with a payload: those are built in place, see `OutgoingPayload`.
    static func message(_ wire: WireMessage) -> Message {
        var builder = MessageBuilder(firstSegmentWords: 24)
        write(wire, to: builder.root.initRawStructure(Layout.messageSize))
        return builder.finish()
    }

    /// Sends a message back that this side does not implement.
    static func unimplemented(_ message: Message) -> Message {
        var builder = MessageBuilder(firstSegmentWords: 16 + message.wordCount)
        echo(message, in: builder.root.initRawStructure(Layout.messageSize))
        return builder.finish()
    }

    private static func echo(_ message: Message, in refusal: StructBuilder) {
        refusal.setInteger(0, Layout.Tag.unimplemented)
        do throws(CapnProtoError) {
            try refusal.copy(0, from: message.rootPointer)
        } catch {
            refusal.clear(0)
        }
    }

    private static func write(_ wire: WireMessage, to message: StructBuilder) {
        switch wire {
        case .abort(let exception): write(exception, to: open(message, Layout.Tag.abort, Layout.exceptionSize))
        case .bootstrap(let question):
            open(message, Layout.Tag.bootstrap, Layout.bootstrapSize).setInteger(0, question)
        case .return(let answer): write(answer, to: open(message, Layout.Tag.return, Layout.returnSize))
        case .finish(let question, let releases):
            let finish = open(message, Layout.Tag.finish, Layout.finishSize)
            finish.setInteger(0, question)
            finish.setBool(32, releases, mask: true)
            finish.setBool(33, false, mask: true)
        case .resolve(let promise, let resolution):
            let resolve = open(message, Layout.Tag.resolve, Layout.resolveSize)
            resolve.setInteger(0, promise)
            write(resolution, to: resolve)
        case .release(let id, let count):
            let release = open(message, Layout.Tag.release, Layout.releaseSize)
            release.setInteger(0, id)
            release.setInteger(1, count)
        case .disembargo(let target, let loopback):
            write(target, loopback, to: open(message, Layout.Tag.disembargo, Layout.disembargoSize))
        case .call, .unimplemented, .unsupported: preconditionFailure("\(wire) is not written from a plain value")
        }
    }

    @_lifetime(copy message)
    private static func open(_ message: StructBuilder, _ tag: UInt16, _ size: StructSize) -> StructBuilder {
        message.setInteger(0, tag)
        return message.pointer(0).initRawStructure(size)
    }

    private static func write(_ answer: WireReturn, to body: StructBuilder) {
        writeHeader(answer, to: body)
        if case .exception(let exception) = answer.outcome {
            write(exception, to: body.pointer(0).initRawStructure(Layout.exceptionSize))
        }
    }

    /// Everything but what hangs on the pointer.
    static func writeHeader(_ answer: WireReturn, to body: StructBuilder) {
        body.setInteger(0, answer.answer)
        body.setBool(32, answer.releaseParamCaps, mask: true)
        body.setBool(33, answer.noFinishNeeded)
        let tag: UInt16 =
            switch answer.outcome {
            case .results: 0
            case .exception: 1
            case .canceled: 2
            case .resultsSentElsewhere: 3
            case .takeFromOtherQuestion(let question): tagTaking(from: question, in: body)
            case .unsupported: preconditionFailure("a return is of a kind that this side knows")
            }
        body.setInteger(3, tag)
    }

    private static func tagTaking(from question: UInt32, in body: StructBuilder) -> UInt16 {
        body.setInteger(2, question)
        return 4
    }

    private static func write(_ resolution: WireResolution, to resolve: StructBuilder) {
        switch resolution {
        case .capability(let descriptor):
            resolve.setInteger(2, 0 as UInt16)
            write(descriptor, to: resolve.pointer(0).initRawStructure(Layout.descriptorSize))
        case .exception(let exception):
            resolve.setInteger(2, 1 as UInt16)
            write(exception, to: resolve.pointer(0).initRawStructure(Layout.exceptionSize))
        case .unsupported: preconditionFailure("a resolution is of a kind that this side knows")
        }
    }

    private static func write(_ target: WireTarget, _ loopback: WireLoopback, to disembargo: StructBuilder) {
        write(target, to: disembargo.pointer(0).initRawStructure(Layout.targetSize))
        switch loopback {
        case .sender(let embargo):
            disembargo.setInteger(0, embargo)
            disembargo.setInteger(2, 0 as UInt16)
        case .receiver(let embargo):
            disembargo.setInteger(0, embargo)
            disembargo.setInteger(2, 1 as UInt16)
        case .unsupported: preconditionFailure("a disembargo is of a kind that this side knows")
        }
    }

    static func write(_ target: WireTarget, to body: StructBuilder) {
        switch target {
        case .importedCapability(let id):
            body.setInteger(0, id)
            body.setInteger(2, 0 as UInt16)
        case .promisedAnswer(let question, let transform):
            body.setInteger(2, 1 as UInt16)
            write(question, transform, to: body.pointer(0).initRawStructure(Layout.promisedAnswerSize))
        }
    }

    private static func write(_ question: UInt32, _ transform: Transform, to answer: StructBuilder) {
        answer.setInteger(0, question)
        guard !transform.isEmpty else { return }
        let operations = answer.pointer(0).initRawList(.composite, Layout.operationSize, count: transform.count)
        for (index, field) in transform.enumerated() {
            let operation = operations.structure(at: index)
            operation.setInteger(0, 1 as UInt16)
            operation.setInteger(1, field)
        }
    }

    /// Writes a payload's capability table.
    static func write(_ descriptors: [WireDescriptor], to payload: StructBuilder) {
        guard !descriptors.isEmpty else { return }
        let table = payload.pointer(1).initRawList(.composite, Layout.descriptorSize, count: descriptors.count)
        for (index, descriptor) in descriptors.enumerated() { write(descriptor, to: table.structure(at: index)) }
    }

    private static func write(_ descriptor: WireDescriptor, to body: StructBuilder) {
        switch descriptor {
        case .none: body.setInteger(0, 0 as UInt16)
        case .senderHosted(let id): write(1, id, to: body)
        case .senderPromise(let id): write(2, id, to: body)
        case .receiverHosted(let id): write(3, id, to: body)
        case .receiverAnswer(let question, let transform):
            body.setInteger(0, 4 as UInt16)
            write(question, transform, to: body.pointer(0).initRawStructure(Layout.promisedAnswerSize))
        case .thirdPartyHosted, .unknown: preconditionFailure("this side describes its own capabilities only")
        }
    }

    private static func write(_ tag: UInt16, _ id: UInt32, to descriptor: StructBuilder) {
        descriptor.setInteger(0, tag)
        descriptor.setInteger(1, id)
    }

    private static func write(_ exception: RPCException, to body: StructBuilder) {
        body.setText(0, exception.reason)
        body.setInteger(2, exception.kind.rawValue)
        if !exception.trace.isEmpty { body.setText(1, exception.trace) }
    }
}
