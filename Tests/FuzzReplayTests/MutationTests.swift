import Foundation
import FuzzEntries
import Testing

/// Every byte of valid messages, changed in many ways, read as everything that it could be taken for. What breaks, traps; that
/// the work stays bounded is what the entries check.
@Suite struct MutationTests {
    private static let messages = ["shape", "pointers", "double-far", "structs-as-pointers"]

    @Test(
        "every byte of valid messages may be changed, and nothing traps", arguments: messages, ["reader", "canonical"])
    func everyByte(message: String, entry: String) throws {
        let entry = try #require(FuzzReplayTests.entries[entry])
        let file = FuzzReplayTests.folder.appendingPathComponent("Corpus/canonical/\(message)")
        let bytes = [UInt8](try Data(contentsOf: file))
        entry.run(bytes)
        for position in bytes.indices {
            for mutation in [bytes[position] ^ 1 << UInt8(position % 8), 0xFF, bytes[position] &+ 1] {
                guard mutation != bytes[position] else { continue }
                var mutant = bytes
                mutant[position] = mutation
                entry.run(mutant)
            }
        }
    }

    @Test("every byte of packed messages may be changed, and the unpackers agree", arguments: ["shape"])
    func everyPackedByte(message: String) throws {
        let entry = try #require(FuzzReplayTests.entries["packing"])
        let file = FuzzReplayTests.folder.deletingLastPathComponent()
            .appendingPathComponent("Tests/CapnProtoTests/Vectors/\(message).packed")
        let bytes = [UInt8](try Data(contentsOf: file))
        for position in bytes.indices {
            for bit in 0..<8 {
                var mutant = bytes
                mutant[position] ^= 1 << UInt8(bit)
                entry.run(mutant)
            }
        }
    }
}
