import CapnProto

/// Reads messages of rpc.capnp into plain values. Nothing is allocated that the message has not paid for with its own
/// bytes.
struct WireReader {
    let bounds: ConnectionConfiguration

    func read(_ message: Message) throws(PeerFault) -> WireMessage {
        do {
            return try read(message.rootPointer.structure())
        } catch let error as CapnProtoError {
            throw .malformed("\(error)")
        } catch let fault as PeerFault {
            throw fault
        } catch {
            throw .malformed("\(error)")
        }
    }

    private func read(_ message: StructReader) throws -> WireMessage {
        let tag: UInt16 = message.integer(0)
        let body = message
        switch tag {
        case Layout.Tag.unimplemented: return .unimplemented(try refusal(body.structure(0)))
        case Layout.Tag.abort: return .abort(try exception(body.structure(0)))
        case Layout.Tag.bootstrap: return .bootstrap(question: try body.structure(0).integer(0))
        case Layout.Tag.call: return .call(try call(body.structure(0)))
        case Layout.Tag.return: return .return(try answer(body.structure(0)))
        case Layout.Tag.finish:
            let finish = try body.structure(0)
            return .finish(question: finish.integer(0), releaseResultCaps: finish.bool(32, mask: true))
        case Layout.Tag.resolve: return try resolve(body.structure(0))
        case Layout.Tag.release:
            let release = try body.structure(0)
            return .release(id: release.integer(0), referenceCount: release.integer(1))
        case Layout.Tag.disembargo: return try disembargo(body.structure(0))
        default: return .unsupported(tag: tag)
        }
    }

    private func call(_ call: StructReader) throws -> WireCall {
        let resultsTo: WireCall.ResultsTo =
            switch call.integer(3) as UInt16 {
            case 0: .caller
            case 1: .yourself
            default: .elsewhere
            }
        return WireCall(
            question: call.integer(0), target: try target(call.structure(0)), interfaceID: call.integer(1),
            methodID: call.integer(2), noPromisePipelining: call.bool(129), resultsTo: resultsTo,
            capabilities: try descriptors(call.structure(1)))
    }

    private func answer(_ answer: StructReader) throws -> WireReturn {
        let outcome: WireReturn.Outcome =
            switch answer.integer(3) as UInt16 {
            case 0: .results(try descriptors(answer.structure(0)))
            case 1: .exception(try exception(answer.structure(0)))
            case 2: .canceled
            case 3: .resultsSentElsewhere
            case 4: .takeFromOtherQuestion(answer.integer(2))
            default: .unsupported
            }
        return WireReturn(
            answer: answer.integer(0), releaseParamCaps: answer.bool(32, mask: true), noFinishNeeded: answer.bool(33),
            outcome: outcome)
    }

    private func resolve(_ resolve: StructReader) throws -> WireMessage {
        let resolution: WireResolution =
            switch resolve.integer(2) as UInt16 {
            case 0: .capability(try descriptor(resolve.structure(0)))
            case 1: .exception(try exception(resolve.structure(0)))
            default: .unsupported
            }
        return .resolve(promise: resolve.integer(0), resolution)
    }

    private func disembargo(_ disembargo: StructReader) throws -> WireMessage {
        let loopback: WireLoopback =
            switch disembargo.integer(2) as UInt16 {
            case 0: .sender(disembargo.integer(0))
            case 1: .receiver(disembargo.integer(0))
            default: .unsupported
            }
        return .disembargo(try target(disembargo.structure(0)), loopback)
    }

    /// Which message of ours came back.
    private func refusal(_ message: StructReader) throws -> WireRefusal {
        let tag: UInt16 = message.integer(0)
        guard tag == Layout.Tag.resolve else { return .other(tag: tag) }
        guard case .resolve(_, .capability(let descriptor)) = try resolve(message.structure(0)) else {
            return .resolve(nil)
        }
        return .resolve(descriptor)
    }

    private func target(_ target: StructReader) throws -> WireTarget {
        switch target.integer(2) as UInt16 {
        case 0: return .importedCapability(target.integer(0))
        case 1:
            let (question, transform) = try promisedAnswer(target.structure(0))
            return .promisedAnswer(question, transform)
        default: throw PeerFault.malformed("a target of an unknown kind")
        }
    }

    private func promisedAnswer(_ answer: StructReader) throws -> (UInt32, Transform) {
        let operations = try answer.list(0, expecting: .composite)
        guard operations.count <= bounds.maxTransformLength else {
            throw PeerFault.quotaExceeded(.transformLength)
        }
        var transform: Transform = []
        for index in 0..<operations.count {
            let operation = operations.structure(at: index)
            switch operation.integer(0) as UInt16 {
            case 0: continue
            case 1: transform.append(operation.integer(1))
            default: throw PeerFault.malformed("a transform of an unknown kind")
            }
        }
        return (answer.integer(0), transform)
    }

    private func descriptors(_ payload: StructReader) throws -> [WireDescriptor] {
        guard payload.has(1) else { return [] }
        let table = try payload.list(1, expecting: .composite)
        guard table.count <= bounds.maxCapabilitiesPerMessage else {
            throw PeerFault.quotaExceeded(.capabilitiesPerMessage)
        }
        var descriptors: [WireDescriptor] = []
        descriptors.reserveCapacity(table.count)
        for index in 0..<table.count { descriptors.append(try descriptor(table.structure(at: index))) }
        return descriptors
    }

    private func descriptor(_ descriptor: StructReader) throws -> WireDescriptor {
        let id: UInt32 = descriptor.integer(1)
        let tag: UInt16 = descriptor.integer(0)
        switch tag {
        case 0: return .none
        case 1: return .senderHosted(id)
        case 2: return .senderPromise(id)
        case 3: return .receiverHosted(id)
        case 4:
            let (question, transform) = try promisedAnswer(descriptor.structure(0))
            return .receiverAnswer(question, transform)
        case 5: return .thirdPartyHosted(vine: try descriptor.structure(0).integer(0))
        default: return .unknown(tag: tag)
        }
    }

    private func exception(_ exception: StructReader) throws -> RPCException {
        let kind = RPCException.Kind(rawValue: exception.integer(2)) ?? .failed
        return RPCException(kind, try text(exception, 0), trace: try text(exception, 1))
    }

    /// For people only: cut, and repaired where it is not UTF-8.
    private func text(_ exception: StructReader, _ index: Int) throws -> String {
        let text = try exception.text(index)
        guard text.count > RPCException.maxReasonByteCount else { return text.repaired }
        return String(text.repaired.prefix(RPCException.maxReasonByteCount))
    }
}
