import Identity
import MeshCrypto
import Primitives
import Testing

/// docs/protocols/identity.md in bytes, and what becomes of files that are none.
struct IdentityFileTests {
    @Test(
        arguments: [IdentityKind.agent, .node, .authority], ["", "ada", "Zoë 🐙", String(repeating: "n", count: 256)])
    func identitiesComeBack(kind: IdentityKind, name: String) throws {
        let identity = try makeIdentity(kind: kind, name: name)
        let back = try IdentityFile.decode(identity.fileBytes())
        #expect(back.kind == kind && back.name == name && back.bundle == identity.bundle)
        #expect(back.fileBytes() == identity.fileBytes())
        #expect(identity.fileBytes().count <= IdentityFile.maxByteCount)
    }

    @Test func theBytesAreThoseOfTheDocument() throws {
        let bytes = try makeIdentity(kind: .node, name: "n1").fileBytes()
        let body = Array("HZID".utf8) + [1, 0, 2, 2, 0, 0, 0] + Array("n1".utf8) + Array(0..<160)
        #expect(bytes == body + sha256(Array("hanzo/identity-file/v1".utf8) + body).bytes)
    }

    @Test func damageIsNoticed() throws {
        let good = try makeIdentity().fileBytes()
        for index in good.indices {
            for bit in [UInt8(1), 0x80] {
                var bytes = good
                bytes[index] ^= bit
                #expect(throws: IdentityFailure.self) { try IdentityFile.decode(bytes) }
            }
        }
        for count in good.indices {
            #expect(throws: IdentityFailure.self) { try IdentityFile.decode(Array(good[..<count])) }
        }
        #expect(throws: IdentityFailure.damaged(.trailingBytes(offset: good.count - 4))) {
            try IdentityFile.decode(good + [0])
        }
        #expect(throws: IdentityFailure.damaged(nil)) {
            try IdentityFile.decode(good + [UInt8](repeating: 0, count: 1 << 20))
        }
    }

    @Test func whatIsWrongHasAName() throws {
        let good = try makeIdentity().fileBytes()
        #expect(throws: IdentityFailure.notAnIdentityFile) { try IdentityFile.decode([]) }
        #expect(throws: IdentityFailure.notAnIdentityFile) { try IdentityFile.decode(Array("-----BEGIN".utf8)) }
        #expect(throws: IdentityFailure.unknownVersion(2)) { try IdentityFile.decode(Self.changed(good, at: 4, to: 2)) }
        #expect(throws: IdentityFailure.unknownKind(9)) { try IdentityFile.decode(Self.changed(good, at: 6, to: 9)) }
        #expect(throws: IdentityFailure.damaged(.tooLarge(offset: 3, limit: 256))) {
            try IdentityFile.decode(Self.changed(good, at: 10, to: 0x7F))
        }
        #expect(throws: IdentityFailure.nameTooLong) { try makeIdentity(name: String(repeating: "é", count: 129)) }
    }

    @Test func randomBytesBehindTheMagicNeverTrap() {
        var random = PRNG(seed: 11)
        for _ in 0..<2000 {
            let bytes = Array("HZID".utf8) + [1, 0] + random.bytes(Int(random.next() % 260))
            #expect(throws: IdentityFailure.self) { try IdentityFile.decode(bytes) }
        }
    }

    /// With a checksum that fits again.
    private static func changed(_ bytes: [UInt8], at index: Int, to value: UInt8) -> [UInt8] {
        var body = Array(bytes.dropLast(32))
        body[index] = value
        return body + sha256(Array("hanzo/identity-file/v1".utf8) + body).bytes
    }
}
