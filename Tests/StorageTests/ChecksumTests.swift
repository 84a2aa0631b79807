import Primitives
import Testing

@Test func theChecksumIsCastagnolis() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    // RFC 3720, appendix B.4.
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum((0..<32).map { UInt8($0) }) == 0x46DD_794E)
}

@Test func eightBytesAStepAndOneAStepAgree() {
    let bytes = PRNG.sample
    for start in 0..<9 {
        for end in start..<bytes.count {
            var wide = CRC32C()
            wide.update(bytes[start..<end])
            #expect(wide.value == CRC32C.checksum(bytes[start..<end]))
        }
    }
}

extension PRNG {
    fileprivate static var sample: [UInt8] {
        var random = PRNG(seed: 3)
        return random.bytes(70)
    }
}
