import Identity
public import Primitives
import StateTree

/// Why bytes are no genesis.
public enum GenesisFailure: Error, Hashable, Sendable {
    case malformed(DecodingFailure)
    /// A field holds a number that this program gives no meaning to.
    case unknown(Field, UInt8)
    /// A list is out of order or holds something twice, or a number isn't in its shortest form.
    case notCanonical(Field)
    /// PoA asks for an authority and no validators, BFT for validators and no authority.
    case wrongSigners
    /// Refused because it would be unsafe: the threshold is no fraction between one half and one.
    case badThreshold

    public enum Field: String, Hashable, Sendable { case engine, scheme, hashSuite, balances, units, parameters, name, nodes }
}

extension Genesis {
    /// Reads canonical bytes; whatever else encodes the same values is refused.
    public init(canonicalBytes bytes: [UInt8]) throws(GenesisFailure) {
        var reader = ByteReader(bytes)
        do {
            let version = Int(try reader.read(UInt16.self))
            guard version == Int(Self.version) else { throw DecodingFailure.unknownVersion(version) }
            name = try reader.readString(limit: Self.maxNameByteCount)
            engine = try Self.known(.engine, try reader.read(UInt8.self))
            scheme = try Self.known(.scheme, try reader.read(UInt8.self))
            hashSuite = try Self.known(.hashSuite, try reader.read(UInt8.self))
            time = WallTime(milliseconds: try reader.readInt64())
            threshold = Threshold(try reader.read(UInt32.self), try reader.read(UInt32.self))
            validators = try reader.readList(limit: 1000) { reader throws(DecodingFailure) in
                Validator(bundle: try Self.readBundle(&reader), weight: try reader.read(UInt64.self))
            }
            authority = try reader.readBool() ? try Self.readBundle(&reader) : nil
            nodes = try reader.readList(limit: 1000) { reader throws(DecodingFailure) in NodeID(try reader.readDigest()) }
            balances = try reader.readList(limit: 100_000) { reader throws(DecodingFailure) in
                Balance(
                    agent: AgentID(try reader.readDigest()), asset: try reader.readString(limit: 256),
                    units: try reader.readBytes(limit: 32))
            }
            let listed = try reader.readList(limit: 64) { reader throws(DecodingFailure) in
                NetworkParameters.Listed(name: try reader.readString(limit: 64), value: try reader.read(UInt64.self))
            }
            try reader.finish()
            parameters = try NetworkParameters(listed: listed)
        } catch let failure as DecodingFailure {
            throw .malformed(failure)
        } catch let failure as GenesisFailure {
            throw failure
        } catch {
            throw .notCanonical(.name)
        }
        try checkRules()
    }

    /// The rules that hold between fields.
    public func checkRules() throws(GenesisFailure) {
        guard !name.isEmpty, name.utf8.count <= Self.maxNameByteCount else { throw .notCanonical(.name) }
        guard threshold.denominator > 0, threshold.numerator <= threshold.denominator,
            UInt64(threshold.numerator) * 2 > UInt64(threshold.denominator)
        else { throw .badThreshold }
        switch engine {
        case .poa: guard authority != nil, validators.isEmpty else { throw .wrongSigners }
        case .bft: guard authority == nil, !validators.isEmpty, nodes.isEmpty else { throw .wrongSigners }
        }
        for (earlier, later) in zip(balances, balances.dropFirst()) {
            guard (earlier.agent, earlier.asset) < (later.agent, later.asset) else { throw .notCanonical(.balances) }
        }
        guard balances.allSatisfy({ $0.units.first != 0 }) else { throw .notCanonical(.units) }
        guard Set(nodes).count == nodes.count else { throw .notCanonical(.nodes) }
    }

    private static func known<Value: RawRepresentable<UInt8>>(
        _ field: GenesisFailure.Field, _ raw: UInt8
    ) throws(GenesisFailure) -> Value {
        guard let value = Value(rawValue: raw) else { throw .unknown(field, raw) }
        return value
    }

    private static func readBundle(_ reader: inout ByteReader) throws(DecodingFailure) -> PublicBundle {
        let start = reader.offset
        guard let bundle = PublicBundle(canonicalBytes: Array(try reader.readRaw(PublicBundle.byteCount))) else {
            throw .truncated(offset: start)
        }
        return bundle
    }
}
