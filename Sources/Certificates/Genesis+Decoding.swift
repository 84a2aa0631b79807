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
    /// Refused because it would be unsafe or could never be met: under PoA the threshold is no fraction above one half and up to one, under
    /// BFT what exceeds it isn't the quorum of more than two thirds of the weight.
    case badThreshold

    public enum Field: String, Hashable, Sendable {
        case engine, scheme, hashSuite, validators, balances, units, parameters, name, nodes
    }
}

extension Genesis {
    /// Reads canonical bytes; whatever else encodes the same values is refused.
    public init(canonicalBytes bytes: [UInt8]) throws(GenesisFailure) {
        var reader = ByteReader(bytes)
        let head: Head
        let listed: [NetworkParameters.Listed]
        do {
            head = try Head(&reader)
            validators = try reader.readList(limit: 1000) { reader throws(DecodingFailure) in
                Validator(bundle: try Self.readBundle(&reader), weight: try reader.read(UInt64.self))
            }
            authority = try reader.readBool() ? try Self.readBundle(&reader) : nil
            nodes = try reader.readList(limit: 1000) { reader throws(DecodingFailure) in NodeID(try reader.readDigest())
            }
            balances = try reader.readList(limit: 100_000) { reader throws(DecodingFailure) in
                Balance(
                    agent: AgentID(try reader.readDigest()), asset: try reader.readString(limit: 256),
                    units: try reader.readBytes(limit: 32))
            }
            listed = try reader.readList(limit: 64) { reader throws(DecodingFailure) in
                NetworkParameters.Listed(name: try reader.readString(limit: 64), value: try reader.read(UInt64.self))
            }
            try reader.finish()
        } catch {
            throw .malformed(error)
        }
        name = head.name
        engine = try Self.known(.engine, head.engine)
        scheme = try Self.known(.scheme, head.scheme)
        hashSuite = try Self.known(.hashSuite, head.hashSuite)
        time = head.time
        threshold = head.threshold
        parameters = try NetworkParameters(listed: listed)
        try checkRules()
    }

    /// What stands before the lists, as numbers that need not mean anything.
    private struct Head {
        let name: String
        let engine, scheme, hashSuite: UInt8
        let time: WallTime
        let threshold: Threshold

        init(_ reader: inout ByteReader) throws(DecodingFailure) {
            let version = Int(try reader.read(UInt16.self))
            guard version == Int(Genesis.version) else { throw DecodingFailure.unknownVersion(version) }
            name = try reader.readString(limit: Genesis.maxNameByteCount)
            engine = try reader.read()
            scheme = try reader.read()
            hashSuite = try reader.read()
            time = WallTime(milliseconds: try reader.readInt64())
            threshold = Threshold(try reader.read(), try reader.read())
        }
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
