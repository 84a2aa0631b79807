/// Why no Swift can be generated. The text says where and how to remedy it.
public struct CodegenError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The display name of the declaration, or empty.
    public let place: String
    public let problem: String

    public init(_ problem: String, at place: String = "") {
        self.place = place
        self.problem = problem
    }

    public var description: String { place.isEmpty ? problem : "\(place): \(problem)" }
}
