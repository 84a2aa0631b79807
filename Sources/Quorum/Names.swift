// Newtypes for what votes speak of.

/// A round of consensus: each has one leader. View 0 is the genesis, which is final without a vote.
public struct View: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }

    public static let genesis = View(0)
    public static func < (a: View, b: View) -> Bool { a.value < b.value }
    /// The last view stays the last: strangers choose numbers.
    public var next: View { advanced(by: 1) }
    /// The view before; the genesis stays the genesis.
    public var previous: View { View(value == 0 ? 0 : value - 1) }
    public func advanced(by count: UInt64) -> View {
        let (sum, overflow) = value.addingReportingOverflow(count)
        return View(overflow ? .max : sum)
    }
    public var description: String { String(value) }
}

/// The reign of one validator set.
public struct Epoch: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }
    public static func < (a: Epoch, b: Epoch) -> Bool { a.value < b.value }
    public var description: String { String(value) }
}

/// A validator's place in its epoch's set.
public struct ValidatorIndex: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt8
    public init(_ value: UInt8) { self.value = value }
    public static func < (a: ValidatorIndex, b: ValidatorIndex) -> Bool { a.value < b.value }
    public var description: String { String(value) }
}
