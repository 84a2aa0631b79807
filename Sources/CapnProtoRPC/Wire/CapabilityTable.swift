/// What the capability pointers of a received payload mean.
public struct CapabilityTable: Sendable {
    private let entries: [Capability?]

    init(_ entries: [Capability?]) {
        self.entries = entries
    }

    public var count: Int { entries.count }

    /// The capability that a pointer with this index means. A null pointer, and an index beyond the table, is a
    /// capability on which every call fails.
    public subscript(index: UInt32?) -> Capability {
        guard let index, Int(index) < entries.count, let capability = entries[Int(index)] else {
            return Capability(broken: .noCapability)
        }
        return capability
    }

    /// The same as a client of an interface; what a generated accessor returns.
    public func client<Client: CapabilityClient>(_ index: UInt32?, as _: Client.Type = Client.self) -> Client {
        Client(self[index])
    }
}

/// The capabilities that a payload under construction refers to; its capability pointers are indices into it.
public struct CapabilityList: Sendable {
    private(set) var entries: [Capability?] = []

    /// Adds one, and says what its pointer is to be.
    public mutating func add(_ capability: Capability) -> UInt32 {
        entries.append(capability)
        return UInt32(entries.count - 1)
    }

    /// Adds one, and says what its pointer is to be: null for none. What a generated setter calls.
    public mutating func add(_ client: (some CapabilityClient)?) -> UInt32? {
        client.map { add($0.capability) }
    }

    init() {}

    init(_ table: CapabilityTable) {
        entries = table.all
    }
}

extension CapabilityTable {
    var all: [Capability?] { entries }
    init(_ list: CapabilityList) { entries = list.entries }
}
