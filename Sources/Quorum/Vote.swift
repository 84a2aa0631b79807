// Quorum: who votes, what a vote says, what many votes prove, and what two votes of one validator betray.
//
// Nothing here decides anything or holds any state; it is shared by those who vote (`Simplex`), by those who make the
// signatures (`Consensus`) and by those who only check (light clients, the command line). No hash and no key stands
// here: a `VoteVerifier` is injected.
//
// Vocabulary. A *view* has one leader, who proposes one block. A *candidate* is a block together with the view of its
// parent. A validator may *notarize* one candidate per view, *nullify* the view when it has waited long enough, and
// *finalize* the candidate that it saw notarized. A *certificate* is a quorum of equal votes: a notarization, a
// nullification or a finalization. *Evidence* is two votes that no honest validator signs both:
//
//                    notarize B    nullify    finalize B
//     notarize A      evidence        –           –
//     nullify            –            –        evidence
//     finalize A         –        evidence     evidence           (A ≠ B)
//
// docs/protocols/consensus.md draws the bytes that are signed.

public import Primitives

/// A block as votes see it. The parent's view is part of what is voted on: it says which views must have been nullified.
public struct Candidate: Hashable, Sendable {
    public var parentView: View
    /// The header's digest.
    public var block: Digest

    public init(parentView: View, block: Digest) {
        self.parentView = parentView
        self.block = block
    }
}

/// What one validator says of one view.
public struct Vote: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case notarize = 1
        case nullify = 2
        case finalize = 3
    }

    public enum Choice: Hashable, Sendable {
        case notarize(Candidate)
        case nullify
        case finalize(Candidate)
    }

    public var epoch: Epoch
    public var view: View
    public var choice: Choice

    public init(epoch: Epoch, view: View, _ choice: Choice) {
        self.epoch = epoch
        self.view = view
        self.choice = choice
    }

    public var kind: Kind {
        switch choice {
        case .notarize: .notarize
        case .nullify: .nullify
        case .finalize: .finalize
        }
    }

    /// Nil for a nullification.
    public var candidate: Candidate? {
        switch choice {
        case .notarize(let candidate), .finalize(let candidate): candidate
        case .nullify: nil
        }
    }

    /// Whether no honest validator signs both.
    public func conflicts(with other: Vote) -> Bool {
        guard epoch == other.epoch, view == other.view, self != other else { return false }
        return switch (kind, other.kind) {
        case (.notarize, .notarize), (.finalize, .finalize), (.nullify, .finalize), (.finalize, .nullify): true
        default: false
        }
    }

    public static let version: UInt16 = 1
    public static let byteCount = 59

    /// u16 version ‖ u64 epoch ‖ u64 view ‖ u8 kind ‖ u64 parent view ‖ digest; the last two are zero in a nullification.
    public func write(to writer: inout ByteWriter) {
        writer.write(Self.version)
        writer.write(epoch.value)
        writer.write(view.value)
        writer.write(kind.rawValue)
        writer.write(candidate?.parentView.value ?? 0)
        writer.write(candidate?.block ?? .zero)
    }

    public var canonicalBytes: [UInt8] {
        var writer = ByteWriter(capacity: Self.byteCount)
        write(to: &writer)
        return writer.bytes
    }

    public init(from reader: inout ByteReader) throws(DecodingFailure) {
        let version = Int(try reader.read(UInt16.self))
        guard version == Int(Self.version) else { throw .unknownVersion(version) }
        epoch = Epoch(try reader.read())
        view = View(try reader.read())
        let offset = reader.offset
        let kind = Kind(rawValue: try reader.read())
        let candidate = Candidate(parentView: View(try reader.read()), block: try reader.readDigest())
        switch kind {
        case .notarize: choice = .notarize(candidate)
        case .finalize: choice = .finalize(candidate)
        case .nullify:
            guard candidate == Candidate(parentView: .genesis, block: .zero) else {
                throw .malformed("a nullification names no block", offset: offset)
            }
            choice = .nullify
        case nil: throw .malformed("kind of vote", offset: offset)
        }
    }
}

extension Vote: CustomStringConvertible {
    public var description: String {
        let block = candidate.map { " \($0.block.hex.prefix(6)) on \($0.parentView)" } ?? ""
        return "\(kind)(\(view))\(block)"
    }
}
