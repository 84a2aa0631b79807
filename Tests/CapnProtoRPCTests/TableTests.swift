import Testing

@testable import CapnProtoRPC

@Suite("Tables")
struct TableTests {
    @Test("identifiers of a slab are reused lowest first, up to its capacity")
    func slab() {
        var slab = Slab<String>(capacity: 4)
        #expect((0..<4).map { slab.insert("\($0)") } == [0, 1, 2, 3])
        #expect(slab.insert("more") == nil && slab.isFull)
        slab.remove(2)
        slab.remove(0)
        slab.remove(3)
        #expect(slab[2] == nil && slab[1] == "1" && slab.count == 1)
        #expect([slab.insert("a"), slab.insert("b"), slab.insert("c")] == [0, 2, 3])
        #expect(slab.update(9) { $0 += "!" } == nil)
        #expect(slab.remove(9) == nil)
        #expect(slab.removeAll().map(\.id) == [0, 1, 2, 3] && slab.isEmpty)
    }

    @Test("a peer's identifiers may be small or huge, and cost no more than what is there")
    func peerTable() {
        var table = PeerTable<Int>(capacity: 8)
        let ids: [UInt32] = [0, 1023, 1024, .max, 5, 1 << 31]
        for (value, id) in ids.enumerated() { table.insert(value, at: id) }
        #expect(ids.map { table[$0] } == [0, 1, 2, 3, 4, 5])
        #expect(table.update(.max) { value in
            value += 10
            return value
        } == 13)
        #expect(table.remove(1024) == 2 && table.remove(1024) == nil && table.count == 5)
        #expect(table.removeAll().map(\.id) == [0, 5, 1023, 1 << 31, .max] && table.isEmpty)
    }
}
