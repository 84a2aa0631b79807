import Primitives
import Quorum
import Simplex

/// The application of simulated chains: a block holds commits, and its state is a hash over its parent's state and them.
///
/// The state of a block is claimed in its body; `certify` computes it anew. So a block may be well-formed and still be
/// wrong, as one with a false state root is.
struct MockApplication {
    /// What a body says.
    struct Content {
        var view: UInt64
        var height: UInt64
        var parent: Digest
        var state: UInt64
        /// An actor's mark that makes `check` refuse.
        var isRefusable: Bool
        var commits: [UInt64]

        var body: [UInt8] {
            var writer = ByteWriter(capacity: 64 + commits.count * 8)
            writer.write(view)
            writer.write(height)
            writer.write(parent)
            writer.write(state)
            writer.write(isRefusable)
            writer.writeList(commits) { $0.write($1) }
            return writer.bytes
        }

        init(
            view: UInt64, height: UInt64, parent: Digest, state: UInt64, isRefusable: Bool = false, commits: [UInt64]
        ) {
            self.view = view
            self.height = height
            self.parent = parent
            self.state = state
            self.isRefusable = isRefusable
            self.commits = commits
        }

        init(body: [UInt8]) throws(DecodingFailure) {
            var reader = ByteReader(body)
            view = try reader.read()
            height = try reader.read()
            parent = try reader.readDigest()
            state = try reader.read()
            isRefusable = try reader.readBool()
            commits = try reader.readList(limit: 4096) { (reader) throws(DecodingFailure) in try reader.read() }
            try reader.finish()
        }
    }

    static let genesis = MockHash.digest(Array("genesis".utf8))
    static let genesisState: UInt64 = 0x6765_6E65_7369_7300
    static let maxCommitCount = 4

    /// The states of blocks that were executed or are final here.
    private var states: [Digest: UInt64] = [genesis: genesisState]

    static func state(after parent: UInt64, _ commits: [UInt64]) -> UInt64 {
        var audit = AuditDigest()
        audit.absorb(parent)
        for commit in commits { audit.absorb(commit) }
        return audit.word
    }

    /// What the host vouches for: the body is one, and the block's fields are the body's.
    static func content(of block: Block) -> Content? {
        guard block.digest == MockHash.digest(block.body), let content = read(block.body),
            content.view == block.view.value, content.height == block.height.value, content.parent == block.parent
        else { return nil }
        return content
    }

    private static func read(_ body: [UInt8]) -> Content? {
        do { return try Content(body: body) } catch { return nil }
    }

    func make(_ context: ProposalContext, _ commits: [UInt64]) -> Block {
        make(view: context.view, on: context.parent, commits)
    }

    func make(view: View, on parent: Anchor, _ commits: [UInt64], wrongBy error: UInt64 = 0, isRefusable: Bool = false)
        -> Block
    {
        let content = Content(
            view: view.value, height: parent.height.value + 1, parent: parent.digest,
            state: Self.state(after: states[parent.digest] ?? 0, commits) &+ error, isRefusable: isRefusable,
            commits: commits)
        let body = content.body
        return Block(
            view: view, height: parent.height.next, parentView: parent.view, parent: parent.digest,
            digest: MockHash.digest(body), body: body)
    }

    func check(_ block: Block) -> Bool {
        guard let content = Self.content(of: block) else { return false }
        return !content.isRefusable && content.commits.count <= Self.maxCommitCount
    }

    mutating func certify(_ block: Block) -> Bool {
        guard let content = Self.content(of: block), let parent = states[block.parent],
            content.state == Self.state(after: parent, content.commits)
        else { return false }
        states[block.digest] = content.state
        return true
    }

    mutating func finalize(_ block: Block) {
        guard let content = Self.content(of: block) else { return }
        states[block.digest] = content.state
    }
}
