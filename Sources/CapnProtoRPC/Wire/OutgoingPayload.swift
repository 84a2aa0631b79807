public import CapnProto

/// The content of a call or of its answer under construction, in the very message that will be sent, and the
/// capabilities that it refers to.
// SAFETY: whoever builds it is the only one who has it, and hands it over when done; a finished message is never
// written.
public final class OutgoingPayload: @unchecked Sendable {
    let place: Payload.Place
    /// What the indices in the content mean.
    public private(set) var capabilities = CapabilityList()
    /// Nil once the message is finished.
    private var builder: MessageBuilder?
    /// The finished message, where somebody may still read it.
    private var message: Message?

    init(_ place: Payload.Place, firstSegmentWords: Int = 96) {
        self.place = place
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        Self.layOut(&builder, place)
        self.builder = consume builder
    }

    private static func layOut(_ builder: inout MessageBuilder, _ place: Payload.Place) {
        let message = builder.root.initRawStructure(Layout.messageSize)
        switch place {
        case .params:
            message.setInteger(0, Layout.Tag.call)
            let call = message.pointer(0).initRawStructure(Layout.callSize)
            _ = call.pointer(0).initRawStructure(Layout.targetSize)
            _ = call.pointer(1).initRawStructure(Layout.payloadSize)
        case .results:
            message.setInteger(0, Layout.Tag.return)
            let answer = message.pointer(0).initRawStructure(Layout.returnSize)
            _ = answer.pointer(0).initRawStructure(Layout.payloadSize)
        }
    }

    /// Parameters, filled in by `build`.
    public static func params<Schema: StructSchema, Failure: Error>(
        _: Schema.Type, _ build: (inout Schema.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) -> OutgoingPayload {
        let payload = OutgoingPayload(.params)
        try payload.fill(Schema.self, build)
        return payload
    }

    /// Results, filled in by `build`.
    public static func results<Schema: StructSchema, Failure: Error>(
        _: Schema.Type, _ build: (inout Schema.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) -> OutgoingPayload {
        let payload = OutgoingPayload(.results)
        try payload.fill(Schema.self, build)
        return payload
    }

    /// Results without content.
    public static func emptyResults() -> OutgoingPayload { OutgoingPayload(.results, firstSegmentWords: 8) }

    /// Results whose content is nothing but a capability.
    convenience init(content capability: Capability) {
        self.init(.results, firstSegmentWords: 16)
        let index = capabilities.add(capability)
        withContent { content in content.setCapability(index) }
    }

    /// A copy of what was received, to go elsewhere.
    convenience init(copying payload: Payload, as place: Payload.Place) throws(CapnProtoError) {
        self.init(place, firstSegmentWords: payload.message.wordCount + 16)
        capabilities = CapabilityList(payload.capabilities)
        try withContent { (content) throws(CapnProtoError) in try content.copy(payload.content) }
    }

    /// About what it will take on the wire.
    var byteCount: Int {
        if let message { return message.wordCount * 8 }
        guard let builder = builder.take() else { return 0 }
        let count = builder.framedByteCount
        self.builder = consume builder
        return count
    }

    private func fill<Schema: StructSchema, Failure: Error>(
        _: Schema.Type, _ build: (inout Schema.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) {
        try withContent { (content) throws(Failure) in
            var builder = content.initStructure(Schema.self)
            try build(&builder, &capabilities)
        }
    }

    private func withContent<Failure: Error>(
        _ body: (AnyPointerBuilder) throws(Failure) -> Void
    ) throws(Failure) {
        guard var builder = builder.take() else { preconditionFailure("a payload is built before it is sent") }
        try body(Self.content(of: &builder, place))
        self.builder = consume builder
    }

    @_lifetime(&builder)
    private static func content(of builder: inout MessageBuilder, _ place: Payload.Place) -> AnyPointerBuilder {
        let payload = builder.root.existing.pointer(0).existing.pointer(place == .params ? 1 : 0)
        return payload.existing.pointer(0)
    }
}

extension OutgoingPayload {
    /// The message of a call, ready to be sent.
    func finish(as call: WireCall) -> Message {
        finish { body in
            body.setInteger(0, call.question)
            body.setInteger(1, call.interfaceID)
            body.setInteger(2, call.methodID)
            body.setInteger(3, call.resultsTo == .yourself ? 1 : 0 as UInt16)
            body.setBool(129, call.noPromisePipelining)
            WireWriter.write(call.target, to: body.pointer(0).existing)
            WireWriter.write(call.capabilities, to: body.pointer(1).existing)
        }
    }

    /// The message of a return with results, ready to be sent.
    func finish(as answer: WireReturn) -> Message {
        guard case .results(let descriptors) = answer.outcome else {
            preconditionFailure("a payload of results is the answer of a return with results")
        }
        let finished = finish { body in
            WireWriter.writeHeader(answer, to: body)
            WireWriter.write(descriptors, to: body.pointer(0).existing)
        }
        if !descriptors.isEmpty { message = finished }
        return finished
    }

    private func finish(_ fill: (StructBuilder) -> Void) -> Message {
        guard var builder = builder.take() else { preconditionFailure("a payload is sent once") }
        fill(builder.root.existing.pointer(0).existing)
        return builder.finish(limits: Self.ownLimits)
    }

    /// The payload as its receiver would see it, where sender and receiver are in one process, or after it was sent.
    func sealed() -> Payload {
        if message == nil { message = finish { _ in } }
        return Payload(message: message!, place: place, capabilities: CapabilityTable(capabilities))
    }

    /// What this side wrote itself may be read as often as it likes.
    private static var ownLimits: ReadLimits { ReadLimits(traversalWords: .max, nesting: 4096) }
}

extension AnyPointerBuilder {
    /// The struct that is there, in a message that this side laid out itself.
    var existing: StructBuilder {
        @_lifetime(copy self) get {
            do throws(CapnProtoError) {
                return try structure(AnyStruct.self).raw
            } catch {
                preconditionFailure("a message of this side is well-formed")
            }
        }
    }
}
