import Identity
import MeshCrypto
import Primitives
import Testing

@testable import PQTunnel

/// The handshake, and each property that docs/protocols/tunnel.md claims for it.
@Suite("Tunnel handshake")
struct HandshakeTests {
    @Test("both ends know each other and what the other said") func established() throws {
        var ends = try Pair().run()
        #expect(ends.initiator.peer == Pair.bob.bundle)
        #expect(ends.responder.peer == Pair.alice.bundle)
        #expect(ends.initiator.peerPayload == [4, 5])
        #expect(ends.responder.peerPayload == [1, 2, 3])
        let (there, back) = (try ends.initiator.say("there"), try ends.responder.say("back"))
        #expect(try ends.responder.hear(there) == "there")
        #expect(try ends.initiator.hear(back) == "back")
        let status = ends.initiator.status(at: Pair.now)
        #expect(status.cipherSuite == "ML-KEM-768 + AES-256-GCM" && status.isPQSecure && status.hasPerfectForwardSecrecy)
        #expect(ends.initiator.isPreferred == ends.responder.isPreferred)
    }

    @Test("whoever isn't asked for is refused, before this side says who it is") func wrongPeer() throws {
        var pair = Pair()
        pair.expected = .node(Pair.identity(3, "carol").nodeID)
        let tape = Pair.Tape()
        let failure = #expect(throws: TunnelFailure.self) { _ = try pair.run(tape: tape) }
        #expect(failure == .wrongPeer(Pair.bob.nodeID))
        #expect(tape.messages.count == 2)
        pair.expected = .anybody
        #expect(try pair.run().initiator.peer == Pair.bob.bundle)
    }

    @Test("a pinned bundle needs not be sent, and no other takes its place") func pinned() throws {
        var pair = Pair()
        let tape = Pair.Tape()
        _ = try pair.run(tape: tape)
        let whole = tape.messages[1].count
        pair.expected = .bundle(Pair.bob.bundle)
        let pinned = Pair.Tape()
        var ends = try pair.run(tape: pinned)
        #expect(whole - pinned.messages[1].count == PublicBundle.byteCount - Digest.byteCount)
        let record = try ends.initiator.say("hello")
        #expect(try ends.responder.hear(record) == "hello")
        pair.expected = .bundle(Pair.identity(3, "carol").bundle)
        #expect(pair.failure() == .wrongPeer(Pair.bob.nodeID))
    }

    @Test("a changed byte of any message ends the handshake", arguments: [0, 1, 2]) func changed(message: Int) throws {
        let tape = Pair.Tape()
        _ = try Pair().run(tape: tape)
        let count = tape.messages[message].count
        // Every byte of what is in the clear would take minutes: each field has some of its own.
        let positions = Array(stride(from: 0, to: min(count, 48), by: 5)) + Array(stride(from: 48, to: count, by: 149)) + [count - 1]
        for position in positions {
            let failure = Pair().failure { number, bytes in
                guard number == message else { return bytes }
                var bytes = bytes
                bytes[position] ^= 1
                return bytes
            }
            #expect(failure != nil, "byte \(position) of message \(message)")
        }
    }

    @Test("a cut or lengthened message ends the handshake", arguments: [0, 1, 2]) func cut(message: Int) throws {
        let tape = Pair.Tape()
        _ = try Pair().run(tape: tape)
        let count = tape.messages[message].count
        for length in [0, 1, 2, 36, count / 2, count - 17, count - 1] {
            #expect(Pair().failure { $0 == message ? Array($1.prefix(length)) : $1 } != nil, "\(length) bytes")
        }
        #expect(Pair().failure { $0 == message ? $1 + [0] : $1 } != nil)
        #expect(Pair().failure { $0 == message ? $1 + [UInt8](repeating: 0, count: 30_000) : $1 } != nil)
    }

