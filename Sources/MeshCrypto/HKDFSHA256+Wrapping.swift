import Crypto

extension HKDFSHA256 {
    /// HKDF-SHA256 whose block counter goes on at 0 behind 255, where RFC 5869 ends.
    ///
    /// Up to 8160 bytes it is RFC 5869's. Reticulum masks frames with it that may be longer; the mask hides, and proves
    /// nothing.
    public static func deriveWrapping(_ secret: borrowing Secret, salt: [UInt8], byteCount: Int) -> [UInt8] {
        precondition(byteCount >= 0, "so many bytes")
        let key = SymmetricKey(data: HKDF<SHA256>.extract(inputKeyMaterial: secret.key, salt: salt))
        var output: [UInt8] = []
        output.reserveCapacity(byteCount + 32)
        var (block, counter): ([UInt8], UInt8) = ([], 1)
        while output.count < byteCount {
            block.append(counter)
            block = Array(HMAC<SHA256>.authenticationCode(for: block, using: key))
            output.append(contentsOf: block)
            counter &+= 1
        }
        output.removeLast(output.count - byteCount)
        return output
    }
}
