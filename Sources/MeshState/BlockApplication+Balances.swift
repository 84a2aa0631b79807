import Certificates
import MeshSchema
import Primitives
import Storage

/// Transfers and holds. Every change of a balance goes through `change`, which keeps the books for the check of conservation.
extension BlockApplication {
    mutating func transfer(_ transfer: Transfer.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        guard let payee = AgentID(transfer.to), let amount = transfer.amount, let units = amount.positiveUnits else {
            return .malformed
        }
        guard try state.contains(StateKey.agent(payee)) else { return .unknownRecipient }
        guard try spend(units, amount.asset, of: author) else { return .insufficientFunds }
        try credit(units, amount.asset, to: payee)
        return .applied
    }

    /// Sets units aside for a payee until the owner pays, the payee declines, or the hold lapses.
    mutating func hold(_ hold: Hold.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        guard let payee = AgentID(hold.to), let amount = hold.amount, let units = amount.positiveUnits else {
            return .malformed
        }
        let key = StateKey.hold(author, id: hold.id)
        let expiry = WallTime(milliseconds: hold.expiresAt)
        guard try !state.contains(key) else { return .holdExists }
        guard try state.contains(StateKey.agent(payee)) else { return .unknownRecipient }
        guard expiry > context.time else { return .notPermitted }
        guard try setAside(units, amount.asset, of: author) else { return .insufficientFunds }
        state.put(key, HoldRecord(payee: payee, asset: amount.asset, units: units, expiresAt: expiry))
        state.put(StateKey.lapse(expiry, author, hold: hold.id), [])
        changes.append(.hold(owner: author, id: hold.id, open: true))
        return .applied
    }

    /// Only the owner can pay out; only the payee can give back before the hold lapses.
    mutating func releaseHold(_ release: ReleaseHold.Value, _ author: AgentID) throws(StateFailure) -> Outcome {
        guard let owner = AgentID(release.owner) else { return .malformed }
        guard let hold = try state.get(HoldRecord.self, StateKey.hold(owner, id: release.id)) else { return .unknownHold }
        guard author == (release.pay ? owner : hold.payee) else { return .notPermitted }
        try close(hold, owner, release.id, payTo: release.pay ? hold.payee : owner)
        return .applied
    }

    /// Ends a hold: the units go to the payee or back to the owner.
    mutating func close(
        _ hold: HoldRecord, _ owner: AgentID, _ id: String, payTo receiver: AgentID
    ) throws(StateFailure) {
        try pay(hold.units, hold.asset, setAsideBy: owner, to: receiver)
        state.delete(StateKey.hold(owner, id: id))
        state.delete(StateKey.lapse(hold.expiresAt, owner, hold: id))
        changes.append(.hold(owner: owner, id: id, open: false))
    }

    /// - Returns: false, and nothing changed, where the owner has less.
    mutating func spend(_ units: UInt256, _ asset: String, of owner: AgentID) throws(StateFailure) -> Bool {
        var balance = try self.balance(of: owner, asset)
        guard let rest = balance.amount.subtracting(units) else { return false }
        balance.amount = rest
        try change(owner, asset, to: balance)
        return true
    }

    mutating func credit(_ units: UInt256, _ asset: String, to owner: AgentID) throws(StateFailure) {
        var balance = try self.balance(of: owner, asset)
        // The genesis grants no more than 256 bits of an asset in all, so that a balance cannot overflow.
        guard let sum = balance.amount.adding(units) else { throw .notConserved(asset: asset) }
        balance.amount = sum
        try change(owner, asset, to: balance)
    }

    /// - Returns: false, and nothing changed, where the owner can spend less.
    mutating func setAside(_ units: UInt256, _ asset: String, of owner: AgentID) throws(StateFailure) -> Bool {
        var balance = try self.balance(of: owner, asset)
        guard let rest = balance.amount.subtracting(units) else { return false }
        guard let held = balance.held.adding(units) else { throw .notConserved(asset: asset) }
        balance.amount = rest
        balance.held = held
        try change(owner, asset, to: balance)
        return true
    }

    /// Pays what was set aside to the receiver, who may be the owner.
    mutating func pay(
        _ units: UInt256, _ asset: String, setAsideBy owner: AgentID, to receiver: AgentID
    ) throws(StateFailure) {
        var balance = try self.balance(of: owner, asset)
        guard let held = balance.held.subtracting(units) else { throw .notConserved(asset: asset) }
        balance.held = held
        try change(owner, asset, to: balance)
        try credit(units, asset, to: receiver)
    }

    private mutating func balance(of owner: AgentID, _ asset: String) throws(StateFailure) -> BalanceRecord {
        try state.get(BalanceRecord.self, StateKey.balance(owner, asset: asset)) ?? .nothing
    }

    private mutating func change(_ owner: AgentID, _ asset: String, to new: BalanceRecord) throws(StateFailure) {
        let old = try balance(of: owner, asset)
        let key = StateKey.balance(owner, asset: asset)
        drift[asset, default: .zero] = drift[asset, default: .zero] &+ new.amount &+ new.held &- old.amount &- old.held
        if new == .nothing { state.delete(key) } else { state.put(key, new) }
        changes.append(.balance(owner, asset: asset))
    }
}

extension AgentID {
    init?(_ bytes: [UInt8]) {
        guard let digest = Digest(bytes) else { return nil }
        self.init(digest)
    }
}

extension Amount.Value {
    /// nil for zero and for more than 256 bits.
    var positiveUnits: UInt256? {
        guard let units = UInt256(bigEndian: self.units), units != .zero else { return nil }
        return units
    }
}
