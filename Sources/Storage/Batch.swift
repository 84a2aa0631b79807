/// Changes that are applied together or not at all, in order: a later one wins over an earlier one of the same key.
public struct Batch: ~Copyable, Sendable {
    /// What the batch does, for stores that apply it.
    public private(set) var operations: [BatchOperation] = []
    /// Bytes of the keys and values.
    public private(set) var byteCount = 0

    public init() {}

    public init(_ operations: [BatchOperation]) {
        self.operations = operations
        for operation in operations { byteCount += operation.byteCount }
    }

    public var count: Int { operations.count }
    public var isEmpty: Bool { operations.isEmpty }

    public mutating func put(_ key: [UInt8], _ value: [UInt8], in family: ColumnFamily) {
        operations.append(.put(family, key: key, value: value))
        byteCount += key.count + value.count
    }

    /// Deleting what isn't there is no failure.
    public mutating func delete(_ key: [UInt8], in family: ColumnFamily) {
        operations.append(.delete(family, key: key))
        byteCount += key.count
    }

    /// Deletes the keys in `lower..<upper`; nothing where `upper` isn't above `lower`.
    public mutating func deleteRange(from lower: [UInt8], upTo upper: [UInt8], in family: ColumnFamily) {
        guard KeyOrder.precedes(lower, upper) else { return }
        operations.append(.deleteRange(family, from: lower, upTo: upper))
        byteCount += lower.count + upper.count
    }

    /// Appends what another batch does.
    public mutating func append(_ other: consuming Batch) {
        operations.append(contentsOf: other.operations)
        byteCount += other.byteCount
    }
}

/// One change of a batch.
public enum BatchOperation: Hashable, Sendable {
    case put(ColumnFamily, key: [UInt8], value: [UInt8])
    case delete(ColumnFamily, key: [UInt8])
    case deleteRange(ColumnFamily, from: [UInt8], upTo: [UInt8])
}

extension BatchOperation {
    /// Bytes of the keys and values.
    var byteCount: Int {
        switch self {
        case .put(_, let key, let value): key.count + value.count
        case .delete(_, let key): key.count
        case .deleteRange(_, let lower, let upper): lower.count + upper.count
        }
    }
}
