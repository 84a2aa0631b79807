import Certificates
import MeshCrypto
import MeshSchema
import Primitives
import StateTree
import Storage
import Testing

@testable import MeshState

struct StateMachineTests {
    let ann = TestAgent("ann")
    let bob = TestAgent("bob")

    @Test func aNewStoreIsAtGenesis() throws {
        let world = try World()
        #expect(world.machine.applied.height == .genesis)
        #expect(world.machine.applied.headerDigest == world.machine.network.digest)
        #expect(world.machine.historyRoot == MerkleTree.emptyRoot)
        #expect(try world.reopened().applied == world.machine.applied)
        #expect(world.machine.finalHeight == .genesis && world.machine.nextExpiry == nil)
    }

    @Test func rootsAreThoseOfTheDefinitions() throws {
        var world = try World([ann, bob])
        let first = try #require(world.lastBlock)
        let batches = [world.batch(ann, [world.leaf(Make.commit()), world.leaf(Make.claim("x"))])]
        let block = try world.cut(batches)
        let receipts = block.results.map { result -> Digest in
            var writer = ByteWriter()
            writer.write(ann.id.digest)
            writer.write(result.nonce)
            writer.write(result.leafHash)
            writer.write(result.outcome.rawValue)
            return MerkleTree.leafHash(writer.bytes)
        }
        #expect(block.receiptsRoot == MerkleTree.innerHash(receipts[0], receipts[1]))
        #expect(block.payloadRoot == MerkleTree.leafHash(batches[0].id.bytes))
        #expect(block.historyRoot == MerkleTree.leafHash(world.header(of: first).digest.bytes))
        #expect(block.parent == world.header(of: first).digest)
    }

