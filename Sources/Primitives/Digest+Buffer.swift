// Reading digests without generic dispatch: these stand on the path of every hash.

extension Digest {
    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        unsafe self.init(
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)),
            UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
    }

    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard let digest = unsafe bytes.withUnsafeBytes({ unsafe Digest($0) }) else { return nil }
        self = digest
    }

    /// - Returns: nil unless there are exactly 32 bytes.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard let digest = unsafe bytes.withUnsafeBytes({ unsafe Digest($0) }) else { return nil }
        self = digest
    }
}
