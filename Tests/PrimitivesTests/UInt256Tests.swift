import Primitives
import Testing

struct UInt256Tests {
    @Test func bytesAreCanonical() throws {
        #expect(UInt256.zero.bigEndianBytes == [])
        #expect(UInt256(bigEndian: [])?.bigEndianBytes == [])
        #expect(UInt256(bigEndian: [0, 0, 1, 2])?.bigEndianBytes == [1, 2])
        #expect(UInt256(bigEndian: [0, 0, 1, 2]) == UInt256(258))
        #expect(UInt256(bigEndian: [UInt8](repeating: 255, count: 32)) == .max)
        #expect(UInt256(bigEndian: [UInt8](repeating: 0, count: 33)) == nil)
    }

    @Test func nothingIsLostSilently() throws {
        #expect(UInt256.max.adding(UInt256(1)) == nil)
        #expect(UInt256.zero.subtracting(UInt256(1)) == nil)
        #expect(UInt256.zero &- UInt256(1) == .max)
        #expect(UInt256.max &+ UInt256(1) == .zero)
        let carry = UInt256(.max).adding(UInt256(1))
        #expect(carry?.bigEndianBytes == [1, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(carry?.subtracting(UInt256(1)) == UInt256(.max))
    }

    @Test func decimalDigitsBothWays() throws {
        let largest = "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        #expect(UInt256.max.description == largest)
        #expect(UInt256(decimal: largest) == .max)
        #expect(UInt256(decimal: "115792089237316195423570985008687907853269984665640564039457584007913129639936") == nil)
        #expect(UInt256.zero.description == "0")
        #expect(UInt256(decimal: "18446744073709551616")?.bigEndianBytes == [1, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(UInt256(decimal: "10000000000000000000000000000000000000001")?.description
            == "10000000000000000000000000000000000000001")
        for text in ["", "-1", "1e3", " 1", "٣"] { #expect(UInt256(decimal: text) == nil) }
    }

    @Test(arguments: UInt64(0)..<8)
    func arithmeticAgreesWithItsInverse(seed: UInt64) throws {
        var random = PRNG(seed: seed)
        for _ in 0..<200 {
            let a = try #require(UInt256(bigEndian: random.bytes(Int.random(in: 0...32, using: &random))))
            let b = try #require(UInt256(bigEndian: random.bytes(Int.random(in: 0...32, using: &random))))
            #expect((a &+ b) &- b == a)
            if let sum = a.adding(b) { #expect(sum.subtracting(b) == a && sum >= a) } else { #expect(a &+ b < a) }
            #expect((a.subtracting(b) == nil) == (a < b))
            #expect(UInt256(decimal: a.description) == a)
            #expect(UInt256(bigEndian: a.bigEndianBytes) == a)
        }
    }
}
