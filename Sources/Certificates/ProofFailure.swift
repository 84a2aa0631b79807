public import Primitives

/// The first check that a proof bundle fails, in the order in which they are made.
public enum ProofFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case malformedBundle
    case unknownVersion(UInt16)
    case otherNetwork(NetworkID)
    case badGenesis(GenesisFailure)
    case badHeader(DecodingFailure)
    case headerOfOtherNetwork
    case headerOfOtherEngine
    case unsupportedEngine
    case unsupportedEpochHops
    case unexpectedSigners
    case otherScheme
    case missingFinality
    case badAuthorityKey
    case badAuthoritySignature
    case malformedStatePath
    case valueOfAbsentKey
    case stateRootMismatch
    case unexpectedCommit
    case malformedCommitValue
    case missingCommit
    case leafOfOtherCommit
    case leafHashMismatch
    case badBatchPath
    case batchRootMismatch
    case badAgentKeys
    case otherAgentsKeys
    case badBatchSignature

    public var description: String {
        switch self {
        case .malformedBundle: "the file is no proof bundle"
        case .unknownVersion(let version): "the bundle has version \(version); this program knows 1"
        case .otherNetwork(let network): "the bundle is of network \(network)"
        case .badGenesis(let failure): "the genesis is invalid: \(failure)"
        case .badHeader(let failure): "the header is invalid: \(failure)"
        case .headerOfOtherNetwork: "the header names another network"
        case .headerOfOtherEngine: "the header is of another engine than the genesis"
        case .unsupportedEngine: "bundles of bft networks are not understood"
        case .unsupportedEpochHops: "a poa bundle has no epoch hops"
        case .unexpectedSigners: "a poa bundle has no signer bundles: its signer stands in the genesis"
        case .otherScheme: "the bundle names another signature scheme than the genesis"
        case .missingFinality: "the bundle carries no authority signature"
        case .badAuthorityKey: "the authority's keys in the genesis are no keys"
        case .badAuthoritySignature: "the authority's signature does not hold for the header"
        case .malformedStatePath: "the state path is malformed"
        case .valueOfAbsentKey: "the bundle says that the key is absent, and carries a value"
        case .stateRootMismatch: "the state path does not lead to the header's state root"
        case .unexpectedCommit: "the bundle carries a commit that its key does not name"
        case .malformedCommitValue: "the value is no commit record"
        case .missingCommit: "the bundle lacks the commit that its key names"
        case .leafOfOtherCommit: "the leaf's nonce is not that of the key"
        case .leafHashMismatch: "the leaf is not the one that the state holds"
        case .badBatchPath: "the batch path does not fit its index and count"
        case .batchRootMismatch: "the batch path does not lead to the batch root that the state holds"
        case .badAgentKeys: "the agent's keys are no keys"
        case .otherAgentsKeys: "the keys are not those of the agent that the key names"
        case .badBatchSignature: "the agent's signature does not hold for the batch"
        }
    }
}
