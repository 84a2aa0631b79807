import Primitives
import Quorum
import Simplex
import Storage

// What the audit digest takes of inputs: enough that two runs that differ end apart.
extension SimplexInput {
    func absorb(into audit: inout AuditDigest) {
        switch self {
        case .start(let anchor, let synced):
            audit.absorb(1)
            audit.absorb(anchor.height.value)
            audit.absorb(synced.lsn.value)
        case .message(let message, let sender):
            audit.absorb(2 | UInt64(sender.value) << 8)
            message.absorb(into: &audit)
        case .timer: audit.absorb(3)
        case .synced(let synced): audit.absorb(4 | synced.lsn.value << 8)
        case .signed(let vote): vote.absorb(into: &audit)
        case .verified(let ticket, let results):
            audit.absorb(6 | ticket.value << 8)
            audit.absorb(UInt64(results.count { $0 }))
        case .proposed(let view, let block):
            audit.absorb(7 | view.value << 8)
            audit.absorb(block.map { MockHash.words(of: $0.digest)[0] } ?? 0)
        case .checked(let view, let digest, let isValid):
            audit.absorb((isValid ? 8 : 9) | view.value << 8)
            audit.absorb(MockHash.words(of: digest)[0])
        case .certified(let view, let digest, let isGood):
            audit.absorb((isGood ? 10 : 11) | view.value << 8)
            audit.absorb(MockHash.words(of: digest)[0])
        case .payloadWaits(let waits): audit.absorb(waits ? 12 : 13)
        case .stored(let height): audit.absorb(14 | height.value << 8)
        }
    }
}

extension SimplexMessage {
    func absorb(into audit: inout AuditDigest) {
        switch self {
        case .proposal(let block, let vote):
            audit.absorb(MockHash.words(of: block.digest)[0])
            vote.absorb(into: &audit)
        case .votes(let votes): for vote in votes { vote.absorb(into: &audit) }
        case .certificate(let certificate): certificate.absorb(into: &audit)
        case .status(let status):
            audit.absorb(status.view.value)
            audit.absorb(status.finalView.value)
            audit.absorb(UInt64(status.rounds.count))
        case .request(let wants): audit.absorb(UInt64(wants.count))
        case .block(let block): audit.absorb(MockHash.words(of: block.digest)[0])
        case .run(let blocks, let certificate):
            audit.absorb(UInt64(blocks.count))
            certificate.absorb(into: &audit)
        case .viewRequest: audit.absorb(20)
        case .viewReport(let view, let certificate):
            audit.absorb(view.value)
            certificate?.absorb(into: &audit)
        }
    }
}

extension SignedVote {
    func absorb(into audit: inout AuditDigest) {
        audit.absorb(UInt64(signer.value) << 8 | UInt64(vote.kind.rawValue))
        audit.absorb(vote.view.value)
        audit.absorb(MockHash.words(of: vote.candidate?.block ?? .zero)[0])
    }
}

extension QuorumCertificate {
    func absorb(into audit: inout AuditDigest) {
        audit.absorb(view.value << 8 | UInt64(kind.rawValue))
        audit.absorb(UInt64(signers.count))
        audit.absorb(MockHash.words(of: vote.candidate?.block ?? .zero)[0])
    }
}
