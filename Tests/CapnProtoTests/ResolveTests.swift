import Primitives
import Testing

@testable import CapnProto

/// Pointers are followed by a short form that is inlined and by a long one that knows every case: for whatever a sender writes,
/// both come to the same end, at the same price.
@Suite struct ResolveTests {
    /// Where it led, or why not, and what that cost.
    private struct Outcome: Equatable {
        var place: Int?
        var shape: [Int] = []
        var error: CapnProtoError?
        var price = 0
    }

    private func outcome(_ message: Message, _ body: () throws(CapnProtoError) -> Outcome) -> Outcome {
        message.renewTraversalAllowance()
        var outcome = Outcome()
        do throws(CapnProtoError) {
            outcome = try body()
        } catch {
            outcome.error = error
        }
        // What a refused pointer has cost is nobody's business.
        if outcome.error == nil { outcome.price = message.limits.traversalWords - message.remainingTraversalWords }
        return outcome
    }

    private func place(_ structure: StructReader) -> Outcome {
        Outcome(place: Int(bitPattern: structure.data), shape: [Int(structure.dataBytes), Int(structure.pointerCount)])
    }

    private func place(_ list: ListReader) -> Outcome {
        Outcome(
            place: Int(bitPattern: list.base),
            shape: [
                list.count, Int(list.elementSize.rawValue), Int(list.stepBits), Int(list.dataBits),
                Int(list.pointerCount),
            ])
    }

    private func check(_ message: Message, depth: UInt16) {
        let segment = message.arena.pointee.segments
        let slot = UnsafeRawPointer(segment.pointee.base)
        let short = outcome(message) { () throws(CapnProtoError) in place(try resolveStruct(segment, slot, depth)) }
        let long = outcome(message) { () throws(CapnProtoError) in place(try resolveStructSlowly(segment, slot, depth))
        }
        #expect(short == long)
        for size in [ElementSize.void, .bit, .byte, .twoBytes, .fourBytes, .eightBytes, .pointer, .composite] {
            let short = outcome(message) { () throws(CapnProtoError) in
                place(try resolveList(segment, slot, depth, size))
            }
            let long = outcome(message) { () throws(CapnProtoError) in
                place(try resolveListSlowly(segment, slot, depth, size))
            }
            #expect(short == long, "\(size)")
        }
        let shortBytes = outcome(message) { () throws(CapnProtoError) in bytes(try resolveBytes(segment, slot)) }
        let longBytes = outcome(message) { () throws(CapnProtoError) in bytes(try resolveBytesSlowly(segment, slot)) }
        #expect(shortBytes == longBytes)
    }

    private func bytes(_ bytes: UnsafeRawBufferPointer?) -> Outcome {
        Outcome(place: bytes.map { Int(bitPattern: $0.baseAddress) }, shape: [bytes?.count ?? 0])
    }

    @Test("the short form of following a pointer agrees with the long one")
    func formsAgree() throws {
        var random = PRNG(seed: 11)
        for _ in 0..<4000 {
            var words = (0..<Int.random(in: 1...6, using: &random)).map { _ in random.next() & 0x0001_0001_0000_0003 }
            words[0] = pointer(&random)
            if words.count > 1, random.next() % 2 == 0 { words[1] = pointer(&random) }
            let limit = Int.random(in: words.count...12, using: &random)
            let message = try message(words, limits: ReadLimits(traversalWords: limit))
            check(message, depth: UInt16(random.next() % 3))
        }
    }

    /// Sound more often than not.
    private func pointer(_ random: inout PRNG) -> UInt64 {
        let offset = Int.random(in: -2...2, using: &random)
        let small = { (random: inout PRNG) in Int(random.next() % 4) }
        switch random.next() % 8 {
        case 0, 1: return Draw.structure(offset, data: small(&random), pointers: small(&random))
        case 2, 3:
            let size = ElementSize(rawValue: UInt8(random.next() % 7))!
            return Draw.list(offset, size, Int(random.next() % 40))
        case 4, 5: return Draw.list(offset, .composite, small(&random))
        case 6: return Draw.far(small(&random) / 2, small(&random), double: random.next() % 2 == 0)
        default: return random.next()
        }
    }
}
