public import Primitives

/// A machine of a simulated world: it has a clock, a disk and a line to the network, and is otherwise a value.
///
/// A world knows nothing of what its machines do. Here they are consensus engines (`SimplexMachine`); whole nodes follow
/// by conforming to this.
public protocol Participant {
    associatedtype Message
    /// Power comes on: what the disk holds is read.
    mutating func boot(at now: Instant)
    mutating func receive(_ message: Message, from sender: Int, at now: Instant)
    /// The moment that it asked for has come.
    mutating func wake(at now: Instant)
    /// Power goes: memory is lost, and of what was written since the last sync a part.
    mutating func powerOff()
    /// A new disk in the place of the old one. Only while the power is off.
    mutating func wipe()
    /// After this many effects more the power goes in between two of them.
    mutating func armCrash(afterEffects count: Int)
    var isUp: Bool { get }
    /// What it sends, to identities, since it was asked last.
    mutating func takeOutbox() -> [Outgoing<Message>]
    /// When it wants to be woken next, by its own clock.
    var wakeTime: Instant? { get }
}

/// A message on its way out.
public struct Outgoing<Message> {
    public var recipient: Int
    public var message: Message
}
