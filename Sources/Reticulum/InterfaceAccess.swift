import MeshCrypto
import Primitives

/// An interface's access code: frames of those who know the network's name or passphrase, and of nobody else.
///
/// `flags | 80, hops, code n, rest`: the code is the end of a signature over the frame, and all but the code is masked
/// with a stream that the code and the key give. It keeps strangers out of a segment; what is secret is encrypted by who
/// sends it.
public final class InterfaceAccess: Sendable {
    private static let salt: [UInt8] = [
        0xAD, 0xF5, 0x4D, 0x88, 0x2C, 0x9A, 0x9B, 0x80, 0x77, 0x1E, 0xB4, 0x99, 0x5D, 0x70, 0x2D, 0x4A,
        0x3E, 0x73, 0x33, 0x91, 0xB2, 0xA0, 0xF5, 0x3F, 0x41, 0x6D, 0x9F, 0x90, 0x7E, 0x55, 0xCF, 0xF8,
    ]

    /// How many bytes a frame grows by: 16 on sockets, 8 on serial lines and radio. Configurations say it in bits.
    public let codeByteCount: Int
    private let key: [UInt8]
    private let identity: PrivateIdentity

    /// - Returns: nil where there is neither name nor passphrase, or the code has not 1 to 64 bytes.
    public init?(networkName: String?, passphrase: String?, codeByteCount: Int = 16) {
        guard networkName != nil || passphrase != nil, (1...Wire.signatureByteCount).contains(codeByteCount) else {
            return nil
        }
        let origin = [networkName, passphrase].compactMap { $0 }.flatMap { sha256(Array($0.utf8)).bytes }
        key = HKDFSHA256.deriveWrapping(Secret(copying: sha256(origin).bytes), salt: Self.salt, byteCount: 64)
        do { identity = try PrivateIdentity(Secret(copying: key)) } catch { return nil }
        self.codeByteCount = codeByteCount
    }

    public func seal(_ frame: [UInt8]) throws(SigningFault) -> [UInt8] {
        guard frame.count > 2 else { throw .failed }
        let code = try identity.sign(frame).suffix(codeByteCount)
        return mask([frame[0] | 0x80, frame[1]] + code + frame[2...], code) { $0 | 0x80 }
    }

    /// The frame inside.
    public func open(_ sealed: ArraySlice<UInt8>) throws(PacketFault) -> [UInt8] {
        guard sealed.count <= Wire.maxFrameByteCount + codeByteCount else { throw .tooLarge }
        guard sealed.count > 2 + codeByteCount, let first = sealed.first else { throw .truncated }
        guard first & 0x80 != 0 else { throw .notAuthorised }
        let code = sealed.dropFirst(2).prefix(codeByteCount)
        var frame = mask(Array(sealed), code) { $0 & 0x7F }
        frame.removeSubrange(2..<2 + codeByteCount)
        guard let expected = signature(of: frame), equalInConstantTime(Array(code), expected) else {
            throw .notAuthorised
        }
        return frame
    }

    private func signature(of frame: [UInt8]) -> [UInt8]? {
        do { return Array(try identity.sign(frame).suffix(codeByteCount)) } catch { return nil }
    }

    private func mask(_ frame: [UInt8], _ code: some Collection<UInt8>, flags: (UInt8) -> UInt8) -> [UInt8] {
        let stream = HKDFSHA256.deriveWrapping(Secret(copying: Array(code)), salt: key, byteCount: frame.count)
        var masked = frame
        for index in frame.indices where index < 2 || index >= 2 + codeByteCount { masked[index] ^= stream[index] }
        masked[0] = flags(masked[0])
        return masked
    }
}
