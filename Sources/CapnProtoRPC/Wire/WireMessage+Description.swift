/// One line for each message, as tests and traces draw it.
extension WireMessage: CustomStringConvertible {
    var description: String {
        switch self {
        case .unimplemented(let what): "unimplemented \(what)"
        case .abort(let exception): "abort \(exception)"
        case .bootstrap(let question): "bootstrap q\(question)"
        case .call(let call): "\(call)"
        case .return(let message): "\(message)"
        case .finish(let question, let releases): "finish q\(question)\(releases ? " releasing" : "")"
        case .resolve(let promise, let resolution): "resolve \(promise) -> \(resolution)"
        case .release(let id, let count): "release \(id) x\(count)"
        case .disembargo(let target, let loopback): "disembargo \(target) \(loopback)"
        case .unsupported(let tag): "message #\(tag)"
        }
    }
}

extension WireRefusal: CustomStringConvertible {
    var description: String {
        switch self {
        case .resolve(let descriptor): "resolve\(descriptor.map { " \($0)" } ?? "")"
        case .other(let tag): "message #\(tag)"
        }
    }
}

extension WireTarget: CustomStringConvertible {
    var description: String {
        switch self {
        case .importedCapability(let id): "cap \(id)"
        case .promisedAnswer(let question, let transform): "q\(question)\(Self.describe(transform))"
        }
    }

    static func describe(_ transform: Transform) -> String {
        transform.map { ".\($0)" }.joined()
    }
}

extension WireDescriptor: CustomStringConvertible {
    var description: String {
        switch self {
        case .none: "none"
        case .senderHosted(let id): "senderHosted \(id)"
        case .senderPromise(let id): "senderPromise \(id)"
        case .receiverHosted(let id): "receiverHosted \(id)"
        case .receiverAnswer(let question, let transform):
            "receiverAnswer q\(question)\(WireTarget.describe(transform))"
        case .thirdPartyHosted(let vine): "thirdPartyHosted vine \(vine)"
        case .unknown(let tag): "descriptor #\(tag)"
        }
    }
}

extension WireCall: CustomStringConvertible {
    var description: String {
        let interface = String(interfaceID, radix: 16)
        let elsewhere = resultsTo == .caller ? "" : " to \(resultsTo)"
        return "call q\(question) on \(target) \(interface).\(methodID)\(elsewhere)\(describe(capabilities))"
    }
}

extension WireReturn: CustomStringConvertible {
    var description: String {
        "return q\(answer) \(what)\(releaseParamCaps ? " releasing params" : "")\(noFinishNeeded ? " no finish" : "")"
    }

    private var what: String {
        switch outcome {
        case .results(let capabilities): "results\(describe(capabilities))"
        case .exception(let exception): "\(exception)"
        case .canceled: "canceled"
        case .resultsSentElsewhere: "elsewhere"
        case .takeFromOtherQuestion(let question): "take from q\(question)"
        case .unsupported: "of an unknown kind"
        }
    }
}

extension WireResolution: CustomStringConvertible {
    var description: String {
        switch self {
        case .capability(let descriptor): "\(descriptor)"
        case .exception(let exception): "\(exception)"
        case .unsupported: "an unknown kind"
        }
    }
}

extension WireLoopback: CustomStringConvertible {
    var description: String {
        switch self {
        case .sender(let embargo): "sender \(embargo)"
        case .receiver(let embargo): "receiver \(embargo)"
        case .unsupported: "of an unknown kind"
        }
    }
}

private func describe(_ capabilities: [WireDescriptor]) -> String {
    capabilities.isEmpty ? "" : " [\(capabilities.map(\.description).joined(separator: ", "))]"
}
