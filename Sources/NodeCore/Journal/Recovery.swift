public import Certificates
public import Consensus
public import MeshState
public import Primitives
public import Storage

/// What storage holds when a node starts: the input that opens the core.
public struct Restored: Sendable {
    /// One more than the journal's last record.
    public var nextLSN: LSN
    /// The journal's first record; `nextLSN` where it has none.
    var oldestLSN: LSN
    /// Of all its records.
    var journalByteCount: Int
    var mailPosition: LSN
    var networks: [RestoredNetwork]

    /// The mail store reflects all mail records up to here, also where others stand between its position and the next
    /// of them.
    var reflectedMailPosition: LSN {
        let unreflected = networks.compactMap(\.mail.tail.first?.position).min()
        return unreflected?.previous ?? nextLSN.previous
    }
}

/// One network as storage holds it.
struct RestoredNetwork: Sendable {
    let id: NetworkID
    let chain: ChainState
    let agents: [AgentRecord]
    let counts: CountsRecord
    let mail: RestoredMail
}

struct RestoredMail: Sendable {
    struct Item: Sendable {
        let position: LSN
        let record: MailRecord
    }

    var image = MailImage()
    /// Records behind the image.
    var tail: [Item] = []
}

/// Why a node can't start from what it finds. Each stops the node; none is repaired in silence.
public enum RecoveryFailure: Error, Hashable, Sendable {
    /// A record that passed its checksum can't be read.
    case unreadableRecord(LSN, DecodingFailure)
    /// A pair of the family `mail` can't be read.
    case unreadableMail(DecodingFailure)
    /// A block doesn't follow the one before it.
    case brokenChain(NetworkID, Height)
    /// Executed again, a block gives other roots than its header says.
    case otherRoots(NetworkID, Height)
    /// The stores reflect records up to this one, which the journal has lost.
    case journalBehindStore(LSN)
    /// A state lacks blocks that the journal was trimmed of: it stands at the first height, and stood at the second.
    case storeBehindTrim(NetworkID, Height, trimmedAt: Height)
}

extension RecoveryFailure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unreadableRecord(let position, let failure): "record \(position) cannot be read: \(failure)"
        case .unreadableMail(let failure): "a message of the mail store cannot be read: \(failure)"
        case .brokenChain(let network, let height):
            "block \(height) of network \(network) doesn't follow the one before it"
        case .otherRoots(let network, let height):
            "block \(height) of network \(network), executed again, has other roots than its header"
        case .journalBehindStore(let position): "the stores reflect record \(position), which the journal has lost"
        case .storeBehindTrim(let network, let height, let trimmedAt):
            "the state of network \(network) stands at block \(height), and the journal was trimmed when it stood at \(trimmedAt)"
        }
    }
}

/// Brings the store up to the journal, and collects what the core starts with.
///
/// The shell opens its stores, tells `init` where each network stands, feeds every pair of the family `mail` and
/// every record of the journal in order, performs each step before it feeds the next record, and calls `finish`.
public struct Recovery: Sendable {
    /// Where one network's store stands.
    public struct Applied: Sendable, Hashable {
        public var network: NetworkID
        /// The newest applied header; nil: none.
        public var head: BlockHeader?
        /// The newest height with a stored signature.
        public var finalHeight: Height
        /// Where the journal held that header.
        public var position: LSN

        public init(
            network: NetworkID, head: BlockHeader? = nil, finalHeight: Height = .genesis, position: LSN = .zero
        ) {
            self.network = network
            self.head = head
            self.finalHeight = finalHeight
            self.position = position
        }
    }

    /// What the shell does before it goes on.
    public enum Step: Sendable {
        /// Execute, check with `Recovery.check`, apply.
        case execute(BlockHeader, [SignedBatch], position: LSN)
        /// Store the signature.
        case storeFinality(BlockHeader, FinalitySignature)
    }

    /// What the store holds when every step is done.
    public struct NetworkContents: Sendable {
        public var agents: [AgentRecord]
        public var counts: CountsRecord
        public var nextDue: WallTime?

        public init(agents: [AgentRecord], counts: CountsRecord, nextDue: WallTime?) {
            self.agents = agents
            self.counts = counts
            self.nextDue = nextDue
        }
    }

    private struct Progress: Sendable {
        var head: BlockHeader?
        var finalHeight: Height
        var lastTerm: Term
        var mail = RestoredMail()
    }

