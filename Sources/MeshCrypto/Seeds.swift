/// Secret bytes that exist once and are erased when they go.
public struct Secret: ~Copyable, Sendable {
    private let storage: Storage

    /// Takes a copy; erasing the original is the caller's part.
    public init(copying bytes: some Collection<UInt8>) { storage = Storage(bytes) }

    public var count: Int { storage.bytes.count }

    /// Lends the bytes. They must not outlive the call.
    public borrowing func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(storage.bytes))
    }

    /// Owns the memory, so that exactly one deinit erases it.
    private final class Storage: @unchecked Sendable {
        // SAFETY: written in init only, erased in deinit, when no reference is left.
        let bytes: UnsafeMutableRawBufferPointer

        init(_ source: some Collection<UInt8>) {
            bytes = .allocate(byteCount: max(source.count, 1), alignment: 16)
            bytes.copyBytes(from: source)
        }
        deinit {
            bytes.withMemoryRebound(to: UInt8.self) { region in
                for index in region.indices { region[index] = 0 }
                // Keeps the stores: the optimiser may not drop what an opaque call might read.
                keepAlive(UnsafeRawBufferPointer(region))
            }
            bytes.deallocate()
        }
    }
}

@inline(never)
@_optimize(none)
private func keepAlive(_ bytes: UnsafeRawBufferPointer) {}

/// The seeds of one identity: Ed25519 (32) ‖ X25519 (32) ‖ ML-DSA-65 ξ (32) ‖ ML-KEM-768 d‖z (64).
public enum SeedLayout {
    public static let ed25519 = 0..<32
    public static let x25519 = 32..<64
    public static let mldsa65 = 64..<96
    public static let mlkem768 = 96..<160
    public static let byteCount = 160
}
