// What is fuzzed: one entry for each decoder that sees a stranger's bytes. See Fuzz/README.md.
//
// An entry reads its input where it lies, so that AddressSanitizer sees the first byte that is read beyond it, and traps
// (`precondition`) when something that must hold for every input doesn't.
//
// The entries here need no cryptography; those that do are in Fuzz/MeshEntries.

/// A decoder under test.
public struct FuzzEntry: Sendable {
    public let name: String
    private let body: @Sendable (UnsafeRawBufferPointer) -> Void

    public init(name: String, body: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
        self.name = name
        self.body = body
    }

    public static let all: [FuzzEntry] = [
        FuzzEntry(name: "framing", body: fuzzFraming),
        FuzzEntry(name: "packing", body: fuzzPacking),
        FuzzEntry(name: "reader", body: fuzzReader),
        FuzzEntry(name: "canonical", body: fuzzCanonical),
        FuzzEntry(name: "building", body: fuzzBuilding),
        FuzzEntry(name: "values", body: fuzzValues),
        FuzzEntry(name: "schema", body: fuzzSchema),
        FuzzEntry(name: "text", body: fuzzText),
        FuzzEntry(name: "json", body: fuzzJSON),
        FuzzEntry(name: "rpc", body: fuzzRPC),
        FuzzEntry(name: "journal", body: fuzzJournal),
        FuzzEntry(name: "streams", body: fuzzStreams),
    ]

    public func run(_ bytes: UnsafeRawBufferPointer) { body(bytes) }
    public func run(_ bytes: [UInt8]) { bytes.withUnsafeBytes(body) }
}
