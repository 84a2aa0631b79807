import Foundation

/// Words that must not stand in code.
enum WordRules {
    struct Ban {
        let word: String
        let reason: String
    }

    /// Banned on the floors whose code is a value: no clock, no socket, no disk, no randomness, no `async`, no silence.
    static let sansIO: [Ban] = [
        Ban(word: "Task {", reason: "no tasks below the drivers"),
        Ban(word: "Task.detached", reason: "no tasks below the drivers"),
        Ban(word: "Task.immediate", reason: "no tasks below the drivers"),
        Ban(word: "async", reason: "inputs are calls and outputs are effects"),
        Ban(word: "await", reason: "inputs are calls and outputs are effects"),
        Ban(word: "ContinuousClock", reason: "time is an argument"),
        Ban(word: "SuspendingClock", reason: "time is an argument"),
        Ban(word: "Date(", reason: "time is an argument"),
        Ban(word: "UUID(", reason: "entropy is an argument"),
        Ban(word: ".random(", reason: "entropy is an argument"),
        Ban(word: "SystemRandomNumberGenerator", reason: "entropy is an argument"),
        Ban(word: ".shuffled()", reason: "entropy is an argument"),
        Ban(word: ".randomElement()", reason: "entropy is an argument"),
        Ban(word: "print(", reason: "events are effects"),
        Ban(word: "debugPrint(", reason: "events are effects"),
        Ban(word: "try?", reason: "a failure is handled or passed on"),
    ]

    /// Uses that stand, each with why. The line's target and word must both fit.
    static let exceptions: [(target: String, word: String, reason: String)] = [
        ("CapnProtoRPC", "async", "its façade declares clients and servers; whoever owns the loop runs them"),
        ("CapnProtoRPC", "await", "its façade declares clients and servers; whoever owns the loop runs them"),
    ]

    /// Generated code declares clients and servers of a schema's interfaces, named as the schema likes, and runs none.
    static func checkSansIO(_ file: SourceFile, against plan: FloorPlan) -> [Violation] {
        if file.path.hasSuffix(".capnp.swift") { return [] }
        guard let target = file.target, plan.isSansIO(target) else { return [] }
        return sansIO.filter { ban in !exceptions.contains { $0.target == target && $0.word == ban.word } }
            .flatMap { ban in
                offsets(of: ban.word, in: file.code)
                    .map { file.violation(at: file.line(at: $0), "`\(ban.word)` on a sans-IO floor: \(ban.reason)") }
            }
    }

    /// What the compiler is told to take on trust stands beside the reason why it may.
    static func checkSafety(_ file: SourceFile) -> [Violation] {
        let claims = ["@unchecked Sendable", "nonisolated(unsafe)"].flatMap { word in
            offsets(of: word, in: file.code).map { (word: word, line: file.line(at: $0)) }
        }
        guard !claims.isEmpty else { return [] }
        let lines = file.lines
        return claims.filter { !hasReason(lines, above: $0.line) }
            .map { file.violation(at: $0.line, "`\($0.word)` without a `SAFETY:` line") }
    }

    /// The reason stands on the line itself, in the comment directly above it, or in the one that opens its body.
    private static func hasReason(_ lines: [Substring], above line: Int) -> Bool {
        let before = lines[..<(line - 1)].reversed().prefix { begins($0, with: "//") || begins($0, with: "@") }
        let after = lines[line...].prefix { begins($0, with: "//") }
        return (before + [lines[line - 1]] + after).contains { $0.contains("SAFETY:") }
    }

    private static func begins(_ line: Substring, with mark: String) -> Bool {
        line.trimmingCharacters(in: .whitespaces).hasPrefix(mark)
    }

    /// Simulated signatures prove nothing: only tests may import them, so no product can take them for real.
    static func checkSimulation(_ file: SourceFile) -> [Violation] {
        guard file.target != nil else { return [] }
        return offsets(of: "@_spi(Simulation) import", in: file.code)
            .map { file.violation(at: file.line(at: $0), "simulated signatures are for tests") }
            + (targetsThatPlantBugs.contains(file.target ?? "")
                ? []
                : offsets(of: "@_spi(Sabotage)", in: file.code)
                    .map { file.violation(at: file.line(at: $0), "planted bugs are for the simulator") })
    }

    /// Where the bugs are declared, and who plants them.
    private static let targetsThatPlantBugs: Set<String> = ["Quorum", "Simplex", "Simulator", "simulate"]

    /// Promises instead of code.
    static func checkPromises(_ file: SourceFile) -> [Violation] {
        ["TO" + "DO", "FIX" + "ME", "XX" + "X:"].flatMap { word in
            offsets(of: word, in: file.bytes).map {
                file.violation(at: file.line(at: $0), "`\(word)`: do it or leave it")
            }
        }
    }

    /// A program parses, builds and runs: what it does lies in a target that tests can reach.
    static func checkProgramSize(_ file: SourceFile, against plan: FloorPlan, limit: Int = 150) -> [Violation] {
        guard let target = file.target, plan.entries[target]?.isProgram == true else { return [] }
        let count = file.bytes.count { $0 == UInt8(ascii: "\n") }
        return count > limit
            ? [file.violation(at: limit + 1, "\(target) is a program: \(count) lines, at most \(limit)")] : []
    }

    /// Where `word` stands as a word of its own: `print(` is not found in `fingerprint(`.
    static func offsets(of word: String, in bytes: [UInt8]) -> [Int] {
        let pattern = Array(word.utf8)
        var found = [Int]()
        bytes.withUnsafeBytes { buffer in
            var start = 0
            while start + pattern.count <= buffer.count,
                let hit = memchr(
                    buffer.baseAddress! + start, Int32(pattern[0]), buffer.count - pattern.count + 1 - start)
            {
                let offset = UnsafeRawPointer(hit) - buffer.baseAddress!
                if memcmp(hit, pattern, pattern.count) == 0, isWhole(pattern, at: offset, in: buffer) {
                    found.append(offset)
                }
                start = offset + 1
            }
        }
        return found
    }

    private static func isWhole(_ pattern: [UInt8], at offset: Int, in bytes: UnsafeRawBufferPointer) -> Bool {
        let end = offset + pattern.count
        if isWordByte(pattern[0]), offset > 0, isWordByte(bytes[offset - 1]) { return false }
        if isWordByte(pattern[pattern.count - 1]), end < bytes.count, isWordByte(bytes[end]) { return false }
        return true
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
