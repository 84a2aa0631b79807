/// A call on its way through a membrane.
public struct MembraneCall: Sendable {
    public let interfaceID: UInt64
    public let methodID: UInt16
    /// The object itself, on the other side of the membrane than its caller.
    public let target: Capability
}

/// What becomes of a call that wants to pass a membrane.
public enum MembraneVerdict: Sendable {
    /// It goes to its target, and what it carries is wrapped.
    case passes
    /// It goes, as it is, to another object, on its caller's side of the membrane.
    case redirected(to: Capability)
    case refused(RPCException)
}

/// Says which calls pass a membrane. Called on the membrane's loop.
public protocol MembranePolicy: AnyObject, Sendable {
    /// A call of the outside on an object inside.
    func judge(inbound call: MembraneCall) -> MembraneVerdict
    /// A call of the inside on an object outside.
    func judge(outbound call: MembraneCall) -> MembraneVerdict
}

extension MembranePolicy {
    public func judge(inbound call: MembraneCall) -> MembraneVerdict { .passes }
    public func judge(outbound call: MembraneCall) -> MembraneVerdict { .passes }
}
