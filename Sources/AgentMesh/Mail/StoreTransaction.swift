import FileStore
public import Primitives
import Storage

/// What a message's handler changes: it becomes durable together with the fact that the message was handled, or not at all.
///
/// Keys are the handler's own; nobody else writes them.
public struct StoreTransaction: Sendable {
    private let store: AgentStore?
    private(set) var changes: [[UInt8]: [UInt8]?] = [:]
    private(set) var order: [[UInt8]] = []
    private(set) var drafts: [(draft: Draft, to: AgentID)] = []

    init(_ store: AgentStore?) { self.store = store }

    /// Whether effects survive the process: the agent has a store.
    public var isDurable: Bool { store != nil }

    /// The value, with what this transaction has changed.
    public func get(_ key: [UInt8]) throws(AgentError) -> [UInt8]? {
        if let changed = changes[key] { return changed }
        do throws(StorageFailure) { return try store?.get(key, in: .effects) } catch { throw AgentError(error) }
    }

    public mutating func put(_ key: [UInt8], _ value: [UInt8]) { change(key, value) }
    public mutating func delete(_ key: [UInt8]) { change(key, nil) }

    /// Sends a message if, and only if, the transaction is committed: an answer that is neither lost nor given twice.
    public mutating func send(_ draft: Draft, to recipient: AgentID) { drafts.append((draft, recipient)) }

    private mutating func change(_ key: [UInt8], _ value: [UInt8]?) {
        if changes.updateValue(value, forKey: key) == nil { order.append(key) }
    }

    /// The changes, in the order of their making.
    func write(to batch: inout Batch) {
        for key in order {
            guard let change = changes[key] else { continue }
            if let value = change { batch.put(key, value, in: .effects) } else { batch.delete(key, in: .effects) }
        }
    }
}
