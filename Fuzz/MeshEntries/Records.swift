import NodeCore
import Primitives

/// What a node finds in its journal: what can be read writes the same bytes.
func fuzzRecords(_ input: UnsafeRawBufferPointer) {
    let bytes = [UInt8](input)
    let record: JournalRecord
    do { record = try JournalRecord(bytes) } catch { return }
    precondition(record.encoded() == bytes, "a record has two encodings")
}
