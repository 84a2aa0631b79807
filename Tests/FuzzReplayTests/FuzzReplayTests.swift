import Foundation
import FuzzEntries
import FuzzMeshEntries
import Testing

/// The corpus of the fuzzers, and every input that once broke something, without libFuzzer. What breaks, traps.
@Suite struct FuzzReplayTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzz")

    static let entries = Dictionary(uniqueKeysWithValues: (FuzzEntry.all + FuzzEntry.mesh).map { ($0.name, $0) })
    static let names = entries.keys.sorted()

    static func inputs(_ kind: String, _ entry: String) -> [URL] {
        let folder = folder.appendingPathComponent(kind).appendingPathComponent(entry)
        let files = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return (files ?? []).sorted { $0.path < $1.path }
    }

    @Test(arguments: names) func corpusAndCrashes(name: String) throws {
        let entry = try #require(Self.entries[name])
        let corpus = Self.inputs("Corpus", name)
        #expect(!corpus.isEmpty, "Fuzz/Corpus/\(name) is empty")
        for file in corpus + Self.inputs("Crashes", name) { entry.run([UInt8](try Data(contentsOf: file))) }
    }

    /// Inputs cut at many lengths and with many of their first bits flipped: a little of what a fuzzer does.
    @Test(arguments: names) func neighbours(name: String) throws {
        let entry = try #require(Self.entries[name])
        for file in Self.inputs("Corpus", name).prefix(5) {
            let bytes = [UInt8](try Data(contentsOf: file))
            for count in stride(from: 0, to: min(bytes.count, 200), by: 13) { entry.run(Array(bytes.prefix(count))) }
            for bit in stride(from: 0, to: min(bytes.count, 80) * 8, by: 11) {
                var mutant = bytes
                mutant[bit / 8] ^= 1 << UInt8(bit % 8)
                entry.run(mutant)
            }
        }
    }
}
