import Certificates
public import Primitives

/// The keys of the state. They are ASCII, so that a person can type them; numbers in them are 16 hexadecimal digits, which
/// order as the numbers do (docs/protocols/state.md).
public enum StateKey {
    public static let counts = Array("meta/counts".utf8)

    public static func commit(_ agent: AgentID, nonce: UInt64) -> [UInt8] {
        CommitKey(agent: agent, nonce: nonce).bytes
    }
    public static func agent(_ agent: AgentID) -> [UInt8] { start("agent/", agent) }
    public static func name(_ name: String) -> [UInt8] { start("name/", name) }
    public static func task(_ id: String) -> [UInt8] { start("task/", id) }
    /// What a task was offered with and never changes.
    public static func offer(_ id: String) -> [UInt8] { start("offer/", id) }
    public static func fact(_ key: String) -> [UInt8] { start("fact/", key) }
    public static func balance(_ agent: AgentID, asset: String) -> [UInt8] {
        start("balance/", agent) + [slash] + Array(asset.utf8)
    }
    public static func hold(_ owner: AgentID, id: String) -> [UInt8] {
        start("hold/", owner) + [slash] + Array(id.utf8)
    }

    /// A claim or deadline of a task that falls due at `time`.
    static func lease(_ time: WallTime, task id: String) -> [UInt8] { due(leasePrefix, time) + Array(id.utf8) }
    /// A hold that lapses at `time`.
    static func lapse(_ time: WallTime, _ owner: AgentID, hold id: String) -> [UInt8] {
        var key = due(lapsePrefix, time)
        append(owner, to: &key)
        return key + [slash] + Array(id.utf8)
    }

    static let leasePrefix = Array("lease/".utf8)
    static let lapsePrefix = Array("lapse/".utf8)
    static let agentPrefix = Array("agent/".utf8)
    static let taskPrefix = Array("task/".utf8)

    /// The start of everything in an index that falls due at `time` or later.
    static func due(_ prefix: [UInt8], _ time: WallTime) -> [UInt8] {
        var key = prefix
        append(UInt64(bitPattern: time.milliseconds), to: &key)
        key.append(slash)
        return key
    }

    /// Splits an index key into its time and what stands behind it.
    static func parseDue(_ key: [UInt8], prefix: [UInt8]) -> (time: WallTime, rest: String)? {
        guard key.count > prefix.count + 17, key.starts(with: prefix), key[prefix.count + 16] == slash,
            let digits = Hex.decode(String(decoding: key[prefix.count..<prefix.count + 16], as: UTF8.self)),
            let rest = String(validating: key[(prefix.count + 17)...], as: UTF8.self)
        else { return nil }
        let number = digits.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return (WallTime(milliseconds: Int64(bitPattern: number)), rest)
    }

    static let slash = UInt8(ascii: "/")

    private static func start(_ prefix: StaticString, _ agent: AgentID) -> [UInt8] {
        var key = [UInt8]()
        key.reserveCapacity(96)
        append(prefix, to: &key)
        append(agent, to: &key)
        return key
    }

    private static func start(_ prefix: StaticString, _ text: String) -> [UInt8] {
        var key = [UInt8]()
        append(prefix, to: &key)
        key.append(contentsOf: text.utf8)
        return key
    }

    private static func append(_ text: StaticString, to key: inout [UInt8]) {
        text.withUTF8Buffer { key.append(contentsOf: $0) }
    }

    private static func append(_ agent: AgentID, to key: inout [UInt8]) {
        for index in 0..<Digest.byteCount {
            key.append(hexDigit(agent.digest[index] >> 4))
            key.append(hexDigit(agent.digest[index] & 15))
        }
    }

    private static func append(_ number: UInt64, to key: inout [UInt8]) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            key.append(hexDigit(UInt8(truncatingIfNeeded: number >> shift) & 15))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
