public import CapnProto

/// The parameters of a call, or its results, in the message that brought them.
public struct Payload: Sendable {
    enum Place: Sendable { case params, results }

    /// The whole message of rpc.capnp.
    public let message: Message
    let place: Place
    public let capabilities: CapabilityTable

    init(message: Message, place: Place, capabilities: CapabilityTable) {
        self.message = message
        self.place = place
        self.capabilities = capabilities
    }

    /// The content as the schema's method left it open: usually a struct.
    public var content: AnyPointerReader {
        @_lifetime(borrow self) get throws(CapnProtoError) {
            let body = try message.rootPointer.structure().structure(0)
            let payload =
                switch place {
                case .params: try body.structure(1)
                case .results: try body.structure(0)
                }
            return payload.anyPointer(0)
        }
    }

    /// The content as a struct that may be kept and passed on.
    public func owned<Schema: StructSchema>(_: Schema.Type) throws(CapnProtoError) -> Owned<Schema> {
        try Owned<Schema>(message, at: content.structure(Schema.self))
    }

    /// The capability at a place of the content: broken where there is none.
    func capability(at transform: Transform) -> Capability {
        do throws(CapnProtoError) {
            return capabilities[try index(at: transform)]
        } catch {
            return Capability(broken: .failed("the results are not what the schema says: \(error)"))
        }
    }

    /// The same content with other capabilities at the same places.
    func replacing(_ capabilities: [Capability?]) -> Payload {
        Payload(message: message, place: place, capabilities: CapabilityTable(capabilities))
    }

    /// The same content with promises at some places: who takes a capability from there is behind older calls, too.
    func replacing(_ promises: [(transform: Transform, promise: Promise)]) -> Payload {
        var entries = capabilities.all
        for (transform, promise) in promises {
            do throws(CapnProtoError) {
                guard let index = try index(at: transform), Int(index) < entries.count else { continue }
                entries[Int(index)] = Capability(promise)
            } catch {
                continue
            }
        }
        return replacing(entries)
    }

    private func index(at transform: Transform) throws(CapnProtoError) -> UInt32? {
        var pointer = try content
        for field in transform { pointer = try pointer.structure().anyPointer(Int(field)) }
        return try pointer.capability()
    }
}
