public import Primitives

/// `task/<id>`: where a task stands. What it was offered with (`OfferRecord`) is a value of its own, so that a step of a few
/// bytes never rewrites kilobytes.
///
///     offer ──► offered ──claim (fence + 1)──► claimed ──complete──► done       escrow to the holder
///                 ▲  │                          │  │ └──────fail───► failed     escrow back
///                 │  │                          │  └─deadline──────► failed     escrow back
///                 │  └─deadline──► failed       └─cancel───────────► cancelled  escrow back
///                 └──────────lease lapses───────┘
public struct TaskRecord: Hashable, Sendable, StateRecord {
    public enum State: UInt8, Hashable, Sendable, CaseIterable {
        /// Waits for somebody. Can transition to: claimed, failed (deadline), cancelled.
        case offered = 0
        /// Somebody holds it under the current fence. Can transition to: offered (lapse), done, failed, cancelled.
        case claimed = 1
        /// Completed by its holder. Final.
        case done = 2
        /// Failed by its holder, or its deadline passed. Final.
        case failed = 3
        /// Withdrawn by its offerer. Final.
        case cancelled = 4

        public var isFinal: Bool { rawValue >= Self.done.rawValue }
    }

    public var state: State
    public var offerer: AgentID
    /// Who claimed it last; nil before the first claim.
    public var holder: AgentID?
    /// 0 before the first claim; every claim raises it.
    public var fence: Fence
    /// When the claim lapses; zero: never.
    public var leaseUntil: WallTime
    /// How long a claim or a sign of progress keeps the task, in milliseconds; 0: for ever.
    public var leaseMilliseconds: UInt64
    /// When the task fails unless it is final; zero: never.
    public var deadline: WallTime
    public var offeredHeight: Height
    /// The height of the last change of state.
    public var changedHeight: Height
    /// 0: none.
    public var budget: UInt64
    /// What subtasks have left of it.
    public var budgetLeft: UInt64
    /// Set aside from the offerer's balance while the task isn't final; units are zero where nothing is at stake.
    public var escrowAsset: String
    public var escrowUnits: UInt256
    public var type: String
    /// Empty: none.
    public var parent: String
    /// Of the last step.
    public var note: String
    public var result: [UInt8]

    func write(to writer: inout ByteWriter) {
        writer.write(state.rawValue)
        writer.write(offerer.digest)
        writer.write(holder != nil)
        if let holder { writer.write(holder.digest) }
        writer.write(fence.value)
        writer.write(leaseUntil.milliseconds)
        writer.write(leaseMilliseconds)
        writer.write(deadline.milliseconds)
        writer.write(offeredHeight.value)
        writer.write(changedHeight.value)
        writer.write(budget)
        writer.write(budgetLeft)
        writer.write(escrowAsset)
        writer.writeBytes(escrowUnits.bigEndianBytes)
        writer.write(type)
        writer.write(parent)
        writer.write(note)
        writer.writeBytes(result)
    }

    /// When something about the task falls due: its deadline, and its lease where it is claimed.
    var dueTimes: [WallTime] {
        guard !state.isFinal else { return [] }
        var times = deadline == .zero ? [] : [deadline]
        if state == .claimed, leaseUntil != .zero, leaseUntil != deadline { times.append(leaseUntil) }
        return times
    }
}

extension TaskRecord {
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        guard let state = State(rawValue: try reader.read(UInt8.self)) else { throw .malformed("task state", offset: 0) }
        self.state = state
        offerer = AgentID(try reader.readDigest())
        holder = try reader.readBool() ? AgentID(try reader.readDigest()) : nil
        fence = Fence(try reader.read(UInt64.self))
        leaseUntil = WallTime(milliseconds: try reader.readInt64())
        leaseMilliseconds = try reader.read(UInt64.self)
        deadline = WallTime(milliseconds: try reader.readInt64())
        offeredHeight = Height(try reader.read(UInt64.self))
        changedHeight = Height(try reader.read(UInt64.self))
        budget = try reader.read(UInt64.self)
        budgetLeft = try reader.read(UInt64.self)
        escrowAsset = try reader.readString()
        escrowUnits = try reader.readUnits()
        type = try reader.readString()
        parent = try reader.readString()
        note = try reader.readString()
        result = try reader.readBytes()
    }
}

/// `offer/<id>`: what a task was offered with. Never changes.
public struct OfferRecord: Hashable, Sendable, StateRecord {
    public var description: String
    public var context: [UInt8]

    func write(to writer: inout ByteWriter) {
        writer.write(description)
        writer.writeBytes(context)
    }
}

extension OfferRecord {
    init(from reader: inout ByteReader) throws(DecodingFailure) {
        description = try reader.readString()
        context = try reader.readBytes()
    }
}
