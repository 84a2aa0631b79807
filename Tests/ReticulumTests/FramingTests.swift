import MeshCrypto
import Primitives
import Testing

@testable import Reticulum

@Suite("Framing and access codes") struct FramingTests {
    /// Frames in which what must be escaped is frequent.
    private func frames(_ random: inout PRNG) -> [[UInt8]] {
        let bytes: [UInt8] = [0x7E, 0x7D, 0x5E, 0x5D, 0xC0, 0xDB, 0xDC, 0xDD, 0, 1, 0x20]
        return (0..<20).map { _ in
            (0..<Int.random(in: 1...80, using: &random)).map { _ in bytes.randomElement(using: &random)! }
        }
    }

    private func pieces(_ stream: [UInt8], _ random: inout PRNG) -> [ArraySlice<UInt8>] {
        var (rest, pieces) = (stream[...], [ArraySlice<UInt8>]())
        while !rest.isEmpty {
            let count = Int.random(in: 1...min(17, rest.count), using: &random)
            pieces.append(rest.prefix(count))
            rest.removeFirst(count)
        }
        return pieces
    }

    @Test("frames come out whole, whatever the pieces") func roundTrips() {
        var random = PRNG(seed: 1)
        for _ in 0..<50 {
            let frames = frames(&random)
            var (hdlc, kiss) = (HDLCReader(), KISSReader())
            #expect(
                pieces([1, 2, 0x7D] + frames.flatMap { HDLC.encode($0) }, &random).flatMap { hdlc.read($0) } == frames)
            #expect(
                pieces([1, 2, 0xDB] + frames.flatMap { KISS.encode($0) }, &random).flatMap { kiss.read($0) } == frames)
            #expect(hdlc.droppedCount == 0 && kiss.droppedCount == 0)
        }
        #expect(HDLC.encode([0x7E, 1, 0x7D]) == [0x7E, 0x7D, 0x5E, 1, 0x7D, 0x5D, 0x7E])
        #expect(KISS.encode([0xC0, 1, 0xDB]) == [0xC0, 0, 0xDB, 0xDC, 1, 0xDB, 0xDD, 0xC0])
    }

    @Test("keepalive flags, foreign commands and bad escapes are no frames; a shared flag separates") func odd() {
        var hdlc = HDLCReader()
        #expect(hdlc.read([0x7E, 0x7E, 0x7E, 1, 0x7E, 2, 0x7E]) == [[1], [2]])
        #expect(hdlc.read([3, 0x7D, 0x7E, 4, 0x7E]) == [[4]] && hdlc.droppedCount == 1)
        var kiss = KISSReader()
        #expect(kiss.read([0xC0, 0xC0, 0x10, 1, 0xC0, 6, 2, 0xC0, 0, 3, 0xC0]) == [[1], [3]])
        #expect(kiss.read([0, 1, 0xDB, 2, 3, 0xC0, 0, 4, 0xC0]) == [[4]] && kiss.droppedCount == 1)
    }

    @Test("a frame beyond the limit is skipped and nothing is kept of it") func limits() {
        var (hdlc, kiss) = (HDLCReader(limit: 10), KISSReader(limit: 10))
        let long = [UInt8](repeating: 1, count: 11)
        #expect(hdlc.read(HDLC.encode(long).dropLast()) == [] && hdlc.pendingByteCount == 0)
        #expect(kiss.read(KISS.encode(long).dropLast()) == [] && kiss.pendingByteCount == 0)
        #expect(hdlc.read([1, 1] + HDLC.encode([5])) == [[5]] && kiss.read([1, 1] + KISS.encode([5])) == [[5]])
        #expect(
            hdlc.read(HDLC.encode(long.dropLast())).count == 1 && kiss.read(KISS.encode(long.dropLast())).count == 1)
        #expect(hdlc.droppedCount == 1 && kiss.droppedCount == 1)
    }

    @Test("any bytes never trap") func noise() {
        var random = PRNG(seed: 3)
        var (hdlc, kiss) = (HDLCReader(limit: 100), KISSReader(limit: 100))
        for _ in 0..<200 {
            let bytes = random.bytes(500)
            #expect(hdlc.read(bytes).allSatisfy { (1...100).contains($0.count) })
            #expect(kiss.read(bytes).allSatisfy { (1...100).contains($0.count) })
        }
    }

    @Test("behind an access code: who knows it reads; changed at any byte, nobody does", arguments: [1, 8, 16, 64])
    func access(codeByteCount: Int) throws {
        let access = try #require(
            InterfaceAccess(networkName: "net", passphrase: "phrase", codeByteCount: codeByteCount))
        let frame = Packet(.data, to: Sample.hash(1), .single, payload: [UInt8](0..<50)).frame
        let sealed = try access.seal(frame)
        #expect(sealed.count == frame.count + codeByteCount && sealed[0] & 0x80 != 0)
        #expect(throws: PacketFault.masked) { try Packet(frame: sealed[...]) }
        #expect(try access.open(sealed[...]) == frame)
        #expect(throws: PacketFault.notAuthorised) { try access.open(frame[...]) }
        if codeByteCount > 1 {
            for index in sealed.indices {
                #expect(throws: PacketFault.notAuthorised) { try access.open(sealed.flipped(index)[...]) }
            }
            for names in [("net", nil), (nil, "phrase"), ("net", "other")] as [(String?, String?)] {
                let other = try #require(
                    InterfaceAccess(networkName: names.0, passphrase: names.1, codeByteCount: codeByteCount))
                #expect(throws: PacketFault.notAuthorised) { try other.open(sealed[...]) }
            }
        }
        for count in 0..<2 + codeByteCount {
            #expect(throws: PacketFault.truncated) { try access.open(sealed[..<count]) }
        }
    }

    @Test("frames longer than 255 blocks of the mask") func longFrames() throws {
        let access = try #require(InterfaceAccess(networkName: nil, passphrase: "phrase"))
        var random = PRNG(seed: 5)
        var frame = random.bytes(20_000)
        frame[0] &= 0x7F
        #expect(try access.open(try access.seal(frame)[...]) == frame)
        #expect(InterfaceAccess(networkName: nil, passphrase: nil) == nil)
        #expect(InterfaceAccess(networkName: "a", passphrase: nil, codeByteCount: 65) == nil)
    }
}
