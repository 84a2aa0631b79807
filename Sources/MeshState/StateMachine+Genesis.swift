import Certificates
import Primitives
import StateTree
import Storage

extension Genesis {
    /// Version 0 of the state: the initial balances.
    func stateChange(of tree: inout JellyfishTree, in reader: some KeyValueReader) throws(StateFailure) -> TreeChange {
        let writes = try stateWrites()
        do { return try tree.prepare(writes, version: 0, in: reader) } catch { throw .tree(error) }
    }

    /// The balances, if each is listed once and no asset exceeds 256 bits in all: afterwards no sum can.
    private func stateWrites() throws(StateFailure) -> [JellyfishTree.Write] {
        var supply: [String: UInt256] = [:]
        var seen = Set<[UInt8]>()
        var writes = [JellyfishTree.Write]()
        for balance in balances {
            let key = StateKey.balance(balance.agent, asset: balance.asset)
            guard balance.asset.isIdentifier, seen.insert(key).inserted,
                let units = UInt256(bigEndian: balance.units),
                let sum = supply[balance.asset, default: .zero].adding(units)
            else { throw .badGenesis }
            supply[balance.asset] = sum
            let record = BalanceRecord(amount: units, held: .zero)
            if record != .nothing { writes.append(JellyfishTree.Write(key: key, value: record.bytes)) }
        }
        return writes
    }
}
