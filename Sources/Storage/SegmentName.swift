import Primitives

extension LSN {
    static let fileNamePrefix = "segment-"

    /// The file name of the segment whose first record has this LSN. Names sort as their LSNs do.
    public var fileName: String {
        var bytes: [UInt8] = []
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
        return Self.fileNamePrefix + Hex.encode(bytes)
    }

    /// - Returns: nil where the name is no segment's.
    public init?(fileName: String) {
        guard fileName.hasPrefix(Self.fileNamePrefix) else { return nil }
        guard let bytes = Hex.decode(fileName.dropFirst(Self.fileNamePrefix.count)), bytes.count == 8 else {
            return nil
        }
        self.init(bytes.reduce(0) { $0 << 8 | UInt64($1) })
        guard self.fileName == fileName else { return nil }
    }
}
