public import Quorum

/// Everything that a run depends on. Two runs of one scenario are the same run.
public struct Scenario: Hashable, Sendable {
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// More may go wrong than the protocol tolerates progress under; nothing may ever contradict itself.
        case safety
        /// After the faults a quorum is left in peace and must finish everything.
        case liveness
    }

    public struct Actor: Hashable, Sendable {
        public var machine: Int
        public var kind: AdversaryKind

        public init(machine: Int, kind: AdversaryKind) {
            self.machine = machine
            self.kind = kind
        }
    }

    public struct Clock: Hashable, Sendable {
        /// Ahead of true time, in microseconds.
        public var offset: UInt64
        /// Too fast by so many millionths; negative: too slow.
        public var drift: Int64

        public init(offset: UInt64, drift: Int64) {
            self.offset = offset
            self.drift = drift
        }
    }

    public var seed: UInt64
    public var mode = Mode.liveness
    public var weights: [UInt64] = [1, 1, 1, 1]
    public var actors: [Actor] = []
    /// Identities that two machines share.
    public var twins: [Int] = []
    public var clocks: [Clock] = []
    public var faults: [Fault] = []

    /// In milliseconds: how long faults and commits go on.
    public var duration: UInt64 = 4_000
    public var commitCount: UInt64 = 60
    /// Microseconds.
    public var minLatency: UInt64 = 500
    public var jitter: UInt64 = 500
    public var lossPerMille: UInt64 = 0
    public var duplicatePerMille: UInt64 = 0
    public var reorderPerMille: UInt64 = 0
    public var syncLatency: UInt64 = 500
    public var checkLatency: UInt64 = 0
    /// Milliseconds.
    public var heartbeat: UInt64 = 800
    public var minTimeout: UInt64 = 40
    /// How long after the faults everything must be done, in milliseconds.
    public var patience: UInt64 = 60_000
    /// Machines that never come back, in liveness mode.
    public var dead: [Int] = []
    public var leaders: [Int] = []

    public init(seed: UInt64) { self.seed = seed }

    public var validators: ValidatorSet { ValidatorSet(weights: weights) ?? Self.single }
    private static let single: ValidatorSet = {
        guard let set = ValidatorSet(weights: [1]) else { preconditionFailure("one validator is a set") }
        return set
    }()

    /// Identities that keep to the protocol.
    public var honest: [Bool] {
        weights.indices.map { index in !twins.contains(index) && !actors.contains { $0.machine == index } }
    }

    /// Machines beyond one for each validator: second halves of twins.
    public var machineCount: Int { weights.count + twins.count }
    func identity(of machine: Int) -> Int { machine < weights.count ? machine : twins[machine - weights.count] }
}

/// Something that goes wrong at a moment, on purpose.
public struct Fault: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable, Comparable {
        /// Power goes after `amount` effects more.
        case crash
        /// The process stands still; its messages wait.
        case pause
        /// The disk is replaced by an empty one.
        case wipe
        /// Machines of the mask `amount` hear only one another.
        case partition
        /// Nothing gets from the machine to machine `amount`.
        case cut
        /// So many of 1 000 messages are lost, come twice, come late.
        case loss, duplication, reordering
        /// Syncs take `amount` times as long.
        case slowDisk
        /// Every machine loses power at once.
        case blackout

        public static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }
    }

    /// Milliseconds.
    public var at: UInt64
    public var kind: Kind
    public var machine: Int
    public var amount: UInt64
    public var duration: UInt64

    public init(at: UInt64, kind: Kind, machine: Int = 0, amount: UInt64 = 0, duration: UInt64) {
        self.at = at
        self.kind = kind
        self.machine = machine
        self.amount = amount
        self.duration = duration
    }
}
