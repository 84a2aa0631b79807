public import Identity
public import MeshSchema
public import Primitives

/// `agent/<agent>`: who an agent is, where its home is and what it says it can do.
public struct AgentRecord: Hashable, Sendable, StateRecord {
    /// Counts the moves; a higher one fences every session of a lower one.
    public var homeEpoch: HomeEpoch
    public var home: NodeID
    /// Unique in the network; empty for an agent without a name.
    public var name: String
    public var role: String
    /// The height of the first registration.
    public var registeredHeight: Height
    public var capabilities: Capabilities.Value
    public var bundle: PublicBundle

    public var id: AgentID { bundle.agentID }

    func write(to writer: inout ByteWriter) {
        writer.write(homeEpoch.value)
        writer.write(home.digest)
        writer.write(name)
        writer.write(role)
        writer.write(registeredHeight.value)
        writer.writeBytes(Self.encode(capabilities))
        writer.writeRaw(bundle.canonicalBytes)
    }

    /// tools ‖ languages ‖ specializations ‖ prices {text taskType ‖ text asset ‖ bytes units}, each a list.
    private static func encode(_ capabilities: Capabilities.Value) -> [UInt8] {
        var writer = ByteWriter()
        for list in [capabilities.tools, capabilities.languages, capabilities.specializations] {
            writer.writeList(list) { $0.write($1) }
        }
        writer.writeList(capabilities.prices) { writer, price in
            writer.write(price.taskType)
            writer.write(price.amount?.asset ?? "")
            writer.writeBytes(price.amount?.units ?? [])
        }
        return writer.bytes
    }

    private static func decode(_ bytes: [UInt8]) throws(DecodingFailure) -> Capabilities.Value {
        var reader = ByteReader(bytes)
        let limit = StateLimits.capabilityCount
        func readText(_ reader: inout ByteReader) throws(DecodingFailure) -> String { try reader.readString() }
        func readPrice(_ reader: inout ByteReader) throws(DecodingFailure) -> Capabilities.Price.Value {
            let type = try reader.readString()
            let amount = Amount.Value(asset: try reader.readString(), units: try reader.readBytes())
            return Capabilities.Price.Value(taskType: type, amount: amount.asset.isEmpty ? nil : amount)
        }
        let capabilities = Capabilities.Value(
            tools: try reader.readList(limit: limit, readText), languages: try reader.readList(limit: limit, readText),
            specializations: try reader.readList(limit: limit, readText),
            prices: try reader.readList(limit: limit, readPrice))
        try reader.finish()
        return capabilities
    }
}

extension AgentRecord {
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        homeEpoch = HomeEpoch(try reader.read(UInt64.self))
        home = NodeID(try reader.readDigest())
        name = try reader.readString()
        role = try reader.readString()
        registeredHeight = Height(try reader.read(UInt64.self))
        capabilities = try Self.decode(try reader.readBytes())
        let offset = reader.offset
        guard let bundle = PublicBundle(canonicalBytes: Array(try reader.readRaw(PublicBundle.byteCount))) else {
            throw .malformed("key bundle", offset: offset)
        }
        self.bundle = bundle
    }
}

extension AgentRecord {
    /// Decodes what stands under an agent's key.
    public init(_ bytes: [UInt8], at key: [UInt8]) throws(StateFailure) { try self.init(bytes, under: key) }
}
