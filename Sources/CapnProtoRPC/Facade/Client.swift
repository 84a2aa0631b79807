// MARK: What generated code looks like
//
// For `interface Counter { increment @0 (by :UInt32 = 1) -> (value :UInt64); fork @1 () -> (counter :Counter); }` and
// `interface Sink { write @0 (chunk :Data) -> stream; }` (params and results are ordinary structs, nested in the
// interface's namespace):
//
//     public enum Counter {
//         public static let increment = Method<IncrementParams, IncrementResults>(
//             interfaceID: 0x…, methodID: 0, name: "Counter.increment", hasNoCapabilityResults: true)
//         public static let fork = Method<ForkParams, ForkResults>(interfaceID: 0x…, methodID: 1, name: "…")
//
//         public struct Client: CapabilityClient {
//             public static var interfaceID: UInt64 { 0x… }
//             public let capability: Capability
//             public init(_ capability: Capability) { self.capability = capability }
//             /// Hosts a server: one whose methods suspend, or one that is called on `loop` as a function.
//             public init(serving server: some Counter.Server, on loop: any Loop) {
//                 self.init(Capability(serving: server, on: loop))
//             }
//             public init(hosting handler: some Counter.Handler, on loop: any Loop) {
//                 self.init(Capability(hosting: handler, on: loop))
//             }
//
//             // Where the parameters hold no capability (no interface and no AnyPointer):
//             public nonisolated(nonsending) func increment(
//                 _ build: (inout IncrementParams.Builder) throws(RPCException) -> Void = { _ in }
//             ) async throws(RPCException) -> Response<IncrementResults> {
//                 try await capability.call(Counter.increment) { (params, _) throws(RPCException) in try build(&params) }
//             }
//             public func sendIncrement(
//                 _ build: (inout IncrementParams.Builder) -> Void = { _ in }
//             ) -> Pending<IncrementResults> {
//                 capability.send(Counter.increment) { params, _ in build(&params) }
//             }
//             // Where they do, `build` is (inout Params.Builder, inout CapabilityList) and is passed as it is.
//         }
//
//         // Methods that suspend; started in the order of the calls, on the loop, up to where they first suspend.
//         public protocol Server: InterfaceServer {            // or `: Base.Server` where the interface extends Base
//             func increment(_ call: ServerCall<IncrementParams, IncrementResults>) async throws
//             func fork(_ call: ServerCall<ForkParams, ForkResults>) async throws
//         }
//         // Methods that are called on the loop as functions, and answer then or later.
//         public protocol Handler: CallHandler {
//             func increment(_ call: ServerCall<IncrementParams, IncrementResults>) throws
//             func fork(_ call: ServerCall<ForkParams, ForkResults>) throws
//         }
//         public nonisolated(nonsending) static func dispatch(
//             _ call: IncomingCall, to server: some Server
//         ) async throws {
//             switch (call.interfaceID, call.methodID) {
//             case (0x…, 0): try await server.increment(ServerCall(call, Counter.increment))
//             case (0x…, 1): try await server.fork(ServerCall(call, Counter.fork))
//             default: throw call.unknownMethod                // or: try await Base.dispatch(call, to: server)
//             }
//         }
//         public static func dispatch(_ call: IncomingCall, to handler: some Handler) throws { … as above … }
//     }
//     extension Counter.Server {
//         public nonisolated(nonsending) func dispatch(_ call: IncomingCall) async throws {
//             try await Counter.dispatch(call, to: self)
//         }
//     }
//     extension Counter.Handler {
//         public func handle(_ call: IncomingCall) { call.answer { try Counter.dispatch(call, to: self) } }
//     }
//
//     // Fields that are interfaces:
//     Counter.ForkResults.Reader   func counter(in table: CapabilityTable) throws(CapnProtoError) -> Counter.Client {
//                                      table.client(try raw.capability(0))
//                                  }
//     Counter.ForkResults.Builder  mutating func setCounter(_ client: Counter.Client?, in list: inout CapabilityList) {
//                                      raw.setCapability(0, list.add(client))
//                                  }
//     extension Pending where Results == Counter.ForkResults { public var counter: Counter.Client { client(at: [0]) } }
//
//     // A method `-> stream`: no Pending, no results.
//     Sink.write        Method<WriteParams, AnyStruct>(…, hasNoCapabilityResults: true)
//     Sink.Client       nonisolated(nonsending) func write(_ build: …) async throws(RPCException) {
//                           try await capability.stream(Sink.write, build)
//                       }
//     Sink.Server       func write(_ call: ServerCall<WriteParams, AnyStruct>) async throws
//
// And how it is used:
//
//     let counter = mesh.sendGetCounter { $0.start = 40 }.counter       // usable at once: calls on it are pipelined
//     let response = try await counter.increment { $0.by = 2 }          // `let`: a reader needs something to borrow
//     use(response.results.value)
//
//     final class CounterServer: Counter.Handler {                           // lives on the loop
//         var value: UInt64 = 0
//         func increment(_ call: ServerCall<Counter.IncrementParams, Counter.IncrementResults>) {
//             value += UInt64(call.params.by)
//             call.reply { $0.value = value }
//         }
//         func fork(_ call: ServerCall<Counter.ForkParams, Counter.ForkResults>) {
//             let counter = Counter.Client(hosting: CounterServer(value), on: call.loop)
//             call.reply { $0.setCounter(counter, in: &$1) }
//         }
//     }

