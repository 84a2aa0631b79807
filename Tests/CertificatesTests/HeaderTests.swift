import Certificates
import Identity
import MeshCrypto
import Primitives
import Testing

struct HeaderTests {
    private static let poa = makeHeader(.poa(term: Term(3), sequencer: Cast.node.nodeID))
    private static let bft = makeHeader(.bft(epoch: 9, view: 12))

    @Test func everyByteChangesTheDigestOrIsRefused() {
        for header in [Self.poa, Self.bft] {
            let good = header.canonicalBytes
            for index in good.indices {
                guard let changed = try? BlockHeader(canonicalBytes: good.flipped(at: index)) else { continue }
                #expect(changed.digest != header.digest)
                #expect(changed.canonicalBytes == good.flipped(at: index))
            }
        }
    }

    @Test func cutExtendedAndUnknownHeadersAreRefused() {
        for header in [Self.poa, Self.bft] {
            let good = header.canonicalBytes
            for count in good.indices {
                #expect(throws: DecodingFailure.self) { try BlockHeader(canonicalBytes: Array(good[..<count])) }
            }
            #expect(throws: DecodingFailure.trailingBytes(offset: good.count)) {
                try BlockHeader(canonicalBytes: good + [0])
            }
            #expect(throws: DecodingFailure.unknownVersion(2)) {
                try BlockHeader(canonicalBytes: good.replacing(at: 0, with: 2))
            }
            #expect(throws: DecodingFailure.malformed("header variant", offset: 74)) {
                try BlockHeader(canonicalBytes: good.replacing(at: 74, with: 3))
            }
        }
    }

    @Test func finalityOfOneHeaderIsNoneOfAnother() throws {
        let signature = try FinalitySignature.sign(Self.poa, scheme: .hybrid, with: Cast.authority)
        let key = try Cast.authority.bundle.verificationKey()
        var other = Self.poa
        other.time = WallTime(milliseconds: other.time.milliseconds + 1)
        var elsewhere = Self.poa
        elsewhere.network = NetworkID(.zero)
        for (header, holds) in [(Self.poa, true), (other, false), (elsewhere, false), (Self.bft, false)] {
            #expect(
                SignatureScheme.hybrid.isValid(
                    signature.signature, over: FinalitySignature.message(for: header), by: key,
                    verifier: SignatureVerifier()) == holds)
        }
    }

    @Test func storedFinalityIsBounded() {
        let long = FinalitySignature(ed25519: [UInt8](repeating: 1, count: 65), mldsa65: [])
        #expect(throws: DecodingFailure.tooLarge(offset: 0, limit: 64)) { try FinalitySignature(bytes: long.bytes) }
        #expect(throws: DecodingFailure.self) { try FinalitySignature(bytes: [1, 0, 0]) }
    }

    @Test func commitKeysHaveOneForm() {
        let key = CommitKey(agent: Cast.agent.agentID, nonce: 0x1F)
        #expect(key.bytes == Array("commit/\(Cast.agent.agentID.digest.hex)/000000000000001f".utf8))
        #expect(CommitKey(key.bytes) == key)
        let text = String(decoding: key.bytes, as: UTF8.self)
        for other in [
            text.uppercased(), text.replacing("1f", with: "1F"), text + "0", String(text.dropLast()),
            text.replacing("000000000000001f", with: "+00000000000001f"), text.replacing("commit", with: "comnit"),
            "commit/",
        ] { #expect(CommitKey(Array(other.utf8)) == nil, "\(other)") }
        #expect(CommitKey(key.bytes.replacing(at: 3, with: 0xFF)) == nil)
    }
}
