import CapnProto
import Primitives
import Testing

@Suite struct RandomTests {
    @Test func valuesComeBack() throws {
        var random = PRNG(seed: 1)
        for _ in 0..<1500 {
            let value = Shape.Value.random(&random, depth: 3)
            var builder = MessageBuilder(firstSegmentWords: Int.random(in: 1...64, using: &random))
            builder.setRoot(value)
            let message = try Message(framed: builder.framed())
            #expect(try Shape.Value(root: message) == value)
        }
    }

    /// The bytes that 4000 values have had since the first version. They change only if the encoding does, and then
    /// every stored signature over them breaks.
    @Test func encodingsAreFrozen() throws {
        var random = PRNG(seed: 2)
        var framed = CRC32C()
        var canonical = CRC32C()
        for _ in 0..<4000 {
            let value = Shape.Value.random(&random, depth: 2)
            framed.update(value.framed())
            canonical.update(try value.canonical())
        }
        #expect(framed.value == 1_616_146_956)
        #expect(canonical.value == 2_460_595_162)
    }

    /// Every byte of valid messages, flipped and set: whatever comes of it is a value or an error.
    @Test func mutationsNeverTrap() throws {
        var random = PRNG(seed: 3)
        for round in 0..<6 {
            let value = Shape.Value.random(&random, depth: 2)
            var builder = MessageBuilder(firstSegmentWords: round % 2 == 0 ? 1 : 100)
            builder.setRoot(value)
            let bytes = builder.framed()
            for position in bytes.indices {
                for byte in [0, 0xFF, bytes[position] ^ 1 << UInt8.random(in: 0...7, using: &random), 0x7F] {
                    var mutant = bytes
                    mutant[position] = byte
                    Self.readEverything(mutant)
                }
            }
        }
    }

    @Test func noiseNeverTraps() {
        var random = PRNG(seed: 4)
        for _ in 0..<3000 {
            var bytes: [UInt8] = [0, 0, 0, 0]
            let count = Int.random(in: 1...24, using: &random)
            bytes += [UInt8(count), 0, 0, 0]
            for _ in 0..<count {
                // Small offsets and sizes, so that many pointers are sound.
                bytes += random.bytes(8).map { $0 & (UInt8.random(in: 0...255, using: &random) >> 3) }
            }
            Self.readEverything(bytes)
        }
    }

    static func readEverything(_ bytes: [UInt8]) {
        let limits = ReadLimits(traversalWords: 1 << 11, nesting: 32)
        guard let message = try? Message(framed: bytes, limits: limits) else { return }
        _ = message.fault()
        message.renewTraversalAllowance()
        if let value = try? Shape.Value(root: message) { _ = value.framed() }
        message.renewTraversalAllowance()
        _ = try? message.rootPointer.list(of: Point.self).values()
        _ = try? message.rootPointer.list(of: List<Text>.self).values()
        message.renewTraversalAllowance()
        if let canonical = try? message.rootPointer.canonical() {
            #expect(throws: Never.self) { try Message(segments: [canonical]).checkCanonical() }
        }
        message.renewTraversalAllowance()
        var copy = MessageBuilder(firstSegmentWords: 8)
        try? copy.root.copy(message.rootPointer)
        #expect(copy.framedByteCount <= 8 * limits.traversalWords * 3)
    }
}

extension Shape.Value {
    static func random(_ random: inout PRNG, depth: Int) -> Shape.Value {
        func text() -> String {
            String(decoding: random.bytes(Int(random.next() % 12)).map { $0 & 0x7F }, as: UTF8.self)
        }
        func list<T>(_ make: () -> T) -> [T] { (0..<random.next() % 5).map { _ in make() } }
        func point() -> Point.Value {
            Point.Value(x: Int32(truncatingIfNeeded: random.next()), y: Int32(random.next() % 3), label: text() + ".")
        }
        let which: Shape.Which =
            switch random.next() % (depth > 0 ? 5 : 3) {
            case 0: .none
            case 1: .circle(UInt32(truncatingIfNeeded: random.next()))
            case 2: .polygon(list(point))
            default: .child(.random(&random, depth: depth - 1))
            }
        return Shape.Value(
            name: text(), visible: random.next() % 2 == 0, colour: Colour(rawValue: UInt16(random.next() % 4)),
            area: Double(random.next() % 1000), which: which, tags: list(text),
            blob: random.bytes(Int(random.next() % 20)),
            grid: list { list { UInt16(truncatingIfNeeded: random.next()) } }, flags: list { random.next() % 2 == 0 },
            origin: random.next() % 2 == 0 ? point() : nil)
    }
}
