import Certificates
import Identity
import MeshCrypto
import Primitives
import Testing

/// One network, one genesis: what encodes it otherwise, or makes no sense, is refused by name.
struct GenesisTests {
    @Test func ordersAreThoseOfBytes() throws {
        let decomposed = "e\u{301}"
        let composed = "\u{E9}"
        #expect(decomposed == composed, "Swift takes the texts for equal")
        var genesis = Cast.genesis
        genesis.balances = [decomposed, composed].map { Self.balance($0) }
        #expect(try Genesis(canonicalBytes: genesis.canonicalBytes).balances.count == 2)
        genesis.balances.reverse()
        #expect(Self.failure(of: genesis) == .notCanonical(.balances))
        // U+FF61 stands before U+1F419 in UTF-8 and in Unicode, and behind it in UTF-16.
        genesis.balances = ["\u{FF61}", "\u{1F419}"].map { Self.balance($0) }
        #expect(Self.failure(of: genesis) == nil)
    }

    @Test func listsOutOfOrderOrWithDuplicatesAreRefused() {
        var genesis = Cast.genesis
        genesis.balances = ["b", "a"].map { Self.balance($0) }
        #expect(Self.failure(of: genesis) == .notCanonical(.balances))
        genesis.balances = ["a", "a"].map { Self.balance($0) }
        #expect(Self.failure(of: genesis) == .notCanonical(.balances))
        genesis.balances = [Self.balance("a", units: [0, 1])]
        #expect(Self.failure(of: genesis) == .notCanonical(.units))
        genesis.balances = []
        genesis.nodes = [Cast.node.nodeID, Cast.node.nodeID]
        #expect(Self.failure(of: genesis) == .notCanonical(.nodes))
    }

    @Test func parametersOutOfOrderOrTwiceAreRefused() throws {
        for names in [["b", "a"], ["a", "a"]] {
            var genesis = Cast.genesis
            genesis.parameters = NetworkParameters()
            var bytes = Array(genesis.canonicalBytes.dropLast(4))
            var writer = ByteWriter()
            writer.writeList(names) { writer, name in
                writer.write(name)
                writer.write(UInt64(1))
            }
            bytes += writer.bytes
            #expect(throws: GenesisFailure.notCanonical(.parameters)) { try Genesis(canonicalBytes: bytes) }
        }
    }

