/// A log sequence number: the position of a record in a journal. The first record is 1; 0 stands before all of them.
public struct LSN: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let value: UInt64
    public init(_ value: UInt64) { self.value = value }

    public static let zero = LSN(0)
    public static let first = LSN(1)

    public static func < (a: LSN, b: LSN) -> Bool { a.value < b.value }
    public var next: LSN { LSN(value + 1) }
    /// The LSN before this one; zero stays zero.
    public var previous: LSN { LSN(value == 0 ? 0 : value - 1) }
    public var description: String { String(value) }
}
