import CapnProto
import Primitives
import Testing

@Suite struct BuilderTests {
    @Test func overwrittenObjectsLeaveNothingBehind() throws {
        for firstSegmentWords in [1, 500] {
            var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
            builder.setRoot(RoundTripTests.value)
            builder.setRoot(Point.Value(x: 0))
            let remaining = words(of: builder.segments().flatMap { $0 }).filter { $0 != 0 }
            // The root's pointer or pointers, and x as 0 ^ 7.
            #expect(remaining.count <= 3)
            #expect(remaining.contains(7))
        }
    }

    @Test func resetMakesAMessageLikeNew() throws {
        var builder = MessageBuilder(firstSegmentWords: 2)
        builder.setRoot(RoundTripTests.value)
        let segmentCount = builder.segmentCount
        builder.reset()
        #expect(builder.segments() == [[0, 0, 0, 0, 0, 0, 0, 0]])
        builder.setRoot(RoundTripTests.value)
        #expect(builder.segmentCount < segmentCount)
        #expect(try Shape.Value(framed: builder.framed()) == RoundTripTests.value)
        #expect(builder.framedByteCount == builder.framed().count)
    }

    @Test func copyBetweenMessages() throws {
        let source = try Message(framed: RoundTripTests.value.framed())
        var builder = MessageBuilder(firstSegmentWords: 3)
        try builder.root.copy(source.rootPointer)
        #expect(try Shape.Value(framed: builder.framed()) == RoundTripTests.value)
        let root = try source.root(Shape.self)
        let child = try root.child
        try builder.copyRoot(child.raw)
        #expect(try Shape.Value(framed: builder.framed()).name == "inner")
        let tags = try root.tags
        try builder.root.copy(tags.raw)
        let texts = try Message(framed: builder.framed())
        #expect(try texts.rootPointer.list(of: Text.self).values() == ["one", "", "three"])
        let flags = try root.flags
        try builder.root.copy(flags.raw)
        let bits = try Message(framed: builder.framed())
        #expect(try bits.rootPointer.list(of: Bool.self).values() == RoundTripTests.value.flags)
    }

    @Test func copyWithinAMessage() throws {
        for firstSegmentWords in [1, 500] {
            var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
            var shape = builder.initRoot(Shape.self)
            shape.setName("self")
            shape.setCircle(3)
            // A struct into itself, twice; then a field onto itself.
            try shape.raw.copy(1, from: shape.raw.asReader)
            try shape.raw.copy(1, from: shape.raw.asReader)
            try shape.raw.copy(0, from: shape.raw.asReader.anyPointer(0))
            #expect(try shape.reader.name.string == "self")
            #expect(try shape.reader.child.name.string == "self")
            #expect(try shape.reader.child.child.name.string == "self")
            #expect(try shape.reader.child.child.raw.has(1) == false)
            let received = try Message(framed: builder.framed())
            #expect(try received.rootPointer.measure().words > 10)
        }
    }

    @Test func copiesMapCapabilities() throws {
        let source = try message([
            Draw.structure(0, data: 0, pointers: 3), Draw.capability(1), Draw.capability(2), Draw.capability(3),
        ])
        var builder = MessageBuilder()
        try builder.root.copy(source.rootPointer) { (index) throws(CapnProtoError) in index == 2 ? nil : index + 10 }
        let copy = try Message(framed: builder.framed())
        let root = try copy.rootPointer.structure()
        #expect(try root.capability(0) == 11)
        #expect(try root.capability(1) == nil)
        #expect(try root.capability(2) == 13)
        #expect(try copy.rootPointer.measure() == ObjectMeasure(words: 3, capabilities: 2))
    }

    @Test func getOrInit() throws {
        var builder = MessageBuilder()
        var shape = try builder.root(Shape.self)
        #expect(shape.raw.has(7) == false)
        var origin = try shape.origin()
        origin.x = 1
        origin = try shape.origin()
        #expect(origin.x == 1)
        shape.setOrigin(nil)
        #expect(shape.raw.has(7) == false)
        #expect(try shape.raw.list(2, of: Text.self).count == 0)
        shape.raw.reset()
        #expect(shape.visible == true)
    }

    @Test func listsOfListsAndStructs() throws {
        var builder = MessageBuilder()
        var grid = builder.root.initList(of: List<Point>.self, count: 2)
        var row: List<Point>.Builder = grid.initList(at: 1, count: 2)
        var point = row[1]
        point.y = -4
        row.set(Point.Value(x: 2), at: 0)
        let received = try Message(framed: builder.framed())
        let list = try received.rootPointer.list(of: List<Point>.self)
        #expect(try list[0].count == 0)
        #expect(try list[1].values() == [Point.Value(x: 2), Point.Value(y: -4)])
    }

    @Test func deepMessagesDontExhaustTheStack() throws {
        var builder = MessageBuilder()
        var shape = builder.initRoot(Shape.self)
        for _ in 0..<5000 { shape = shape.initChild() }
        var other = MessageBuilder()
        #expect(throws: CapnProtoError.nestingLimit) { try other.copyRoot(builder.reader(Shape.self).raw) }
        builder.setRoot(Point.Value())
        #expect(try Point.Value(framed: builder.framed()) == Point.Value())
    }

    @Test func writingBeyondAStructIsAProgrammersError() async {
        await #expect(processExitsWith: .failure) {
            var builder = MessageBuilder()
            builder.initRoot(Point.self).raw.setInteger(2, UInt32(1))
        }
        await #expect(processExitsWith: .failure) {
            var builder = MessageBuilder()
            builder.initRoot(Point.self).raw.setText(1, "")
        }
    }
}