    @Test func numbersWithoutMeaningAreRefused() {
        let good = Cast.genesis.canonicalBytes
        let engine = 2 + 4 + "vectors".utf8.count
        #expect(Self.failure(of: good.replacing(at: engine, with: 3)) == .unknown(.engine, 3))
        #expect(Self.failure(of: good.replacing(at: engine + 1, with: 0)) == .unknown(.scheme, 0))
        #expect(Self.failure(of: good.replacing(at: engine + 2, with: 9)) == .unknown(.hashSuite, 9))
        #expect(Self.failure(of: good.replacing(at: 0, with: 2)) == .malformed(.unknownVersion(2)))
        let hasAuthority = engine + 3 + 8 + 8 + 4
        #expect(
            Self.failure(of: good.replacing(at: hasAuthority, with: 2))
                == .malformed(.malformed("boolean", offset: hasAuthority)))
    }

    @Test func namesAreNeitherEmptyNorLong() {
        var genesis = Cast.genesis
        genesis.name = ""
        #expect(Self.failure(of: genesis) == .notCanonical(.name))
        genesis.name = String(repeating: "n", count: 65)
        #expect(Self.failure(of: genesis) == .malformed(.tooLarge(offset: 2, limit: 64)))
    }

    @Test func enginesHaveTheirSigners() {
        var genesis = Cast.genesis
        genesis.authority = nil
        #expect(Self.failure(of: genesis) == .wrongSigners)
        genesis = Cast.genesis
        genesis.engine = .bft
        #expect(Self.failure(of: genesis) == .wrongSigners)
        genesis = makeBFT(weights: [1, 1])
        genesis.validators = []
        #expect(Self.failure(of: genesis) == .wrongSigners)
        #expect(Self.failure(of: makeBFT(weights: [1, 0])) == .notCanonical(.validators))
        #expect(Self.failure(of: makeBFT(weights: [.max, 1])) == .notCanonical(.validators))
        #expect(Self.failure(of: makeBFT(weights: [.max - 1, 1])) == nil)
        genesis = makeBFT(weights: [1, 1])
        genesis.validators[1] = genesis.validators[0]
        #expect(Self.failure(of: genesis) == .notCanonical(.validators))
    }

    @Test(arguments: [(1, 2), (0, 0), (4, 3), (1, 0), (0, 1)] as [(UInt32, UInt32)])
    func unsafeThresholdsAreRefused(numerator: UInt32, denominator: UInt32) {
        var genesis = Cast.genesis
        genesis.threshold = Genesis.Threshold(numerator, denominator)
        #expect(Self.failure(of: genesis) == .badThreshold)
        genesis = makeBFT(weights: [3, 4])
        genesis.threshold = Genesis.Threshold(numerator, denominator)
        #expect(Self.failure(of: genesis) == .badThreshold)
    }

    /// Of weight 7 the quorum is 5: four faulty-or-slow of seven must neither split nor stop the network.
    @Test func theThresholdOfBFTIsTheQuorum() {
        for (threshold, isGood) in [((2, 3), true), ((4, 7), true), ((3, 7), false), ((5, 7), false), ((1, 1), false)] {
            var genesis = makeBFT(weights: [3, 4])
            genesis.threshold = Genesis.Threshold(UInt32(threshold.0), UInt32(threshold.1))
            #expect((Self.failure(of: genesis) == nil) == isGood, "\(threshold)")
        }
    }

    @Test func cutAndExtendedBytesAreRefused() {
        let good = Cast.genesis.canonicalBytes
        for count in stride(from: 0, to: good.count, by: 13) {
            #expect(throws: GenesisFailure.self) { try Genesis(canonicalBytes: Array(good[..<count])) }
        }
        #expect(Self.failure(of: good + [0]) == .malformed(.trailingBytes(offset: good.count)))
    }

    /// What is read encodes to the bytes that it was read from: one network, one genesis.
    @Test func whatIsReadIsCanonical() {
        var random = PRNG(seed: 5)
        let good = Cast.genesis.canonicalBytes
        let tail = good.count - 300
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<1 + random.next() % 3 {
                let index = Int(random.next() % 400)
                bytes[index < 50 ? index : tail + index - 100] = UInt8(truncatingIfNeeded: random.next())
            }
            guard let genesis = try? Genesis(canonicalBytes: bytes) else { continue }
            #expect(genesis.canonicalBytes == bytes)
        }
    }

    @Test func parametersAreBoundedWhateverTheGenesisSays() {
        var parameters = NetworkParameters()
        #expect(parameters.heartbeat == .seconds(10) && parameters.maxExpiryHeightSpan == 100_000)
        for name in ["heartbeat_ms", "max_block_byte_count", "max_block_transaction_count", "max_clock_skew_ms"] {
            parameters[name] = .max
        }
        #expect(parameters.heartbeat == .seconds(86_400) && parameters.maxClockSkew == .seconds(3600))
        #expect(parameters.maxBlockByteCount == 67_108_864 && parameters.maxBlockTransactionCount == 1_000_000)
        parameters["heartbeat_ms"] = nil
        #expect(parameters.listed.map(\.name) == parameters.listed.map(\.name).sorted())
        #expect(parameters["heartbeat_ms"] == nil && parameters.heartbeat == .seconds(10))
    }

    private static func balance(_ asset: String, units: [UInt8] = [1]) -> Genesis.Balance {
        Genesis.Balance(agent: Cast.agent.agentID, asset: asset, units: units)
    }
    private static func failure(of genesis: Genesis) -> GenesisFailure? { failure(of: genesis.canonicalBytes) }
    private static func failure(of bytes: [UInt8]) -> GenesisFailure? {
        do throws(GenesisFailure) {
            _ = try Genesis(canonicalBytes: bytes)
            return nil
        } catch { return error }
    }
}

extension [UInt8] {
    func replacing(at index: Int, with byte: UInt8) -> [UInt8] {
        var copy = self
        copy[index] = byte
        return copy
    }
}
