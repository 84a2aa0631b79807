import Primitives
import Quorum
import Simplex
import Testing

@Suite("Messages and records of Simplex")
struct MessageTests {
    static let vote = Bench.vote(.notarize(Bench.block().candidate), view: 1, by: 2)
    static let certificate = QuorumCertificate(vote.vote, from: [vote, Bench.vote(vote.vote.choice, view: 1, by: 3)])

    static let messages: [SimplexMessage] = [
        .proposal(Bench.block(), vote), .votes([]), .votes([vote, vote]), .certificate(certificate),
        .status(
            ValidatorStatus(
                view: View(9), finalView: View(4), isBlockWanted: true,
                rounds: [
                    .init(view: View(8), notarize: [ValidatorIndex(1)], nullify: [], finalize: [ValidatorIndex(99)])
                ])),
        .request([.notarization(View(1)), .nullification(View(2)), .block(View(3), .zero), .run(after: Height(4))]),
        .block(Bench.block()), .run([Bench.block(), Bench.block(view: 2)], certificate), .viewRequest,
        .viewReport(View(5), nil), .viewReport(View(5), certificate),
    ]

    @Test("every message reads back, and nothing shorter or longer is one", arguments: messages)
    func coding(message: SimplexMessage) throws {
        let bytes = message.bytes
        #expect(try SimplexMessage(bytes: bytes) == message)
        for count in 0..<bytes.count {
            #expect(throws: DecodingFailure.self) { try SimplexMessage(bytes: Array(bytes.prefix(count))) }
        }
        #expect(throws: DecodingFailure.self) { try SimplexMessage(bytes: bytes + [0]) }
    }

    @Test("bytes that strangers choose never trap")
    func noise() {
        var random = PRNG(seed: 11)
        var readable = 0
        for _ in 0..<4_000 {
            var bytes = Self.messages[Int(random.next() % UInt64(Self.messages.count))].bytes
            for _ in 0...random.next() % 3 {
                bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() & 255)
            }
            do {
                _ = try SimplexMessage(bytes: bytes)
                readable += 1
            } catch {}
        }
        #expect(readable > 0)
    }

    @Test("the first bytes of each kind are frozen")
    func frozen() {
        #expect(
            Self.messages.map { Array($0.bytes.prefix(2)) } == [
                [1, 1], [1, 2], [1, 2], [1, 3], [1, 4], [1, 5], [1, 6], [1, 7], [1, 8], [1, 9], [1, 9],
            ])
        #expect(
            Hex.encode(SimplexMessage.request([.nullification(View(2))]).bytes) == "0105" + "01000000" + "02"
                + "0200000000000000")
    }

    @Test("every record reads back")
    func records() throws {
        let records: [SimplexRecord] = [
            SimplexEngine.firstRecord, .signer(.abstaining(through: View(9))), .signer(.lost), .promise(Self.vote.vote),
            .block(Bench.block()), .certificate(Self.certificate),
        ]
        for record in records { #expect(try SimplexRecord(kind: record.kind, payload: record.payload) == record) }
        #expect(SimplexEngine.firstRecord.payload == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    }
}
