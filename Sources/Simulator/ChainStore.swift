import Primitives
import Quorum
import Simplex

/// The final chain of one machine, on a disk that loses what it hasn't synced.
struct ChainStore {
    private(set) var blocks: [Block] = []
    private var certificates: [QuorumCertificate?] = []
    private(set) var syncedCount = 0

    var anchor: Anchor { blocks.last?.anchor ?? .genesis(MockApplication.genesis) }
    var height: Height { Height(UInt64(blocks.count)) }
    var isSynced: Bool { syncedCount == blocks.count }

    mutating func append(_ block: Block, _ certificate: QuorumCertificate?) {
        blocks.append(block)
        certificates.append(certificate)
    }

    mutating func sync() { syncedCount = blocks.count }

    mutating func crash(_ random: inout PRNG) {
        let kept = syncedCount + Int(random.next() % UInt64(blocks.count - syncedCount + 1))
        blocks.removeLast(blocks.count - kept)
        certificates.removeLast(certificates.count - kept)
        syncedCount = kept
    }

    /// Final blocks after a height up to one that has a certificate; about as many as asked for.
    func run(after height: Height, limit: Int) -> ([Block], QuorumCertificate)? {
        let start = Int(clamping: height.value)
        guard start < blocks.count else { return nil }
        let preferred = min(start + limit, blocks.count) - 1
        let below = stride(from: preferred, through: start, by: -1).first { certificates[$0] != nil }
        let end = below ?? (preferred + 1..<blocks.count).first { certificates[$0] != nil }
        guard let end, let certificate = certificates[end], end - start < Want.maxRunCount else { return nil }
        return (Array(blocks[start...end]), certificate)
    }
}
