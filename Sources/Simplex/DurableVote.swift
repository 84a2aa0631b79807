public import Quorum
import Storage

/// A vote that a crash can't make us forget. Only this can be signed, and it comes only out of a proof that its record is
/// on disk: a vote that is sent too early has no way to be written.
public struct DurableVote: Hashable, Sendable {
    public let vote: Vote

    init(_ proof: consuming Durable<Vote>) { vote = proof.message }

    /// For sensitivity tests: the promise that is no promise.
    @_spi(Sabotage) public init(unproven vote: Vote) { self.vote = vote }
}

/// Makes the signatures of one validator.
public protocol VoteKey: Sendable {
    associatedtype Failure: Error
    func sign(_ vote: DurableVote) throws(Failure) -> SignedVote
}