    @Test("both halves of the signature count") func halves() throws {
        struct HalfSigner: Signer {
            let breaksEd25519: Bool
            func signEd25519(_ message: SignedMessage) throws(CryptoFailure) -> [UInt8] {
                var bytes = try Pair.bob.signEd25519(message)
                if breaksEd25519 { bytes[3] ^= 1 }
                return bytes
            }
            func signMLDSA65(_ message: SignedMessage) throws(CryptoFailure) -> [UInt8] {
                var bytes = try Pair.bob.signMLDSA65(message)
                if !breaksEd25519 { bytes[3] ^= 1 }
                return bytes
            }
        }
        let transcript = sha256([1])
        let key = Pair.seed(5)
        let good = try IdentityProof.make(
            .responder, transcript: transcript, bundle: Pair.bob.bundle, whole: true, payload: [1], signer: Pair.bob, macKey: key)
        try good.verify(.responder, transcript: transcript, bundle: Pair.bob.bundle, verifier: Pair.verifier, macKey: key)
        for breaksEd25519 in [true, false] {
            let bad = try IdentityProof.make(
                .responder, transcript: transcript, bundle: Pair.bob.bundle, whole: true, payload: [1],
                signer: HalfSigner(breaksEd25519: breaksEd25519), macKey: key)
            #expect(throws: TunnelFailure.badSignature) {
                try bad.verify(.responder, transcript: transcript, bundle: Pair.bob.bundle, verifier: Pair.verifier, macKey: key)
            }
        }
        // Nor does it hold for the other role, another payload, another handshake, or without the MAC's key.
        var other = good
        other.payload = [2]
        #expect(throws: TunnelFailure.badSignature) {
            try other.verify(.responder, transcript: transcript, bundle: Pair.bob.bundle, verifier: Pair.verifier, macKey: key)
        }
        #expect(throws: TunnelFailure.badSignature) {
            try good.verify(.initiator, transcript: transcript, bundle: Pair.bob.bundle, verifier: Pair.verifier, macKey: key)
        }
        #expect(throws: TunnelFailure.badSignature) {
            try good.verify(.responder, transcript: sha256([2]), bundle: Pair.bob.bundle, verifier: Pair.verifier, macKey: key)
        }
        let stranger = Pair.seed(6)
        #expect(throws: TunnelFailure.badSignature) {
            try good.verify(.responder, transcript: transcript, bundle: Pair.bob.bundle, verifier: Pair.verifier, macKey: stranger)
        }
    }

    @Test("a handshake is bound to its carrier") func carriers() throws {
        let id = try #require(ShortHash([UInt8](repeating: 1, count: 16)))
        let exporter = [UInt8](repeating: 2, count: 32)
        var pair = Pair()
        pair.initiatorBinding = .link(id: id, exporter: exporter)
        #expect(pair.failure() == .notAuthentic)
        pair.responderBinding = .link(id: id, exporter: [UInt8](repeating: 3, count: 32))
        #expect(pair.failure() == .notAuthentic)
        pair.responderBinding = .link(id: try #require(ShortHash([UInt8](repeating: 9, count: 16))), exporter: exporter)
        #expect(pair.failure() == .notAuthentic)
        pair.responderBinding = pair.initiatorBinding
        #expect(pair.failure() == nil)
    }

    @Test("versions and suites cannot be talked down") func downgrade() throws {
        // The list of suites: u8 kind, u16 version, u32 count, then u16 each.
        func suites(_ hello: [UInt8], _ list: [UInt16]) -> [UInt8] {
            var writer = ByteWriter()
            writer.writeList(list) { $0.write($1) }
            return Array(hello.prefix(3)) + writer.bytes + hello.dropFirst(3 + 4 + 2)
        }
        #expect(Pair().failure { $0 == 0 ? suites($1, [1]) : $1 } == nil)
        #expect(Pair().failure { $0 == 0 ? suites($1, [1, 2]) : $1 } == .notAuthentic)
        #expect(Pair().failure { $0 == 0 ? suites($1, [2]) : $1 } == .noCommonSuite)
        #expect(Pair().failure { $0 == 0 ? suites($1, []) : $1 } == .noCommonSuite)
        // An answer with a suite that wasn't offered.
        #expect(Pair().failure { $0 == 1 ? [$1[0], 2, 0] + $1.dropFirst(3) : $1 } == .noCommonSuite)
        #expect(Pair().failure { $0 == 0 ? [$1[0], 2, 0] + $1.dropFirst(3) : $1 } == .unsupportedVersion(2))
    }

    @Test("a passive observer learns neither identity") func hidden() throws {
        let tape = Pair.Tape()
        _ = try Pair().run(tape: tape)
        let spoken = tape.messages.flatMap { $0 }
        for identity in [Pair.alice, Pair.bob] {
            for secret in [identity.bundle.digest.bytes, identity.bundle.ed25519, Array(identity.bundle.mldsa65.prefix(32)), identity.bundle.keyID] {
                #expect(!spoken.contains(secret))
            }
        }
    }

    @Test("a node does not speak to itself") func itself() throws {
        var pair = Pair()
        pair.expected = .anybody
        var initiator = try pair.initiator(Pair.bob)
        var responder = try pair.responder(Pair.bob)
        let step = try responder.receive(initiator.helloMessage[...], verifier: Pair.verifier, at: Pair.now, known: { _ in nil })
        guard case .send(let response) = consume step else { return #expect(Bool(false)) }
        let failure = #expect(throws: TunnelFailure.self) {
            _ = try initiator.receive(response[...], verifier: Pair.verifier, at: Pair.now)
        }
        #expect(failure == .isSelf)
    }

    @Test("half-open handshakes end in time") func deadlines() throws {
        var initiator = try Pair().initiator()
        var responder = try Pair().responder()
        let late = Pair.now + TunnelLimits().handshakePatience + .milliseconds(1)
        let early = try responder.receive(initiator.helloMessage[...], verifier: Pair.verifier, at: Pair.now, known: { _ in nil })
        guard case .send(let response) = consume early else { return #expect(Bool(false)) }
        let failures = [
            #expect(throws: TunnelFailure.self) { _ = try initiator.receive(response[...], verifier: Pair.verifier, at: late) },
            #expect(throws: TunnelFailure.self) {
                _ = try responder.receive(response[...], verifier: Pair.verifier, at: late, known: { _ in nil })
            },
        ]
        #expect(failures == [.timedOut, .timedOut])
    }

    @Test("stolen long-term keys open no recorded handshake; the key of the handshake would") func forwardSecrecy() throws {
        let tape = Pair.Tape()
        _ = try Pair().run(tape: tape)
        let hello = try Hello(tape.messages[0][...])
        let response = try Response(tape.messages[1][...])
        var transcript = Transcript(.direct)
        transcript.add(hello.bytes)
        transcript.add(response.clearBytes)
        func opens(_ agreed: borrowing Secret) -> Bool {
            let secrets = HandshakeSecrets(agreed, binding: .direct, transcript: transcript.digest)
            do { _ = try IdentityProof.open(response.sealed[...], .responder, secrets, transcript.digest) } catch { return false }
            return true
        }
        // Every 32 bytes of both sides' seeds, as X-Wing seed and as the agreed secret itself.
        for identity in [Pair.alice, Pair.bob] {
            let file = identity.fileBytes()
            let seeds = Array(file[(file.count - 192)..<(file.count - 32)])
            for offset in stride(from: 0, to: 160, by: 32) {
                let part = Array(seeds[offset..<offset + 32])
                #expect(opens(Secret(copying: part)) == false)
                let key = try XWing.PrivateKey(seed: Secret(copying: part))
                #expect(try opens(key.decapsulate(response.ciphertext)) == false)
            }
        }
        // The attack works, given the seed that nobody keeps.
        let ephemeral = try XWing.PrivateKey(seed: Pair.seed(7))
        #expect(try opens(ephemeral.decapsulate(response.ciphertext)) == true)
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard count >= part.count else { return false }
        return (0...(count - part.count)).contains { self[$0] == part[0] && Array(self[$0..<$0 + part.count]) == part }
    }
}
