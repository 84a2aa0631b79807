import Certificates
import Foundation
import Identity
import MeshCrypto
import MeshSchema
import Primitives
import Testing

/// What Vectors/make_vectors.py wrote.
enum Vectors {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors")

    private static let all: [String: String] = {
        do {
            let data = try Data(contentsOf: folder.appendingPathComponent("certificates.json"))
            return try JSONDecoder().decode([String: String].self, from: data)
        } catch { fatalError("the vectors are unreadable: \(error)") }
    }()

    static func bytes(_ name: String) -> [UInt8] {
        guard let bytes = all[name].flatMap(Hex.decode) else { fatalError("no vector \(name)") }
        return bytes
    }
    static func digest(_ name: String) -> Digest {
        guard let digest = Digest(bytes(name)) else { fatalError("vector \(name) is no digest") }
        return digest
    }
    static func digests(_ name: String) -> [Digest] {
        let bytes = bytes(name)
        return stride(from: 0, to: bytes.count, by: 32).compactMap { Digest(bytes[$0..<$0 + 32]) }
    }
}

/// The three identities, the genesis and the batch of the vectors.
enum Cast {
    static let agent = identity(.agent) { $0 }
    static let authority = identity(.authority) { $0 &* 7 &+ 3 }
    static let node = identity(.node) { 255 &- $0 }
    static let genesis = Genesis(
        poa: "vectors", authority: authority.bundle, nodes: [node.nodeID],
        time: WallTime(milliseconds: 1_700_000_000_000),
        balances: [
            Genesis.Balance(agent: agent.agentID, asset: "silver", units: []),
            Genesis.Balance(agent: agent.agentID, asset: "gold", units: [1, 0]),
        ],
        parameters: parameters)
    static let network = genesis.networkID
    static let leaves = (0..<5).map { number in
        CommitBatch.Leaf.Value(
            nonce: 1 << 32 | UInt64(number), expiryHeight: 50 + UInt64(number),
            body: [UInt8](repeating: UInt8(number), count: number * 40))
    }

    /// Names enter out of order and stand in order.
    private static let parameters: NetworkParameters = {
        var parameters = NetworkParameters()
        parameters["max_expiry_height_span"] = 1000
        parameters["heartbeat_ms"] = 500
        return parameters
    }()

    private static func identity(_ kind: IdentityKind, _ seed: (UInt8) -> UInt8) -> SecretIdentity {
        do {
            return try SecretIdentity(kind: kind, name: "", seeds: Secret(copying: (0..<160).map(seed)))
        } catch { fatalError("160 bytes are seeds") }
    }
}

extension [UInt8] {
    func flipped(at index: Int) -> [UInt8] {
        var copy = self
        copy[index] ^= 1
        return copy
    }
}
