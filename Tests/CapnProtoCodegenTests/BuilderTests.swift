import CapnProto
import Testing

struct BuilderTests {
    @Test func settersAndGetters() throws {
        var message = MessageBuilder()
        var root = message.initRoot(Defaults.self)
        #expect(root.int8 == -128 && root.flag && root.color == .navy)
        root.int8 = 5
        root.flag = false
        root.color = .red
        root.setText("text")
        root.setData([9])
        root.setNumbers([4, 5])
        var point = root.initPoint()
        point.x = 3
        var points = root.initPoints(2)
        var second = points[1]
        second.y = 1.5
        let reader = root.asReader
        #expect(reader.int8 == 5 && !reader.flag && reader.color == .red)
        #expect(try reader.text.string == "text" && reader.data.array == [9] && reader.numbers.values() == [4, 5])
        #expect(try reader.point.x == 3 && reader.points[1].y == 1.5 && reader.hasPoints && !reader.hasTexts)
    }

    /// Setting a member of a union makes it the current one; a group that becomes current starts out as in a new struct.
    @Test func unionMembers() throws {
        var message = MessageBuilder()
        var shape = message.initRoot(Shape.self)
        shape.setArea(7)
        #expect(shape.whichTag == 6)
        var circle = shape.initCircle()
        #expect(circle.radius == 0 && circle.filled)
        circle.radius = 4
        circle.filled = false
        shape.setLabel("label")
        circle = shape.initCircle()
        #expect(circle.radius == 0 && circle.filled)
        shape.setEmpty()
        guard case .empty = try shape.asReader.which else { throw Tool.Failure(description: "not empty") }
        var style = shape.style
        var outline = style.outline
        var dashed = outline.initDashed()
        (dashed.on, dashed.off) = (3, 4)
        guard case .dashed(let read) = shape.asReader.style.outline.which else {
            throw Tool.Failure(description: "not dashed")
        }
        #expect(read.on == 3 && read.off == 4)
    }

    @Test func structsAreCopiedFromOtherMessages() throws {
        var arbitrary = Arbitrary(seed: 3)
        let value = arbitrary.tree()
        let source = try Message(framed: value.framed())
        var message = MessageBuilder()
        var root = message.initRoot(Tree.self)
        try root.setLeft(copying: source.root(Tree.self))
        let left = try Tree.Value(root.asReader.left)
        #expect(left == value)
        root.setLeft(nil)
        let hasLeft = root.asReader.hasLeft
        #expect(!hasLeft)
    }

    @Test func untypedPointers() throws {
        var message = MessageBuilder()
        var root = message.initRoot(Pointers.self)
        root.anything.setText("text")
        root.anyStruct.setValue(Point.Value(x: 5))
        let reader = root.asReader
        #expect(try reader.anything.text().string == "text")
        #expect(try reader.anyStruct.structure(Point.self).x == 5)
        let isNull = reader.anyList.isNull
        #expect(isNull)
    }

    /// An object can be taken out of one field and given to another, without a copy.
    @Test func orphans() throws {
        var message = MessageBuilder()
        var tree = message.initRoot(Tree.self)
        var left = tree.initLeft()
        left.setLabel("moved")
        let orphan = tree.disownLeft()
        let hasLeft = tree.asReader.hasLeft
        #expect(!hasLeft)
        tree.adoptNegated(orphan)
        guard case .negated(let negated) = try tree.asReader.which else { throw Tool.Failure(description: "not set") }
        #expect(try negated.label.string == "moved")
    }
}
