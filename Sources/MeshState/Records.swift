import Certificates
public import Primitives

/// A value of the state in its canonical encoding.
protocol StateRecord {
    func write(to writer: inout ByteWriter)
    init(from reader: inout ByteReader) throws(DecodingFailure)
}

extension StateRecord {
    var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 128)
        write(to: &writer)
        return writer.bytes
    }

    /// Decodes the whole of what stands under a key.
    init(_ bytes: [UInt8], under key: [UInt8]) throws(StateFailure) {
        var reader = ByteReader(bytes)
        do {
            self = try Self(from: &reader)
            try reader.finish()
        } catch {
            throw .corruptRecord(String(decoding: key, as: UTF8.self))
        }
    }
}

extension CommitRecord {
    init(_ bytes: [UInt8], under key: [UInt8]) throws(StateFailure) {
        do { self = try CommitRecord(bytes: bytes) } catch { throw .corruptRecord(String(decoding: key, as: UTF8.self)) }
    }
}

/// `fact/<key>`.
public struct FactRecord: Hashable, Sendable, StateRecord {
    /// 1 for the first.
    public var version: UInt64
    /// Who wrote it last.
    public var writer: AgentID
    public var value: [UInt8]

    func write(to writer: inout ByteWriter) {
        writer.write(version)
        writer.write(self.writer.digest)
        writer.writeBytes(value)
    }
}

extension FactRecord {
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        version = try reader.read(UInt64.self)
        writer = AgentID(try reader.readDigest())
        value = try reader.readBytes()
    }
}

/// `balance/<agent>/<asset>`. Absent: nothing of either.
public struct BalanceRecord: Hashable, Sendable, StateRecord {
    /// What its owner can spend.
    public var amount: UInt256
    /// What holds and escrows have set aside. Not contained in `amount`.
    public var held: UInt256

    static let nothing = BalanceRecord(amount: .zero, held: .zero)

    func write(to writer: inout ByteWriter) {
        writer.writeBytes(amount.bigEndianBytes)
        writer.writeBytes(held.bigEndianBytes)
    }
}

extension BalanceRecord {
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        amount = try reader.readUnits()
        held = try reader.readUnits()
    }
}

/// `hold/<owner>/<id>`: units set aside for a payee. Removed when it ends.
public struct HoldRecord: Hashable, Sendable, StateRecord {
    public var payee: AgentID
    public var asset: String
    public var units: UInt256
    public var expiresAt: WallTime

    func write(to writer: inout ByteWriter) {
        writer.write(payee.digest)
        writer.write(asset)
        writer.writeBytes(units.bigEndianBytes)
        writer.write(expiresAt.milliseconds)
    }
}

extension HoldRecord {
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        payee = AgentID(try reader.readDigest())
        asset = try reader.readString()
        units = try reader.readUnits()
        expiresAt = WallTime(milliseconds: try reader.readInt64())
    }
}

/// `meta/counts`.
public struct CountsRecord: Hashable, Sendable, StateRecord {
    /// Agents that have registered.
    public var agents: UInt64 = 0
    /// Applied transactions of the kind `commit`.
    public var commits: UInt64 = 0
    /// Leaves that consumed a nonce.
    public var transactions: UInt64 = 0
    /// Tasks that were offered.
    public var tasks: UInt64 = 0

    public init() {}

    func write(to writer: inout ByteWriter) {
        for count in [agents, commits, transactions, tasks] { writer.write(count) }
    }
}

extension CountsRecord {
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        agents = try reader.read(UInt64.self)
        commits = try reader.read(UInt64.self)
        transactions = try reader.read(UInt64.self)
        tasks = try reader.read(UInt64.self)
    }
}

extension ByteReader {
    mutating func readUnits() throws(DecodingFailure) -> UInt256 {
        let start = offset
        guard let units = UInt256(bigEndian: try readBytes(limit: UInt256.maxByteCount)) else {
            throw .tooLarge(offset: start, limit: UInt256.maxByteCount)
        }
        return units
    }
}
