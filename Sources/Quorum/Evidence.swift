public import Primitives

/// Two votes of one validator that no honest one signs both. Proves the fault to anybody who knows the validators.
public struct Evidence: Hashable, Sendable {
    public let first: SignedVote
    public let second: SignedVote

    /// - Returns: nil where the votes don't conflict or are not of one signer. In canonical order, so that a fault has
    ///   one piece of evidence, whoever saw which vote first.
    public init?(_ a: SignedVote, _ b: SignedVote) {
        guard a.signer == b.signer, a.vote.conflicts(with: b.vote) else { return nil }
        self.init(unchecked: a, b)
    }

    /// For sensitivity tests: evidence that is none.
    @_spi(Sabotage) public init(unchecked a: SignedVote, _ b: SignedVote) {
        let isOrdered = !b.vote.canonicalBytes.lexicographicallyPrecedes(a.vote.canonicalBytes)
        first = isOrdered ? a : b
        second = isOrdered ? b : a
    }

    public var culprit: ValidatorIndex { first.signer }
    public var view: View { first.vote.view }

    /// Whether it holds: the votes conflict, the culprit is a validator, both signatures are its own.
    public func isValid(in validators: ValidatorSet, by verifier: some VoteVerifier) -> Bool {
        validators.contains(culprit) && first.signer == second.signer && first.vote.conflicts(with: second.vote)
            && verifier.isValid(first) && verifier.isValid(second)
    }

    /// signed vote ‖ signed vote, ordered by the votes' bytes.
    public func write(to writer: inout ByteWriter) {
        first.write(to: &writer)
        second.write(to: &writer)
    }

    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let offset = reader.offset
        let pair = (try SignedVote(from: &reader), try SignedVote(from: &reader))
        guard let evidence = Evidence(pair.0, pair.1), evidence.first == pair.0 else {
            throw .malformed("votes that conflict, in order", offset: offset)
        }
        self = evidence
    }
}
