import MeshCrypto
import Primitives

/// How a record looks: u8 0x81 ‖ u8 epoch ‖ u64 counter, big-endian ‖ ciphertext ‖ tag (16). The header is authenticated.
/// The nonce is u32 epoch ‖ u64 counter, big-endian; the content's first byte says what it is.
enum RecordFormat {
    static let version: UInt8 = 0x81
    static let headerByteCount = 10
    static let overhead = headerByteCount + 1 + AES256GCM.tagByteCount

    static func header(_ epoch: UInt32, _ counter: UInt64) -> [UInt8] {
        [version, UInt8(truncatingIfNeeded: epoch)] + bigEndian(counter)
    }
    static func nonce(_ epoch: UInt32, _ counter: UInt64) -> [UInt8] { bigEndian(epoch) + bigEndian(counter) }

    private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        stride(from: value.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}

/// One direction's key while it seals. A counter serves once, because only `seal` moves it.
struct SealingEpoch: ~Copyable, Sendable {
    let number: UInt32
    private let key: AES256GCM
    private(set) var recordCount: UInt64 = 0
    private(set) var byteCount: UInt64 = 0

    init(_ number: UInt32, _ secret: borrowing Secret) {
        self.number = number
        key = AES256GCM(secret)
    }

    mutating func seal(_ content: [UInt8], into output: inout [UInt8]) throws(TunnelFailure) {
        let header = RecordFormat.header(number, recordCount)
        output.reserveCapacity(output.count + content.count + RecordFormat.overhead)
        output.append(contentsOf: header)
        let nonce = RecordFormat.nonce(number, recordCount)
        recordCount += 1
        byteCount += UInt64(content.count)
        do { try key.seal(content, nonce: nonce, authenticating: header, into: &output) } catch { throw .cryptography }
    }
}

/// One direction's key while it opens.
struct OpeningEpoch: ~Copyable, Sendable {
    let number: UInt32
    private let key: AES256GCM
    private var window = ReplayWindow()
    private(set) var recordCount: UInt64 = 0
    private(set) var byteCount: UInt64 = 0

    /// As a record names it.
    var low: UInt8 { UInt8(truncatingIfNeeded: number) }

    init(_ number: UInt32, _ secret: borrowing Secret) {
        self.number = number
        key = AES256GCM(secret)
    }

    /// The content of a record. What is no record of this epoch changes nothing.
    mutating func open(_ record: ArraySlice<UInt8>, counter: UInt64) throws(TunnelFailure) -> [UInt8] {
        let content = try peek(record, counter: counter)
        note(counter, content.count)
        return content
    }

    /// The same, and the record can be opened again.
    func peek(_ record: ArraySlice<UInt8>, counter: UInt64) throws(TunnelFailure) -> [UInt8] {
        guard window.accepts(counter) else { throw .replayed }
        do {
            return try key.open(
                record.dropFirst(RecordFormat.headerByteCount), nonce: RecordFormat.nonce(number, counter),
                authenticating: Array(record.prefix(RecordFormat.headerByteCount)))
        } catch { throw .notAuthentic }
    }

    mutating func note(_ counter: UInt64, _ contentByteCount: Int) {
        window.insert(counter)
        recordCount += 1
        byteCount += UInt64(contentByteCount)
    }
}