public import CapnProto
public import Primitives

/// A typed reference to an object of an interface: generated, and nothing but a wrapper of a capability.
public protocol CapabilityClient: Sendable {
    static var interfaceID: UInt64 { get }
    var capability: Capability { get }
    init(_ capability: Capability)
}

extension CapabilityClient {
    /// The same object as another interface: one that it extends, or is known to have.
    public func cast<Other: CapabilityClient>(to _: Other.Type) -> Other { Other(capability) }
}

/// A method of an interface, as generated code names it: what goes in, what comes out, and by which numbers it is
/// known.
public struct Method<Params: StructSchema, Results: StructSchema>: Sendable {
    public let interfaceID: UInt64
    public let methodID: UInt16
    /// For people: `Interface.method`.
    public let name: StaticString
    /// Results of these kinds refer to no capability: neither side keeps anything for pipelining.
    public let hasNoCapabilityResults: Bool

    public init(
        interfaceID: UInt64, methodID: UInt16, name: StaticString, hasNoCapabilityResults: Bool = false
    ) {
        self.interfaceID = interfaceID
        self.methodID = methodID
        self.name = name
        self.hasNoCapabilityResults = hasNoCapabilityResults
    }
}

/// The results of a call: they may be kept, passed on, and read at any time.
public struct Response<Results: StructSchema>: Sendable {
    public let payload: Payload
    private let owned: Owned<Results>

    init(_ payload: Payload) throws(RPCException) {
        self.payload = payload
        do throws(CapnProtoError) {
            owned = try payload.owned(Results.self)
        } catch {
            throw .failed("the results are not what the schema says: \(error)")
        }
    }

    static func reading(_ outcome: Outcome) -> Result<Response, RPCException> {
        switch outcome {
        case .failure(let exception): return .failure(exception)
        case .success(let payload):
            do throws(RPCException) {
                return .success(try Response(payload))
            } catch {
                return .failure(error)
            }
        }
    }

    /// What came back, in place.
    public var results: Results.Reader {
        @_lifetime(borrow self) get { _overrideLifetime(owned.reader, borrowing: self) }
    }
    /// What the capability pointers in `results` mean.
    public var capabilities: CapabilityTable { payload.capabilities }

    /// What came back, as a plain value.
    public func value() throws(RPCException) -> Results.Value {
        do throws(CapnProtoError) {
            return try Results.Value(owned.reader)
        } catch {
            throw .failed("the results are not what the schema says: \(error)")
        }
    }
}

/// A call under way: its results when they come, and at once the capabilities that they will hold.
public struct Pending<Results: StructSchema>: Sendable {
    public let call: PendingCall
    private let outcome: OutcomeCell

    init(_ call: PendingCall, _ outcome: OutcomeCell) {
        self.call = call
        self.outcome = outcome
    }

    /// The client at a place of the results: pointer fields of nested structs. What a generated accessor returns.
    public func client<Client: CapabilityClient>(at transform: [UInt16], as _: Client.Type = Client.self) -> Client {
        Client(call.capability(at: transform))
    }

    /// The results. Cancelling the task that waits cancels the call.
    public nonisolated(nonsending) func response() async throws(RPCException) -> Response<Results> {
        let ended = await withTaskCancellationHandler {
            await outcome.value()
        } onCancel: { [call] in
            call.cancel()
        }
        return try Response<Results>.reading(ended).get()
    }

    /// The results, if they come in time. If they don't, the call is cancelled and ends as `overloaded`.
    public nonisolated(nonsending) func response(within limit: Interval) async throws(RPCException) -> Response<Results> {
        let forget = call.cancel(after: limit) { [outcome] in
            outcome.fill(.failure(.overloaded("no answer within \(limit.milliseconds) ms")))
        }
        defer { forget() }
        return try await response()
    }

    public func cancel() { call.cancel() }
}
