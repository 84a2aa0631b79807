import CapnProto
import Foundation
import Primitives
import Testing

/// The encodings that the C++ implementation gives to RoundTripTests.value.
@Suite struct VectorTests {
    static func vector(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors")
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    @Test(arguments: ["shape.binary", "shape.segments"]) func framed(name: String) throws {
        let bytes = try Self.vector(name)
        #expect(try Shape.Value(framed: bytes) == RoundTripTests.value)
        let message = try Message(framed: bytes)
        #expect(try message.rootPointer.canonical() == Self.vector("shape.canonical"))
        #expect(message.framed() == bytes)
    }

    @Test func canonical() throws {
        let bytes = try Self.vector("shape.canonical")
        let message = try Message(segments: [bytes])
        try message.checkCanonical()
        #expect(try Shape.Value(root: message) == RoundTripTests.value)
    }

    @Test func packed() throws {
        let packed = try Self.vector("shape.packed")
        let binary = try Self.vector("shape.binary")
        #expect(try Packing.unpack(packed) == binary)
        #expect(Packing.pack(binary) == packed)
    }

    @Test func packingComesBack() throws {
        var random = PRNG(seed: 5)
        for _ in 0..<300 {
            let density = random.next() % 9
            let bytes = random.bytes(8 * Int(random.next() % 700)).map { random.next() % 8 < density ? $0 : 0 }
            #expect(try Packing.unpack(Packing.pack(bytes)) == bytes)
        }
    }

    @Test(
        arguments: [
            ([1], CapnProtoError.truncated), ([0], .truncated), ([0xFF, 1, 2, 3, 4, 5, 6, 7, 8], .truncated),
            ([0xFF, 1, 2, 3, 4, 5, 6, 7, 8, 1, 9], .truncated), ([0x10, 1, 0x10], .truncated),
        ] as [([UInt8], CapnProtoError)]) func truncatedPacking(packed: [UInt8], expected: CapnProtoError)
    {
        #expect(throws: expected) { try Packing.unpack(packed) }
    }

    /// Two bytes unpack to 2 KiB: the limit holds before the memory is taken.
    @Test func packingIsLimited() {
        let bomb = [UInt8](repeating: 0, count: 2000).enumerated().map { $0.offset % 2 == 0 ? 0 : 0xFF as UInt8 }
        #expect(throws: CapnProtoError.messageTooLarge) {
            try Packing.unpack(bomb, limits: ReadLimits(traversalWords: 1000))
        }
    }
}
