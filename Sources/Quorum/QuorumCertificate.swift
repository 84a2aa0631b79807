public import Primitives

/// A quorum's equal votes: a notarization, a nullification or a finalization.
///
/// A bitmap says who signed, and the signatures follow in its order: a signer who counts twice can't be written down.
public struct QuorumCertificate: Hashable, Sendable {
    public var vote: Vote
    public var signers: SignerSet
    public var signatures: [[UInt8]]

    public init(vote: Vote, signers: SignerSet, signatures: [[UInt8]]) {
        self.vote = vote
        self.signers = signers
        self.signatures = signatures
    }

    /// Collects votes for the same thing. Of several by one signer the first counts.
    public init(_ vote: Vote, from votes: [SignedVote]) {
        var signers = SignerSet()
        var kept: [SignedVote] = []
        for signed in votes where signed.vote == vote {
            if signers.insert(signed.signer) { kept.append(signed) }
        }
        self.vote = vote
        self.signers = signers
        signatures = kept.sorted { $0.signer < $1.signer }.map(\.signature)
    }

    public var view: View { vote.view }
    public var kind: Vote.Kind { vote.kind }

    /// The votes that it is made of, ascending by signer.
    public var votes: [SignedVote] {
        zip(signers.members, signatures).map { SignedVote(vote: vote, signer: $0, signature: $1) }
    }

    /// All but the signatures: known signers, one signature for each, enough weight.
    public func isWellFormed(in validators: ValidatorSet) -> Bool {
        let members = signers.members
        return members.count == signatures.count && members.allSatisfy(validators.contains)
            && validators.isQuorum(signers)
    }

    /// Whether it proves to anybody who knows the validators what its vote says.
    public func isValid(in validators: ValidatorSet, by verifier: some VoteVerifier) -> Bool {
        isWellFormed(in: validators) && votes.allSatisfy { verifier.isValid($0) }
    }

    /// vote ‖ signers ‖ list of bytes signature.
    public func write(to writer: inout ByteWriter) {
        vote.write(to: &writer)
        signers.write(to: &writer)
        writer.writeList(signatures) { $0.writeBytes($1) }
    }

    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        vote = try Vote(from: &reader)
        signers = try SignerSet(from: &reader)
        let offset = reader.offset
        signatures = try reader.readList(limit: SignerSet.capacity) { (reader) throws(DecodingFailure) in
            try reader.readBytes(limit: SignedVote.maxSignatureByteCount)
        }
        guard signatures.count == signers.count else { throw .malformed("one signature per signer", offset: offset) }
    }
}
