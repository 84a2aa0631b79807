public import Primitives

/// The place of a message among those of one sender for one recipient: by home epoch, then by counter, which starts at 1.
public struct MailNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var epoch: HomeEpoch
    public var counter: UInt64

    public init(epoch: HomeEpoch, counter: UInt64) {
        self.epoch = epoch
        self.counter = counter
    }

    public static func < (a: MailNumber, b: MailNumber) -> Bool {
        a.epoch == b.epoch ? a.counter < b.counter : a.epoch < b.epoch
    }
    public var description: String { "\(epoch).\(counter)" }
}
