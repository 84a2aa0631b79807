public import Primitives

/// `hanzod dev`: what the showcase did and how long it took, and how long the parts take on this machine in the same run.
public struct ShowcaseReport: Report {
    public static let kind = "dev"

    public var agents: Int
    public var commits: UInt64
    /// Over the steady state.
    public var commitsPerSecond: Double
    public var meanBatch: Double
    public var commitP50Ms: Double
    public var commitP99Ms: Double
    /// One commit in flight.
    public var idleCommitP50Ms: Double
    public var messages: UInt64
    /// From the send call to the handler's invocation, one message in flight.
    public var messageP50Us: Double
    public var messageP99Us: Double
    public var stateRoot: String
    public var blockCount: UInt64
    public var fdatasyncs: UInt64
    public var proofsVerified: Int
    /// The parts, measured in the same run.
    public var mldsaSignP50Us: Double
    public var fdatasyncP50Us: Double
    public var ed25519SignUs: Double
    public var ed25519VerifyUs: Double
    public var nioEchoP50Us: Double

    private enum CodingKeys: String, CodingKey {
        case agents, commits, commitsPerSecond, meanBatch, commitP50Ms, commitP99Ms, idleCommitP50Ms
        case messages, messageP50Us, messageP99Us, stateRoot
        case blockCount = "blocks"
        case fdatasyncs, proofsVerified
        case mldsaSignP50Us, fdatasyncP50Us, ed25519SignUs, ed25519VerifyUs, nioEchoP50Us
    }

    public init(
        agents: Int, commits: UInt64, commitsPerSecond: Double, meanBatch: Double, commitP50Ms: Double,
        commitP99Ms: Double,
        idleCommitP50Ms: Double, messages: UInt64, messageP50Us: Double, messageP99Us: Double, stateRoot: Digest,
        blockCount: UInt64, fdatasyncs: UInt64, proofsVerified: Int, mldsaSignP50Us: Double, fdatasyncP50Us: Double,
        ed25519SignUs: Double, ed25519VerifyUs: Double, nioEchoP50Us: Double
    ) {
        self.agents = agents
        self.commits = commits
        self.commitsPerSecond = commitsPerSecond
        self.meanBatch = meanBatch
        self.commitP50Ms = commitP50Ms
        self.commitP99Ms = commitP99Ms
        self.idleCommitP50Ms = idleCommitP50Ms
        self.messages = messages
        self.messageP50Us = messageP50Us
        self.messageP99Us = messageP99Us
        self.stateRoot = stateRoot.hex
        self.blockCount = blockCount
        self.fdatasyncs = fdatasyncs
        self.proofsVerified = proofsVerified
        self.mldsaSignP50Us = mldsaSignP50Us
        self.fdatasyncP50Us = fdatasyncP50Us
        self.ed25519SignUs = ed25519SignUs
        self.ed25519VerifyUs = ed25519VerifyUs
        self.nioEchoP50Us = nioEchoP50Us
    }

    public var identifiers: [String] { [stateRoot] }

    public var blocks: [Block] {
        [
            .fields([
                .init("agents", String(agents)),
                .init("commits", String(commits)),
                .init("commits per second", Self.shown(commitsPerSecond)),
                .init("mean batch", Self.shown(meanBatch)),
                .init("commit, median", Self.shown(commitP50Ms, " ms")),
                .init("commit, 99 %", Self.shown(commitP99Ms, " ms")),
                .init("idle commit, median", Self.shown(idleCommitP50Ms, " ms")),
                .init("messages", String(messages)),
                .init("message, median", Self.shown(messageP50Us, " µs")),
                .init("message, 99 %", Self.shown(messageP99Us, " µs")),
                .init("state root", stateRoot),
                .init("blocks", String(blockCount)),
                .init("fdatasyncs", String(fdatasyncs)),
                .init("proofs verified", String(proofsVerified)),
            ]),
            .fields([
                .init("one ML-DSA signature, median", Self.shown(mldsaSignP50Us, " µs")),
                .init("one fdatasync, median", Self.shown(fdatasyncP50Us, " µs")),
                .init("one Ed25519 signature", Self.shown(ed25519SignUs, " µs")),
                .init("one Ed25519 verification", Self.shown(ed25519VerifyUs, " µs")),
                .init("one NIO echo over a Unix socket, median", Self.shown(nioEchoP50Us, " µs")),
            ]),
        ]
    }

    /// One decimal place.
    private static func shown(_ number: Double, _ unit: String = "") -> String {
        let tenths = (number * 10).rounded()
        return "\(tenths / 10)\(unit)"
    }
}
