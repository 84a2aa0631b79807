import MeshCrypto
import Primitives
import Testing

struct SignedMessageTests {
    private let scope = sha256([9])

    @Test func bytesAreLengthTagScopeContent() {
        let message = SignedMessage(.finality, scope: scope, content: [1, 2, 3])
        #expect(message.bytes == [17] + Array("hanzo/finality/v1".utf8) + scope.bytes + [1, 2, 3])
    }

    @Test func tagsAreThoseOfTheDocument() {
        #expect(
            SigningPurpose.all.map(\.tag) == [
                "hanzo/commit-batch/v1", "hanzo/finality/v1", "hanzo/envelope/v1", "hanzo/envelope-batch/v1",
                "hanzo/vote/v1", "hanzo/tunnel-initiator/v1", "hanzo/tunnel-responder/v1",
            ])
        for purpose in SigningPurpose.all {
            #expect(
                (1...255).contains(purpose.tag.utf8.count) && purpose.tag.utf8.allSatisfy { (33...126).contains($0) })
        }
    }

    /// A Reticulum identity signs hashes of 16 and 32 bytes that strangers choose: no mesh message may be as short.
    @Test func noMessageIsAsShortAsAHash() {
        for purpose in SigningPurpose.all {
            #expect(SignedMessage(purpose, scope: .zero, content: []).bytes.count > Digest.byteCount + 1)
        }
    }

    @Test func purposeScopeAndContentAreAllCovered() {
        let all = SigningPurpose.all.flatMap { purpose in
            [Digest.zero, scope].flatMap { scope in
                [[], [0], [1]].map { SignedMessage(purpose, scope: scope, content: $0) }
            }
        }
        #expect(Set(all.map(\.bytes)).count == all.count)
    }
}
