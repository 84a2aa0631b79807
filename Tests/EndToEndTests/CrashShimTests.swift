import Foundation
import Testing

/// The shim takes what no sync covers and nothing else, as a small C program shows.
@Suite(.serialized) struct CrashShimTests {
    private func probe(_ what: String, _ folder: CrashFolder, _ change: (inout CrashShim) -> Void = { _ in }) -> Int32 {
        var shim = CrashShim(root: folder.root)
        shim.log = folder.path + "/log"
        change(&shim)
        return CrashShim.run(
            CrashShim.probe, [folder.root, folder.acknowledged, what], environment: shim.environment)
    }

    private func letters(_ bytes: [UInt8]?) -> [Character: Int] {
        (bytes ?? []).reduce(into: [:]) { $0[Character(UnicodeScalar($1)), default: 0] += 1 }
    }

    @Test func unsyncedBytesGoAndSyncedOnesStay() {
        let folder = CrashFolder()
        #expect(probe("signal", folder) { $0.mode = .discard } == -SIGKILL)
        #expect(letters(folder.bytes("0")) == ["a": 4000], "the overwriting and the appended bytes are gone")
        #expect(letters(folder.bytes("1")) == ["d": 3000], "the truncation is undone")
        #expect(folder.log.contains("cut by signal") && folder.log.contains("2 files were dirty"))
    }

    @Test func aCompletedSyncCoversEverythingBeforeIt() {
        let folder = CrashFolder()
        #expect(probe("settle", folder) { $0.mode = .discard } == -SIGKILL)
        #expect(letters(folder.bytes("0")) == ["a": 3992, "b": 8, "c": 4, "\0": 1000])
        #expect(letters(folder.bytes("1")) == ["d": 10])
    }

    @Test func withoutSyncsEverythingGoes() {
        let folder = CrashFolder()
        let code = probe("settle", folder) {
            $0.mode = .discard
            $0.ignoresSync = true
            $0.tracksNames = false
        }
        #expect(code == -SIGKILL && folder.bytes("0") == [] && folder.bytes("1") == [])
    }

    @Test func namesGoWithoutASyncOfTheirFolder() throws {
        let folder = CrashFolder()
        #expect(probe("names", folder) { $0.mode = .discard } == -SIGKILL)
        #expect(letters(folder.bytes("0")) == ["a": 4000], "the renaming is undone, the replaced file is back")
        #expect(letters(folder.bytes("1")) == ["d": 3000], "the removed file is back")
        #expect(folder.bytes("2") == nil, "the new file never was")
        let second = CrashFolder()
        #expect(probe("names", second) { $0.mode = .discard; $0.tracksNames = false } == -SIGKILL)
        #expect(letters(second.bytes("0")) == ["e": 500] && second.bytes("1") == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["log", "root"])
    }

    @Test func tearingLeavesDifferentRemainsAndAlwaysTheSameForASeed() throws {
        var remains: Set<[UInt8]> = []
        for seed in 0..<24 {
            let folders = [CrashFolder(), CrashFolder()]
            for folder in folders { #expect(probe("signal", folder) { $0.seed = seed } == -SIGKILL) }
            #expect(folders[0].bytes("0") == folders[1].bytes("0"))
            let bytes = try #require(folders[0].bytes("0"))
            try #require((4000...5004).contains(bytes.count))
            #expect(bytes[..<100].allSatisfy { $0 == UInt8(ascii: "a") })
            remains.insert(bytes)
        }
        #expect(remains.count >= 4)
    }

    @Test(arguments: 0..<10) func acknowledgedAppendsStay(seed: Int) throws {
        let folder = CrashFolder()
        for mode in [CrashShim.Mode.tear, .discard] {
            unlink(folder.root + "/0")
            let code = probe("append", folder) {
                $0.seed = seed
                $0.mode = mode
                $0.oneIn = 100
                $0.tracksNames = false
            }
            #expect(code == -SIGKILL)
            let file = folder.bytes("0") ?? []
            let count = Int(folder.acknowledgedCount)
            #expect(file.count >= count * 8 + max(0, count - 1) / 7 * 8, "\(count) were acknowledged: \(folder.log)")
        }
    }

    @Test func acknowledgedAppendsGoWithoutSyncs() {
        let folder = CrashFolder()
        #expect(probe("append", folder) { $0.ignoresSync = true; $0.mode = .discard; $0.at = 200; $0.tracksNames = false } == -SIGKILL)
        #expect(folder.acknowledgedCount > 50 && folder.bytes("0") == [])
    }
}