    private let mailPosition: LSN
    /// Up to where the stores reflect the journal.
    public let reflected: LSN
    private var networks: [NetworkID: Progress] = [:]
    private var order: [NetworkID] = []
    private var first: LSN?
    private var last = LSN.zero
    private var byteCount = 0

    /// - Parameter mailPosition: `MailPosition.read(from:)` of the store.
    public init(_ applied: [Applied], mailPosition: LSN) {
        self.mailPosition = mailPosition
        reflected = applied.map(\.position).reduce(mailPosition, max)
        for network in applied {
            order.append(network.network)
            networks[network.network] = Progress(
                head: network.head, finalHeight: network.finalHeight, lastTerm: network.head?.term ?? Term(0))
        }
    }

    /// Takes one pair of the family `mail`. Pairs of networks that the node doesn't carry are left alone.
    public mutating func loadMail(key: [UInt8], value: [UInt8]) throws(RecoveryFailure) {
        guard let network = Digest(key.prefix(Digest.byteCount)).map({ NetworkID($0) }), networks[network] != nil else {
            return
        }
        do {
            try networks[network]?.mail.image.load(key: key.dropFirst(Digest.byteCount), value: value)
        } catch { throw .unreadableMail(error) }
    }

    /// Takes the next record of the journal.
    /// - Returns: what to do before the next one.
    public mutating func take(_ position: LSN, _ bytes: [UInt8]) throws(RecoveryFailure) -> Step? {
        first = first ?? position
        last = position
        byteCount += bytes.count
        let record: JournalRecord
        do { record = try JournalRecord(bytes) } catch { throw .unreadableRecord(position, error) }
        guard let progress = networks[record.network] else { return nil }
        switch record {
        case .term(let network, let term):
            networks[network]?.lastTerm = max(progress.lastTerm, term)
            return nil
        case .block(let header, let batches): return try take(header, batches, position, progress)
        case .finality(let header, let signature):
            guard header.height > progress.finalHeight else { return nil }
            networks[header.network]?.finalHeight = header.height
            return .storeFinality(header, signature)
        case .mail(let network, let record):
            guard position > mailPosition else { return nil }
            networks[network]?.mail.tail.append(RestoredMail.Item(position: position, record: record))
            return nil
        }
    }

    private mutating func take(
        _ header: BlockHeader, _ batches: [SignedBatch], _ position: LSN, _ progress: Progress
    ) throws(RecoveryFailure) -> Step? {
        let height = progress.head?.height ?? .genesis
        if header.height < height { return nil }
        if header.height == height {
            guard header == progress.head else { throw .brokenChain(header.network, header.height) }
            return nil
        }
        let parent = progress.head?.digest ?? header.network.digest
        guard header.height == height.next, header.parent == parent else {
            throw .brokenChain(header.network, header.height)
        }
        networks[header.network]?.head = header
        networks[header.network]?.lastTerm = max(progress.lastTerm, header.term ?? Term(0))
        return .execute(header, batches, position: position)
    }

    /// A block that is executed again must come to the roots that its header promises.
    public static func check(_ header: BlockHeader, _ roots: ExecutionRoots) throws(RecoveryFailure) {
        guard header.stateRoot == roots.state, header.receiptsRoot == roots.receipts,
            header.historyRoot == roots.history
        else { throw .otherRoots(header.network, header.height) }
    }

    /// A store that runs ahead of its journal would give its numbers out anew: the journal was lost, or is another
    /// node's.
    public func check(journalEnd: LSN) throws(RecoveryFailure) {
        guard reflected <= max(journalEnd, last) else { throw .journalBehindStore(reflected) }
    }

    /// - Parameter last: the journal's last record, also where all before it was trimmed.
    public consuming func finish(
        last: LSN, contents: (NetworkID) -> NetworkContents
    ) -> Restored {
        let restored = order.compactMap { id -> RestoredNetwork? in
            guard let progress = networks[id] else { return nil }
            let contents = contents(id)
            let chain = ChainState(
                head: progress.head, finalHeight: progress.finalHeight, lastTerm: progress.lastTerm,
                nextDue: contents.nextDue)
            return RestoredNetwork(
                id: id, chain: chain, agents: contents.agents, counts: contents.counts, mail: progress.mail)
        }
        let next = max(last, self.last).next
        return Restored(
            nextLSN: next, oldestLSN: first ?? next, journalByteCount: byteCount, mailPosition: mailPosition,
            networks: restored)
    }
}
