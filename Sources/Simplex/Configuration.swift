public import Primitives
public import Quorum

/// What stays the same while an engine lives.
public struct SimplexConfiguration: Hashable, Sendable {
    public var epoch: Epoch
    public var validators: ValidatorSet
    /// This node's place among them; nil: it only follows.
    public var me: ValidatorIndex?
    public var schedule = LeaderSchedule.roundRobin
    /// The parent of the first block.
    public var genesis: Digest

    /// The shortest wait for a leader, whatever was measured.
    public var minTimeout = Interval.milliseconds(50)
    /// `round_timeout`: the longest wait for a leader's proposal.
    public var maxLeaderTimeout = Interval.seconds(5)
    /// `proposal_timeout`: the longest wait for a view's notarization; longer than the wait for its proposal.
    public var maxAdvanceTimeout = Interval.milliseconds(7_500)
    /// A leader that was silent for so long while a quorum was active isn't waited for.
    public var skipTimeout = Interval.seconds(10)
    /// How long without an answer before votes are offered and missing things asked for again.
    public var retryInterval = Interval.milliseconds(100)
    /// An idle chain gets an empty block after this long.
    public var heartbeat = Interval.seconds(10)

    /// Votes for views further ahead than this are not kept.
    public var lookahead: UInt64 = 8
    public var maxBodyByteCount = 8 << 20
    /// Records between two compactions of what is still needed.
    public var compactionRecordCount: UInt64 = 4096

    public init(epoch: Epoch, validators: ValidatorSet, me: ValidatorIndex?, genesis: Digest) {
        self.epoch = epoch
        self.validators = validators
        self.me = me
        self.genesis = genesis
    }

    public func leader(of view: View) -> ValidatorIndex { schedule.leader(of: view, count: validators.count) }

    public func problems() -> [String] {
        var problems: [String] = []
        if minTimeout <= .zero { problems.append("minTimeout is not positive") }
        if maxLeaderTimeout < minTimeout { problems.append("round_timeout is below \(minTimeout.milliseconds) ms") }
        if maxAdvanceTimeout <= maxLeaderTimeout {
            problems.append("proposal_timeout must be longer than round_timeout")
        }
        if retryInterval <= .zero { problems.append("retryInterval is not positive") }
        if heartbeat <= .zero { problems.append("heartbeat is not positive") }
        if lookahead < 1 { problems.append("lookahead is not positive") }
        if let me, !validators.contains(me) { problems.append("this node is not in the validator set") }
        return problems
    }
}

/// Who leads which view.
public enum LeaderSchedule: Hashable, Sendable {
    case roundRobin
    /// The leaders of the views 1, 2, …; round robin where the list ends. For enumerated scenarios.
    case listed([ValidatorIndex])

    func leader(of view: View, count: Int) -> ValidatorIndex {
        if case .listed(let leaders) = self, view > .genesis, view.value <= UInt64(leaders.count) {
            return leaders[Int(view.value) - 1]
        }
        return ValidatorIndex(UInt8(view.value % UInt64(count)))
    }
}
