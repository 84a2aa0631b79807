// Stands in until the runtime lands.
public enum CapnProtoError: Error, Hashable, Sendable { case temporary }
public struct ReadLimits: Hashable, Sendable {
    public init() {}
    public static let `default` = ReadLimits()
}
