public import CapnProto

/// A message that is built, framed, packed and read. The C++ peer has the same ones, in the same order; what a reader sums up
/// depends on every field, so that neither side can skip any.
public struct Workload: Sendable {
    public let name: String
    /// What one round handles, for the figures: cars, hits, expressions, messages.
    public let items: Int
    public let build: @Sendable (inout MessageBuilder) -> Void
    public let sum: @Sendable (AnyPointerReader) throws(CapnProtoError) -> UInt64

    public static let all: [Workload] = [
        Workload(name: "carsales", items: Cars.count, build: Cars.build, sum: Cars.sum),
        Workload(name: "catrank", items: Search.count, build: Search.build, sum: Search.sum),
        Workload(name: "eval", items: Tree.count, build: Tree.build, sum: Tree.sum),
        Workload(name: "order", items: 1, build: SmallOrder.build, sum: SmallOrder.sum),
    ]

    /// The hits of a search out of Strings instead of another message.
    public static let strings = Workload(
        name: "strings", items: Search.count, build: Search.buildOfStrings, sum: Search.sum)

    public func message() -> MessageBuilder {
        var message = MessageBuilder()
        build(&message)
        return message
    }
}

/// The generator that both sides draw from.
struct Draws {
    private var state: UInt32

    init(seed: UInt32) { state = seed }

    mutating func next(_ bound: UInt32) -> UInt32 {
        state ^= state << 13
        state ^= state >> 17
        state ^= state << 5
        return state % bound
    }
}
