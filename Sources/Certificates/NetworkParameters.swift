public import Primitives

/// The numbers that all nodes of a network share. Only those that differ from the default stand in the genesis.
public struct NetworkParameters: Hashable, Sendable {
    public struct Listed: Hashable, Sendable {
        public var name: String
        public var value: UInt64

        public init(name: String, value: UInt64) {
            self.name = name
            self.value = value
        }
    }

    /// Sorted by the bytes of the name, without duplicates.
    public private(set) var listed: [Listed] = []

    public init() {}

    init(listed: [Listed]) throws(GenesisFailure) {
        for (earlier, later) in zip(listed, listed.dropFirst()) {
            guard earlier.name.precedes(later.name) else { throw .notCanonical(.parameters) }
        }
        self.listed = listed
    }

    /// The listed value of a name, or nil where the default holds.
    public subscript(name: String) -> UInt64? {
        get { listed.first { $0.name == name }?.value }
        set {
            listed.removeAll { $0.name == name }
            guard let newValue else { return }
            let place = listed.firstIndex { name.precedes($0.name) } ?? listed.endIndex
            listed.insert(Listed(name: name, value: newValue), at: place)
        }
    }

    /// A block is cut at the latest after this time without one.
    public var heartbeat: Interval { .milliseconds(bounded("heartbeat_ms", default: 10_000, in: 10...86_400_000)) }
    /// The most bytes of batches in one block.
    public var maxBlockByteCount: Int {
        Int(bounded("max_block_byte_count", default: 4_194_304, in: 65_536...67_108_864))
    }
    public var maxBlockTransactionCount: Int {
        Int(bounded("max_block_transaction_count", default: 8192, in: 1...1_000_000))
    }
    /// How far a header's time may be ahead of a node's clock.
    public var maxClockSkew: Interval {
        .milliseconds(bounded("max_clock_skew_ms", default: 10_000, in: 0...3_600_000))
    }
    /// How far ahead of the present height a transaction's expiry may lie.
    public var maxExpiryHeightSpan: UInt64 {
        UInt64(bounded("max_expiry_height_span", default: 100_000, in: 1...1_000_000_000))
    }

    private func bounded(_ name: String, default value: Int64, in range: ClosedRange<Int64>) -> Int64 {
        guard let listed = self[name] else { return value }
        return min(max(Int64(clamping: listed), range.lowerBound), range.upperBound)
    }
}

extension String {
    /// Orders by UTF-8 bytes. Swift's own order takes texts for equal that differ in bytes, and every language has another.
    func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
