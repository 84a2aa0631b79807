import Primitives
import Quorum

/// One view, as far as it is known here.
struct Round: Hashable, Sendable {
    enum Certification: Hashable {
        /// Can transition to: asked, passed.
        case none
        /// Can transition to: passed, failed.
        case asked
        case passed
        case failed
    }

    enum Check: Hashable {
        /// Can transition to: asked.
        case none
        /// Can transition to: valid, invalid.
        case asked
        case valid
        case invalid
    }

    let view: View
    let leader: ValidatorIndex
    var pool = VotePool()
    /// At most `maxBlockCount`: the leader's proposal, and what was notarized in its stead.
    private(set) var blocks: [Block] = []
    /// Blocks whose record is in the journal.
    var recorded: [Digest] = []

    /// The first candidate that the leader has signed.
    var proposal: Candidate?
    var check = Check.none
    var isLeaderFaulty = false

    var notarization: QuorumCertificate?
    var nullification: QuorumCertificate?
    var finalization: QuorumCertificate?
    var certification = Certification.none

    var enteredAt: Instant?
    /// When our vote for the proposal went out; nil where it hasn't, or where it was answered.
    var votedAt: Instant?
    /// Until when the leader's proposal is awaited; nil while no block is expected.
    var leaderDeadline: Instant?
    var advanceDeadline: Instant?
    /// Somebody has told us that something waits.
    var isBlockWanted = false
    var isProposing = false
    /// Who was already told how this view ended.
    var answered = SignerSet()

    static let maxBlockCount = 3

    init(view: View, leader: ValidatorIndex) {
        self.view = view
        self.leader = leader
    }

    func block(_ digest: Digest) -> Block? { blocks.first { $0.digest == digest } }

    /// - Returns: whether it is new.
    @discardableResult mutating func keep(_ block: Block) -> Bool {
        guard self.block(block.digest) == nil else { return false }
        if blocks.count == Self.maxBlockCount {
            let needed = [notarization, finalization].compactMap { $0?.vote.candidate?.block } + [proposal?.block]
            guard let spare = blocks.firstIndex(where: { !needed.contains($0.digest) }) else { return false }
            blocks.remove(at: spare)
        }
        blocks.append(block)
        return true
    }

    var certifiedBlock: Block? {
        guard certification == .passed, let digest = notarization?.vote.candidate?.block else { return nil }
        return block(digest)
    }

    func certificate(_ kind: Vote.Kind) -> QuorumCertificate? {
        switch kind {
        case .notarize: notarization
        case .nullify: nullification
        case .finalize: finalization
        }
    }
}

/// The views that are not final yet, and the last one that is: sparse, ascending.
struct RoundTable: Hashable, Sendable {
    private(set) var all: [Round] = []

    /// - Precondition: the view is in the table.
    subscript(view: View) -> Round {
        get { all[place(view)] }
        _modify { yield &all[place(view)] }
    }

    func contains(_ view: View) -> Bool {
        let place = lowerBound(view)
        return place < all.count && all[place].view == view
    }

    func find(_ view: View) -> Round? { contains(view) ? self[view] : nil }

    mutating func ensure(_ view: View, leader: ValidatorIndex) {
        let place = lowerBound(view)
        if place < all.count, all[place].view == view { return }
        all.insert(Round(view: view, leader: leader), at: place)
    }

    mutating func removeAll(below view: View) { all.removeAll { $0.view < view } }

    private func place(_ view: View) -> Int {
        let place = lowerBound(view)
        precondition(place < all.count && all[place].view == view, "a view that is used is in the table")
        return place
    }

    private func lowerBound(_ view: View) -> Int {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].view < view { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
