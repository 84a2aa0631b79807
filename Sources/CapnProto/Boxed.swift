/// Where a plain value keeps a struct of its own kind: behind a reference, as a value can't contain itself.
///
/// Generated code puts it on the properties that need it, and they read like any other optional.
@propertyWrapper
public enum Boxed<Wrapped> {
    case none
    indirect case some(Wrapped)

    public init(wrappedValue: Wrapped?) {
        if let wrappedValue { self = .some(wrappedValue) } else { self = .none }
    }
    public var wrappedValue: Wrapped? {
        get {
            switch self {
            case .none: nil
            case .some(let value): value
            }
        }
        set { self = Boxed(wrappedValue: newValue) }
    }
}

extension Boxed: Sendable where Wrapped: Sendable {}
extension Boxed: Equatable where Wrapped: Equatable {}
extension Boxed: Hashable where Wrapped: Hashable {}

extension Boxed: Encodable where Wrapped: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(wrappedValue)
    }
}
extension Boxed: Decodable where Wrapped: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self.init(wrappedValue: container.decodeNil() ? nil : try container.decode(Wrapped.self))
    }
}
