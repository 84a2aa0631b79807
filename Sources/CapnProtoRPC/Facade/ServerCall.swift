public import CapnProto

/// A call of a known method, as generated dispatch hands it to a server. Answer it with `reply`, or throw; a method
/// that suspends and returns without having answered answers with default results.
public struct ServerCall<Params: StructSchema, Results: StructSchema>: Sendable {
    public let call: IncomingCall
    private let owned: Owned<Params>

    /// - Throws: where the parameters are not what the schema says.
    public init(_ call: IncomingCall, _: Method<Params, Results>? = nil) throws(RPCException) {
        self.call = call
        if Results.self == AnyStruct.self { call.beginStreaming() }
        do throws(CapnProtoError) {
            owned = try call.params.owned(Params.self)
        } catch {
            throw .failed("the parameters are not what the schema says: \(error)")
        }
    }

    /// The parameters, in place; they stay for as long as somebody holds the call.
    public var params: Params.Reader {
        @_lifetime(borrow self) get { _overrideLifetime(owned.reader, borrowing: self) }
    }
    /// What the capability pointers in `params` mean.
    public var capabilities: CapabilityTable { call.params.capabilities }
    /// Where capabilities of an answer are best hosted.
    public var loop: any Loop { call.loop }

    /// Answers. `build` fills in the results; capabilities in them are added to the list that it gets.
    public func reply<Failure: Error>(
        _ build: (inout Results.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) {
        call.reply(with: try .results(Results.self, build))
    }

    /// Answers with results that hold no capabilities.
    public func reply<Failure: Error>(_ build: (inout Results.Builder) throws(Failure) -> Void) throws(Failure) {
        call.reply(with: try .results(Results.self) { (results, _) throws(Failure) in try build(&results) })
    }

    /// Answers with a plain value.
    public func reply(_ value: Results.Value) {
        call.reply(with: .results(Results.self) { results, _ in value.write(to: &results) })
    }

    /// Answers with default results.
    public func reply() { call.reply(with: .emptyResults()) }

    /// Says, before there is an answer, what capabilities the results will hold: `build` fills in results whose
    /// capabilities calls may go to at once. The answer is to hold the same.
    /// - Precondition: the caller is on `loop`.
    public func setPipeline<Failure: Error>(
        _ build: (inout Results.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) {
        let payload = try OutgoingPayload.results(Results.self, build).sealed()
        call.setPipeline { place in payload.capability(at: place) }
    }

    /// Answers with the results of another call. Where its target is an object of the caller's vat, they never come
    /// here.
    public func tailCall<OtherParams: StructSchema, Failure: Error>(
        _ target: Capability, _ method: Method<OtherParams, Results>,
        _ build: (inout OtherParams.Builder, inout CapabilityList) throws(Failure) -> Void
    ) throws(Failure) {
        call.answer(with: try OutgoingCall(method, build), on: target)
    }

    public func fail(_ error: any Error) { call.fail(error) }

    /// Runs the rest of a method that answers later; what it throws becomes the answer.
    public func answer(_ body: () throws -> Void) { call.answer(body) }
}
