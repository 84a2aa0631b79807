import CapnProto

/// A vat's memory of its objects: seals references to them, and finds them again.
///
/// Whatever is wrong with a reference, its bearer learns the same of it: that it is none.
public final class Restorer: Sendable {
    /// Finds an object by its name, for an owner who has shown a reference to it.
    public typealias Find = @Sendable (_ object: [UInt8], _ owner: [UInt8]) throws(RPCException) -> Capability

    private let sealer: any Sealer
    private let find: Find

    public init(sealer: any Sealer, find: @escaping Find) {
        self.sealer = sealer
        self.find = find
    }

    /// A reference to an object, for `owner` alone.
    public func reference(to object: [UInt8], for owner: [UInt8]) -> SturdyRef {
        SturdyRef(owner: owner, object: object, secret: sealer.seal(object, for: owner))
    }

    /// The object of a reference that `bearer` shows.
    public func restore(_ reference: SturdyRef, for bearer: [UInt8]) throws(RPCException) -> Capability {
        let secret = sealer.seal(reference.object, for: bearer)
        guard reference.owner == bearer, SturdyRef.matches(reference.secret, secret) else { throw Self.refusal }
        return try find(reference.object, bearer)
    }

    /// Restores objects for one peer: what that gets once it has shown who it is.
    public func service(for bearer: [UInt8], on loop: any Loop) -> RestorerClient {
        RestorerClient(Capability(hosting: RestorerService(self, bearer), on: loop))
    }

    /// An object that can be saved under the name `object`; all other calls go to `handler`.
    public func persistent(_ handler: any CallHandler, as object: [UInt8]) -> any CallHandler {
        PersistentHandler(handler, object, self)
    }

    static let refusal = RPCException.failed("no such reference")
}

/// What a peer asks for its objects.
///
///     interface Restorer @0xe8a6b5d1f03c7a92 { restore @0 (reference :SturdyRef) -> (object :Capability); }
public struct RestorerClient: CapabilityClient {
    public static var interfaceID: UInt64 { 0xe8a6_b5d1_f03c_7a92 }
    static let restore = Method<Opaque, Opaque>(interfaceID: interfaceID, methodID: 0, name: "Restorer.restore")

    public let capability: Capability
    public init(_ capability: Capability) { self.capability = capability }

    /// The object of a reference: usable at once. Where the reference is none, calls on it fail.
    public func restore(_ reference: SturdyRef) -> Capability {
        capability.send(Self.restore) { params, _ in reference.write(to: params.raw.pointer(0)) }.call
            .capability(at: [0])
    }
}

/// An object that can be found again: `Persistent` of persistent.capnp, with owners as Data.
public struct PersistentClient: CapabilityClient {
    public static var interfaceID: UInt64 { 0xc8cb_212f_cd9f_5691 }
    static let save = Method<Opaque, Opaque>(
        interfaceID: interfaceID, methodID: 0, name: "Persistent.save", hasNoCapabilityResults: true)

    public let capability: Capability
    public init(_ capability: Capability) { self.capability = capability }

    /// A reference to the object, for `owner` alone.
    public nonisolated(nonsending) func save(sealFor owner: [UInt8]) async throws(RPCException) -> SturdyRef {
        try Self.reference(in: try await pendingSave(sealFor: owner).response())
    }

    func pendingSave(sealFor owner: [UInt8]) -> Pending<Opaque> {
        capability.send(Self.save) { params, _ in params.raw.pointer(0).setBytes(owner) }
    }

    static func reference(in response: Response<Opaque>) throws(RPCException) -> SturdyRef {
        do throws(CapnProtoError) {
            return try SturdyRef(response.results.raw.anyPointer(0))
        } catch {
            throw .failed("what was saved is no reference: \(error)")
        }
    }
}

private final class RestorerService: CallHandler {
    private let restorer: Restorer
    private let bearer: [UInt8]

    init(_ restorer: Restorer, _ bearer: [UInt8]) {
        self.restorer = restorer
        self.bearer = bearer
    }

    func handle(_ incoming: IncomingCall) {
        incoming.answer {
            guard incoming.interfaceID == RestorerClient.interfaceID, incoming.methodID == 0 else {
                throw incoming.unknownMethod
            }
            let call = try ServerCall(incoming, RestorerClient.restore)
            let reference = try SturdyRef(call.params.raw.anyPointer(0))
            let object = try restorer.restore(reference, for: bearer)
            call.reply { results, list in results.raw.setCapability(0, list.add(object)) }
        }
    }
}

private final class PersistentHandler: CallHandler {
    private let handler: any CallHandler
    private let object: [UInt8]
    private let restorer: Restorer

    init(_ handler: any CallHandler, _ object: [UInt8], _ restorer: Restorer) {
        self.handler = handler
        self.object = object
        self.restorer = restorer
    }

    func handle(_ incoming: IncomingCall) {
        guard incoming.interfaceID == PersistentClient.interfaceID else { return handler.handle(incoming) }
        incoming.answer {
            guard incoming.methodID == 0 else { throw incoming.unknownMethod }
            let call = try ServerCall(incoming, PersistentClient.save)
            let owner = try call.params.raw.bytes(0).array
            let reference = restorer.reference(to: object, for: owner)
            call.reply { results, _ in reference.write(to: results.raw.pointer(0)) }
        }
    }
}

/// A struct of one pointer, whatever that is.
enum Opaque: StructSchema {
    static var structSize: StructSize { StructSize(dataWords: 0, pointerCount: 1) }

    struct Reader: SchemaReader, ~Escapable {
        let raw: StructReader
        @_lifetime(copy raw) init(_ raw: StructReader) { self.raw = raw }
    }

    struct Builder: SchemaBuilder, ~Escapable {
        let raw: StructBuilder
        @_lifetime(copy raw) init(_ raw: StructBuilder) { self.raw = raw }
    }

    /// Keeps nothing: what the pointer leads to is not known here.
    struct Value: StructValue, Hashable {
        typealias Schema = Opaque
        init() {}
        init(_ reader: Opaque.Reader) throws(CapnProtoError) {}
        func write(to builder: inout Opaque.Builder) {}
    }
}
