// What proves something to a stranger: the genesis that names a network, the headers of its blocks, the signatures that make them final,
// and the bundles that tie one value to all of these.
//
// Vocabulary. A *genesis* is the canonical bytes whose SHA-256 is the NetworkID. A *header* commits to a block's payload, state,
// receipts and history. A *finality signature* is the authority's over a header that is durable and will not be rolled back. A *proof
// bundle* holds all that a verifier needs who trusts a NetworkID and nothing else. docs/protocols/state.md draws the bytes.
//
// Everything here is pure: no clock, no store, no network. Decoders refuse what is not canonical, so one value has one digest.

public import Identity
import MeshCrypto
public import Primitives
public import StateTree

/// The canonical description that founds a network and gives it its name.
public struct Genesis: Hashable, Sendable {
    public enum Engine: UInt8, Hashable, Sendable {
        case poa = 1
        case bft = 2
    }

    public struct Validator: Hashable, Sendable {
        public var bundle: PublicBundle
        public var weight: UInt64

        public init(bundle: PublicBundle, weight: UInt64) {
            self.bundle = bundle
            self.weight = weight
        }
    }

    public struct Balance: Hashable, Sendable {
        public var agent: AgentID
        public var asset: String
        /// Unsigned, big-endian, shortest form, at most 32 bytes.
        public var units: [UInt8]

        public init(agent: AgentID, asset: String, units: [UInt8]) {
            self.agent = agent
            self.asset = asset
            self.units = units
        }
    }

    public var name: String
    public var engine: Engine
    public var scheme: SignatureScheme
    public var hashSuite: HashSuite
    public var time: WallTime
    public var threshold: Threshold
    /// Empty under PoA.
    public var validators: [Validator]
    /// Of a PoA network.
    public var authority: PublicBundle?
    /// The nodes of a PoA network.
    public var nodes: [NodeID]
    /// Sorted by (agent, bytes of the asset), without duplicates.
    public var balances: [Balance]
    public var parameters: NetworkParameters

    public struct Threshold: Hashable, Sendable {
        public var numerator: UInt32
        public var denominator: UInt32

        public init(_ numerator: UInt32, _ denominator: UInt32) {
            self.numerator = numerator
            self.denominator = denominator
        }
        public static let twoThirds = Threshold(2, 3)
    }

    /// A PoA network under one authority key.
    public init(
        poa name: String, authority: PublicBundle, nodes: [NodeID], time: WallTime, scheme: SignatureScheme = .hybrid,
        hashSuite: HashSuite = .penumbra, balances: [Balance] = [], parameters: NetworkParameters = NetworkParameters()
    ) {
        self.name = name
        engine = .poa
        self.scheme = scheme
        self.hashSuite = hashSuite
        self.time = time
        threshold = .twoThirds
        validators = []
        self.authority = authority
        self.nodes = nodes
        self.balances = balances.sorted(by: Self.precedes)
        self.parameters = parameters
    }

    /// A BFT network of weighted validators.
    public init(
        bft name: String, validators: [Validator], threshold: Threshold, time: WallTime,
        scheme: SignatureScheme = .hybrid,
        hashSuite: HashSuite = .penumbra, balances: [Balance] = [], parameters: NetworkParameters = NetworkParameters()
    ) {
        self.name = name
        engine = .bft
        self.scheme = scheme
        self.hashSuite = hashSuite
        self.time = time
        self.threshold = threshold
        self.validators = validators
        authority = nil
        nodes = []
        self.balances = balances.sorted { ($0.agent, $0.asset) < ($1.agent, $1.asset) }
        self.parameters = parameters
    }

    public static let version: UInt16 = 1
    public static let maxNameByteCount = 64

    public var networkID: NetworkID { NetworkID(sha256(canonicalBytes)) }

    /// What the header's field of this name holds while the set of signers stays as the genesis says.
    public var nextValidatorsHash: Digest {
        var writer = ByteWriter()
        switch engine {
        case .poa:
            writer.writeRaw(Array("hanzo/authority/v1".utf8))
            writer.write(authority?.digest ?? .zero)
        case .bft:
            writer.writeRaw(Array("hanzo/validators/v1".utf8))
            writer.writeList(validators, Self.write)
        }
        return sha256(writer.bytes)
    }

    public var canonicalBytes: [UInt8] {
        var writer = ByteWriter(capacity: 4096)
        writer.write(Self.version)
        writer.write(name)
        writer.write(engine.rawValue)
        writer.write(scheme.rawValue)
        writer.write(hashSuite.rawValue)
        writer.write(time.milliseconds)
        writer.write(threshold.numerator)
        writer.write(threshold.denominator)
        writer.writeList(validators, Self.write)
        writer.write(authority != nil)
        if let authority { writer.writeRaw(authority.canonicalBytes) }
        writer.writeList(nodes) { $0.write($1.digest) }
        writer.writeList(balances) { writer, balance in
            writer.write(balance.agent.digest)
            writer.write(balance.asset)
            writer.writeBytes(balance.units)
        }
        writer.writeList(parameters.listed) { writer, parameter in
            writer.write(parameter.name)
            writer.write(parameter.value)
        }
        return writer.bytes
    }

    private static func write(_ writer: inout ByteWriter, _ validator: Validator) {
        writer.writeRaw(validator.bundle.canonicalBytes)
        writer.write(validator.weight)
    }
}
