public import Primitives

/// A vote with its signature, which the network's scheme gives its form.
public struct SignedVote: Hashable, Sendable {
    public var vote: Vote
    public var signer: ValidatorIndex
    public var signature: [UInt8]

    public init(vote: Vote, signer: ValidatorIndex, signature: [UInt8]) {
        self.vote = vote
        self.signer = signer
        self.signature = signature
    }

    /// More than the largest scheme needs (Ed25519 and ML-DSA-65 with their lengths: 3 381).
    public static let maxSignatureByteCount = 4096

    /// vote ‖ u8 signer ‖ bytes signature.
    public func write(to writer: inout ByteWriter) {
        vote.write(to: &writer)
        writer.write(signer.value)
        writer.writeBytes(signature)
    }

    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        vote = try Vote(from: &reader)
        signer = ValidatorIndex(try reader.read())
        signature = try reader.readBytes(limit: Self.maxSignatureByteCount)
    }
}

/// Checks signatures of votes. It knows the network, the validators' keys and the scheme.
public protocol VoteVerifier: Sendable {
    func isValid(_ vote: SignedVote) -> Bool
}
