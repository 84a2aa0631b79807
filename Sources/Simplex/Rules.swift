@_spi(Sabotage) import Quorum

/// The rules on which safety rests, in one place, so that each can be broken on its own.
///
/// After "Simplex Consensus: A Simple and Fast Consensus Protocol" (Chan and Pass, TCC 2023), with `certify` between
/// notarization and finalization.
struct Rules: Hashable, Sendable {
    let validators: ValidatorSet
    /// Nil in every product.
    let sabotage: Sabotage?

    /// One candidate per view.
    func mayNotarize(_ candidate: Candidate, after made: VoteSigner.Promises) -> Bool {
        if sabotage == .notarizeTwice { return true }
        return !made.isNullified && made.finalized == nil && (made.notarized == nil || made.notarized == candidate)
    }

    /// Not where we gave the view up, and no other candidate than the one that we notarized.
    func mayFinalize(_ candidate: Candidate, after made: VoteSigner.Promises) -> Bool {
        if made.isNullified, sabotage != .finalizeAfterNullify { return false }
        guard made.finalized == nil || made.finalized == candidate else { return false }
        return made.notarized == nil || made.notarized == candidate
    }

    /// Any two quorums share a validator that isn't faulty.
    var quorum: UInt64 { sabotage == .quorumTooSmall ? validators.tolerance + 1 : validators.quorum }

    /// Nothing counts the same validator twice.
    func counts(_ signer: ValidatorIndex, after counted: SignerSet) -> Bool {
        !counted.contains(signer) || sabotage == .countRepeatedVotes
    }

    /// A certificate from elsewhere is checked before it is believed.
    func isAcceptable(_ certificate: QuorumCertificate) -> Bool {
        sabotage == .certificateUnchecked || certificate.isWellFormed(in: validators)
    }

    /// A proposal's parent is certified, and every view between was nullified.
    func isJustified(isParentCertified: Bool, isGapNullified: Bool) -> Bool {
        if sabotage == .parentUncertified { return isGapNullified }
        if sabotage == .gapIgnored { return isParentCertified }
        return isParentCertified && isGapNullified
    }

    /// Two votes that betray their signer.
    func evidence(_ a: SignedVote, _ b: SignedVote) -> Evidence? {
        let isHarmless = a.vote.kind != b.vote.kind
        if sabotage == .falseEvidence, isHarmless, a.vote.view == b.vote.view { return Evidence(unchecked: a, b) }
        return Evidence(a, b)
    }
}

/// Bugs that sensitivity tests plant, one at a time, to see whether the simulator finds them.
@_spi(Sabotage) public enum Sabotage: String, Hashable, Sendable, CaseIterable {
    /// f + 1 votes make a certificate.
    case quorumTooSmall
    /// The same vote counts as often as it arrives.
    case countRepeatedVotes
    /// Certificates of others are believed without a look at their signers.
    case certificateUnchecked
    /// Signatures are believed without a check.
    case signaturesUnchecked
    /// A second candidate is notarized in the same view.
    case notarizeTwice
    /// A view that was given up is finalized.
    case finalizeAfterNullify
    /// A view is finalized although its block fails certification.
    case certifySkipped
    /// A proposal is notarized although its parent isn't certified.
    case parentUncertified
    /// A proposal is notarized although views between it and its parent may still be final.
    case gapIgnored
    /// A proposal is notarized although the host refuses it.
    case checkIgnored
    /// A view's proposal is taken from anybody.
    case anyLeader
    /// Votes are signed before their records are on disk.
    case sendBeforePersist
    /// Votes are signed without a record.
    case promiseUnrecorded
    /// A restart forgets the promises in the journal.
    case replaySkipped
    /// Compaction drops the promises of open views.
    case compactionForgets
    /// A validator that lost its disk votes at once.
    case wipedVotesAtOnce
    /// A validator that lost its disk believes views that nobody proves.
    case viewsUnproven
    /// Views that are given up are reported as a fault.
    case falseEvidence
    /// Own votes aren't offered again after a restart.
    case votesNotOfferedAgain
    /// Missing certificates and blocks are never asked for.
    case nothingFetched
    /// A run of blocks is believed without its chain of parents.
    case runUnchecked
    /// Votes for any future view are kept.
    case viewsUnbounded
    /// Nobody gives a view up.
    case neverNullify
    /// What may have been lost isn't offered again.
    case retryNever
    /// A block isn't written down before it is voted for.
    case blockUnrecorded
}
