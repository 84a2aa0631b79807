import CapnProto
import Testing

@Suite struct RoundTripTests {
    static let value = Shape.Value(
        name: "héxagone", visible: false, colour: .green, area: -2.5,
        which: .child(
            Shape.Value(name: "inner", which: .polygon([Point.Value(x: 1, y: -2, label: "a"), Point.Value()]))),
        tags: ["one", "", "three"], blob: [0, 255, 7], grid: [[1, 2, 3], [], [65535]],
        flags: [true, false, true, true, false, false, false, true, true], origin: Point.Value(x: 0, y: 9))

    @Test func valuesComeBackAsTheyWere() throws {
        let bytes = Self.value.framed()
        #expect(try Shape.Value(framed: bytes) == Self.value)
    }

    @Test func builderAndReaderAgree() throws {
        var message = MessageBuilder()
        var shape = message.initRoot(Shape.self)
        shape.setName("disc")
        shape.setCircle(12)
        shape.setCapability(5)
        var tags = shape.initTags(2)
        tags.set("x", at: 1)
        shape.area = 0.5
        #expect(try shape.reader.name.string == "disc")
        let received = try Message(framed: message.framed())
        let reader = try received.root(Shape.self)
        #expect(try reader.name.string == "disc")
        #expect(reader.visible == true)
        #expect(reader.tag == 1)
        #expect(reader.circle == 12)
        #expect(try reader.capability == 5)
        #expect(try reader.tags[0].isEmpty == true)
        #expect(try reader.tags[1].string == "x")
        #expect(try reader.origin.x == 3)
        #expect(try reader.origin.y == 4)
        #expect(try reader.origin.label.string == "here")
    }

    @Test func ownedCrossesTasks() async throws {
        let owned = try Owned<Shape>(framed: Self.value.framed())
        let child = try Owned<Shape>(owned.message, at: owned.reader.child)
        let name = try await Task { try child.reader.name.string }.value
        #expect(name == "inner")
    }
}
