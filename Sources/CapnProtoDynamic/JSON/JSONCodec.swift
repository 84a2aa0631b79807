import CapnProto

/// Messages as JSON and back, as `capnp convert` does, with the annotations of json.capnp.
///
///     let codec = JSONCodec(schemas)
///     let bytes = try codec.encode(person)
///     let message = try codec.message(json: bytes, as: type)
///
/// Numbers of 64 bits and floating point that isn't finite are strings, enums are names (numbers that the schema doesn't
/// know are numbers), Data is a list of numbers unless annotated otherwise, Void is null. Pointers that are null are left
/// out, and so is a union's member that the schema doesn't know.
public struct JSONCodec: Sendable {
    let schemas: Schemas
    let plans: [UInt64: JSONPlan]
    let enumPlans: [UInt64: JSONEnumPlan]

    public init(_ schemas: Schemas) {
        self.schemas = schemas
        plans = JSONPlanner(schemas).plans
        enumPlans = schemas.enumerations.mapValues(JSONEnumPlan.init)
    }

    func plan(_ id: UInt64) -> JSONPlan {
        guard let plan = plans[id] else { preconditionFailure("a type of other schemas") }
        return plan
    }
    func enumPlan(_ id: UInt64) -> JSONEnumPlan {
        guard let plan = enumPlans[id] else { preconditionFailure("a type of other schemas") }
        return plan
    }
}

/// How messages are written as JSON.
public struct JSONFormat: Sendable, Hashable {
    /// With spaces, and long lists and objects over several lines.
    public var isPretty: Bool
    /// Which fields are written.
    public var presence: DynamicStruct.Reader.Presence
    /// The most bytes that a message may become.
    public var maxBytes: Int

    public init(
        isPretty: Bool = false, presence: DynamicStruct.Reader.Presence = .notNull, maxBytes: Int = 256 << 20
    ) {
        self.isPretty = isPretty
        self.presence = presence
        self.maxBytes = maxBytes
    }

    public static let short = JSONFormat()
    public static let pretty = JSONFormat(isPretty: true)
}
