import CRocksDB
import Storage

/// Calls a function of RocksDB's C interface that reports through an error pointer.
func calling<Result>(
    _ operation: String, _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) throws(StorageFailure) -> Result {
    var message: UnsafeMutablePointer<CChar>?
    let result = body(&message)
    guard let message else { return result }
    defer { rocksdb_free(message) }
    throw failure(operation, String(cString: message))
}

/// RocksDB says what went wrong only in words; these are the ones that its `Status` begins with.
private func failure(_ operation: String, _ message: String) -> StorageFailure {
    if message.hasPrefix("Corruption") { return .corrupted(.engine("\(operation): \(message)")) }
    if message.contains("No space left on device") || message.contains("Disk quota exceeded") {
        return .full(operation: "\(operation): \(message)")
    }
    return .engine("\(operation): \(message)")
}

extension [UInt8] {
    /// The bytes as the C interface takes them. RocksDB copies what it keeps.
    func withCharacters<Result>(_ body: (UnsafePointer<CChar>?, Int) -> Result) -> Result {
        withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }

    init(characters: UnsafePointer<CChar>?, count: Int) {
        self.init(UnsafeRawBufferPointer(start: characters, count: count))
    }
}
