import AllocationCounter
import CapnProto
import Testing

/// What is received is read without an allocation, for its fields or for itself.
@Suite struct AllocationTests {
    private static let frame = RoundTripTests.value.framed()

    /// How many allocations `body` makes in its second run, when what is made once has been made.
    private func allocations(_ body: () throws -> Void) rethrows -> UInt {
        try body()
        let before = allocation_count()
        try body()
        return allocation_count() - before
    }

    @Test func theCounterCounts() {
        let message = MessageBuilder()
        #expect(allocations { _ = message.framed() } >= 1)
    }

    @Test func readingInPlaceAllocatesNothing() throws {
        var view = FrameView()
        let bytes = Self.frame.span.bytes
        var sum = 0
        let count = try allocations {
            for _ in 0..<10 {
                let root = try view.open(bytes)
                sum += try read(root.structure(Shape.self))
            }
        }
        #expect(count == 0)
        #expect(sum > 0)
    }

    @Test func receivingAllocatesNothing() throws {
        var pool = MessagePool()
        let bytes = Self.frame.span.bytes
        var sum = 0
        let count = try allocations {
            for _ in 0..<10 {
                let message = try pool.message(framed: bytes)
                sum += try read(message.root(Shape.self))
            }
        }
        #expect(count == 0)
        #expect(sum > 0)
    }

    @Test func buildingAgainAllocatesNothing() {
        var pool = BuilderPool(capacity: 1, firstSegmentWords: 512)
        let count = allocations {
            var message = pool.take()
            var shape = message.initRoot(Shape.self)
            shape.setName("a text that is longer than a small string")
            shape.setCircle(3)
            pool.give(message)
        }
        #expect(count == 0)
    }

    /// Every field of every kind.
    private func read(_ shape: borrowing Shape.Reader) throws(CapnProtoError) -> Int {
        var sum = try shape.name.count + (shape.visible ? 1 : 0) + Int(shape.colour.rawValue) + Int(shape.area)
        let tags = try shape.tags
        for index in tags.indices { sum += try tags[index].count }
        let grid = try shape.grid
        for index in grid.indices {
            let row = try grid[index]
            for column in row.indices { sum += Int(row[column]) }
        }
        let flags = try shape.flags
        for index in flags.indices { sum += flags[index] ? 1 : 0 }
        sum += try shape.blob.count + Int(shape.origin.x)
        let origin = try shape.origin
        sum += try origin.label.count
        if shape.tag == 3 {
            let child = try shape.child
            sum += try read(child)
        }
        return sum
    }
}