    @Test func executingChangesNothing() throws {
        var world = try World([ann])
        let before = world.store.state
        let input = BlockInput(
            height: Height(2), time: WallTime(milliseconds: world.time.milliseconds + 1),
            batches: [world.batch(ann, [world.leaf(Make.commit())])])
        let once = try world.machine.execute(input)
        let twice = try world.machine.execute(input)
        #expect(once.stateRoot == twice.stateRoot && once.effects == twice.effects)
        for family in ColumnFamily.all { #expect(world.store.state.count(of: family) == before.count(of: family)) }
        #expect(world.machine.applied.height == Height(1))
    }

    @Test func onlyTheNextBlockOnTheNewestIsTaken() throws {
        var world = try World([ann])
        let later = WallTime(milliseconds: world.time.milliseconds + 1)
        for height in [0, 1, 3] as [UInt64] {
            #expect(throws: StateFailure.wrongHeight(expected: 2, found: height)) {
                try world.machine.execute(BlockInput(height: Height(height), time: later, batches: []))
            }
        }
        #expect(throws: StateFailure.timeNotAbove) {
            try world.machine.execute(BlockInput(height: Height(2), time: world.time, batches: []))
        }
        let one = try world.machine.execute(BlockInput(height: Height(2), time: later, batches: []))
        let other = try world.machine.execute(
            BlockInput(height: Height(2), time: WallTime(milliseconds: later.milliseconds + 1), batches: []))
        var header = world.header(of: one)
        #expect(throws: StateFailure.otherHeader) {
            try world.machine.apply(other, header: header, journalPosition: LSN(2))
        }
        header.stateRoot = .zero
        #expect(throws: StateFailure.otherHeader) { try world.machine.apply(one, header: header, journalPosition: LSN(2)) }
        try world.machine.apply(one, header: world.header(of: one), journalPosition: LSN(2))
        #expect(throws: StateFailure.staleExecution) {
            try world.machine.apply(other, header: world.header(of: other), journalPosition: LSN(3))
        }
        let applied = world.machine.applied
        try world.machine.apply(one, header: world.header(of: one), journalPosition: LSN(2))
        #expect(world.machine.applied == applied)
    }

    @Test func aBlockThatComesTwiceAppliesOnce() throws {
        var world = try World([ann, bob])
        let leaves = [world.leaf(Make.transfer(10, to: bob)), world.leaf(Make.offer("t", escrow: 5)), world.leaf(Make.commit())]
        let batch = world.batch(ann, leaves)
        try world.cut([batch])
        let before = try world.contents()
        let again = try world.cut([batch])
        #expect(again.results.map(\.outcome) == [.duplicate, .duplicate, .duplicate])
        #expect(again.changes.isEmpty && again.effects.writes.isEmpty)
        #expect(try world.contents() == before)
    }

    /// The power fails again and again; what the journal holds beyond the store is executed anew and comes to the same roots.
    @Test(arguments: UInt64(60)..<63)
    func restartsExecuteTheRestOfTheJournalAgain(seed: UInt64) throws {
        let agents = PropertyTests.agents
        var world = try World(agents)
        let store = FaultyStore()
        var machine = try StateMachine(world.genesis, store: store)
        var journal = [(BlockInput, BlockHeader)]()
        let registration = try #require(world.lastBlock)
        journal.append(
            (BlockInput(height: Height(1), time: registration.time, batches: registration.batches), world.header(of: registration)))
        var transactions = RandomTransactions(seed: seed, agents: agents)
        for _ in 0..<40 {
            let time = WallTime(milliseconds: world.time.milliseconds + 1500)
            let batches = transactions.block(at: world.height + 1, time).map { world.batch($0, $1) }
            let block = try world.cut(batches, after: 1500)
            journal.append((BlockInput(height: block.height, time: block.time, batches: batches), world.header(of: block)))
            if transactions.pick(0..<4) == 0 {
                store.crash(&transactions.random)
                machine = try StateMachine(world.genesis, store: store)
            }
            try replay(journal, on: &machine)
        }
        #expect(machine.applied == world.machine.applied)
        #expect(machine.historyRoot == world.machine.historyRoot)
        #expect(machine.nextExpiry == world.machine.nextExpiry)
    }

    private func replay(_ journal: [(BlockInput, BlockHeader)], on machine: inout StateMachine) throws {
        for (position, (input, header)) in journal.enumerated().dropFirst(Int(machine.applied.journalPosition.value)) {
            let executed = try machine.execute(input)
            #expect(executed.agrees(with: header))
            try machine.apply(executed, header: header, journalPosition: LSN(UInt64(position) + 1))
        }
    }

    @Test func aStoreOfAnotherNetworkIsRefused() throws {
        let world = try World([ann])
        let other = try World([bob]).genesis
        #expect(throws: StateFailure.otherNetwork) { try StateMachine(other, store: world.store) }
    }

    @Test func aStoreWhoseTreeIsNotItsBlocksIsRefused() throws {
        let world = try World([ann])
        var tree = try JellyfishTree(suite: .penumbra, in: world.store)
        let change = try tree.prepare([.init(key: [1], value: [1])], version: 9, in: world.store)
        var batch = Batch()
        change.put(into: &batch)
        try world.store.write(batch, sync: true)
        #expect(throws: StateFailure.self) { try world.reopened() }
    }

    @Test func aGenesisGrantsNoMoreThanCanBeCounted() throws {
        func open(_ balances: [Genesis.Balance]) throws -> StateMachine {
            let genesis = Genesis(
                poa: "test", authority: World.authority.bundle, nodes: [], time: .zero, balances: balances)
            return try StateMachine(genesis, store: MemoryStore())
        }
        let most = UInt256.max.bigEndianBytes
        #expect(throws: Never.self) { try open([.init(agent: ann.id, asset: "a", units: most)]) }
        #expect(throws: StateFailure.badGenesis) {
            try open([.init(agent: ann.id, asset: "a", units: most), .init(agent: bob.id, asset: "a", units: [1])])
        }
        #expect(throws: StateFailure.badGenesis) {
            try open([.init(agent: ann.id, asset: "a", units: [1]), .init(agent: ann.id, asset: "a", units: [1])])
        }
        #expect(throws: StateFailure.badGenesis) { try open([.init(agent: ann.id, asset: "a b", units: [1])]) }
    }

    @Test func listingsComeInPages() throws {
        let agents = (0..<7).map { TestAgent("lister-\($0)") }
        var world = try World(agents)
        try world.run(agents[0], agents[0].registration(epoch: 2, role: "tester"))
        try world.run((0..<9).map { (agents[0], Make.offer("task/\($0)")) })
        try world.run([(agents[1], Make.claim("task/4")), (agents[1], Make.claim("task/7"))])
        var found = [String]()
        var after: String?
        repeat {
            let page = try world.view.agents(after: after, limit: 3)
            #expect(page.items.count <= 3)
            found += page.items.map(\.id)
            after = page.next
        } while after != nil
        #expect(found == agents.map { "\($0.id)" }.sorted())
        #expect(try world.view.agents(role: "tester").items.map(\.record.id) == [agents[0].id])
        #expect(try world.view.tasks(state: .claimed).items.map(\.id) == ["task/4", "task/7"])
        #expect(try world.view.tasks(state: .claimed, limit: 1).next == "task/4")
        #expect(try world.view.tasks(state: .done).items.isEmpty)
        #expect(try world.view.balances(agents[2].id).map(\.asset) == [World.asset])
        let counts = try world.view.counts()
        #expect(counts.agents == 7 && counts.tasks == 9 && counts.transactions == 7 + 1 + 9 + 2)
        #expect(try world.machine.block(at: Height(2))?.outcomes == [.applied])
        #expect(try world.machine.block(at: Height(99)) == nil)
    }

    @Test func aSnapshotStaysWhatItWas() throws {
        var world = try World([ann])
        let snapshot = try world.machine.snapshot()
        try world.run(ann, Make.fact("k", [1]))
        #expect(try snapshot.fact("k") == nil)
        #expect(try world.view.fact("k")?.value == [1])
    }
}

extension StateMachineTests {
    @Test func pruningKeepsTheFinalStateAndEverythingNewer() throws {
        var world = try World([ann, bob])
        for number in 0..<30 { try world.run(ann, Make.fact("k", [UInt8(number)], expected: UInt64(number))) }
        let header = try #require(try world.machine.header(at: Height(11)))
        let signature = FinalitySignature(HybridSignature(ed25519: [1], mldsa65: [2]))
        try world.machine.recordFinality(signature, at: header.height)
        let before = world.store.state.count(of: .nodes)
        while try world.machine.prune(keeping: 5) {}
        #expect(world.store.state.count(of: .nodes) < before)
        let bundle = try world.machine.proofBundle(for: StateKey.fact("k"), at: Height(11))
        #expect(try FactRecord(bundle.value, under: bundle.key).version == 10)
        let contents = try world.contents()
        world.machine = try world.reopened()
        try world.run(ann, Make.fact("k", [9], expected: 30))
        #expect(contents.count < (try world.contents().count))
    }
}
