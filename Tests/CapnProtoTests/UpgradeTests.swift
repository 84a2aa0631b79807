import CapnProto
import Testing

/// Lists and structs read or extended by another version of their schema.
@Suite struct UpgradeTests {
    @Test func numbersReadAsStructs() throws {
        let message = try message([Draw.list(0, .fourBytes, 3), 0x0000_0002_0000_0001, 3])
        let list = try message.rootPointer.list(of: Point.self)
        #expect(list.count == 3)
        #expect((0..<3).map { list[$0].x ^ 7 } == [1, 2, 3])
        // The field behind isn't there, although the next element is.
        #expect(list[0].y == 0)
        #expect(try list[0].label.string == "here")
    }

    @Test(arguments: [ElementSize.byte, .twoBytes, .eightBytes])
    func otherNumbersReadAsStructs(size: ElementSize) throws {
        let message = try message([Draw.list(0, size, 1), 0xFF])
        let element = try message.rootPointer.list(of: Point.self).raw.structure(at: 0)
        #expect(element.integer(0) as UInt8 == 0xFF)
        #expect(element.integer(1) as UInt64 == 0)
    }

    @Test func pointersReadAsStructs() throws {
        let message = try message([Draw.list(0, .pointer, 1), Draw.list(0, .byte, 3), Draw.text("hi")])
        #expect(try message.rootPointer.list(of: Point.self)[0].label.string == "hi")
        #expect(try message.rootPointer.list(of: Point.self)[0].x == 7)
    }

    @Test func voidsReadAsStructs() throws {
        let message = try message([Draw.list(0, .void, 2)])
        #expect(try message.rootPointer.list(of: Point.self).values() == [Point.Value(), Point.Value()])
    }

    @Test func structsReadAsNumbers() throws {
        let message = try message([
            Draw.list(0, .composite, 4), Draw.tag(2, data: 2, pointers: 0), 0x0101, 8, 0x0202, 9,
        ])
        #expect(try message.rootPointer.list(of: UInt8.self).values() == [1, 2])
        #expect(try message.rootPointer.list(of: UInt16.self).values() == [0x0101, 0x0202])
        #expect(try message.rootPointer.list(of: UInt64.self).values() == [0x0101, 0x0202])
        #expect(try message.rootPointer.list(of: Unit.self).count == 2)
        #expect(try message.rootPointer.list(of: Colour.self).values() == [.unknown(0x0101), .unknown(0x0202)])
    }

    @Test func structsAreNoBits() throws {
        let structs = try message([Draw.list(0, .composite, 1), Draw.tag(1, data: 1, pointers: 0), 1])
        #expect(throws: CapnProtoError.wrongElementSize) { _ = try structs.rootPointer.list(of: Bool.self).count }
        let bits = try message([Draw.list(0, .bit, 1), 1])
        #expect(throws: CapnProtoError.wrongElementSize) { _ = try bits.rootPointer.list(of: Point.self).count }
        #expect(throws: CapnProtoError.wrongElementSize) { _ = try bits.rootPointer.list(of: UInt8.self).count }
        let pointersOnly = try message([Draw.list(0, .composite, 1), Draw.tag(1, data: 0, pointers: 1), 0])
        #expect(throws: CapnProtoError.wrongElementSize) { _ = try pointersOnly.rootPointer.list(of: UInt8.self).count }
    }

    @Test func smallNumbersAreNoLargeOnes() throws {
        let bytes = try message([Draw.list(0, .byte, 8), 1])
        #expect(throws: CapnProtoError.wrongElementSize) { _ = try bytes.rootPointer.list(of: UInt16.self).count }
        #expect(throws: CapnProtoError.wrongElementSize) { _ = try bytes.rootPointer.list(of: Text.self).count }
        let pointers = try message([Draw.list(0, .pointer, 1), 0])
        #expect(throws: CapnProtoError.wrongElementSize) { _ = try pointers.rootPointer.list(of: UInt8.self).count }
        #expect(throws: CapnProtoError.wrongElementSize) { _ = try pointers.rootPointer.bytes().count }
        let wide = try message([Draw.list(0, .eightBytes, 1), 0x0102])
        #expect(try wide.rootPointer.list(of: UInt8.self).values() == [2])
    }

    @Test func builderEnlargesAnOlderStruct() throws {
        let old = try message([
            Draw.structure(0, data: 1, pointers: 1), 1, Draw.list(0, .byte, 4), Draw.text("old"),
        ])
        var builder = MessageBuilder(firstSegmentWords: 4)
        try builder.root.copy(old.rootPointer)
        var shape = try builder.root(Shape.self)
        #expect(try shape.reader.name.string == "old")
        #expect(shape.visible == false)
        shape.area = 3
        shape.setTags(["new"])
        let value = try Shape.Value(framed: builder.framed())
        #expect(value == Shape.Value(name: "old", visible: false, area: 3, tags: ["new"]))
    }

    @Test(arguments: [1, 6, 200]) func builderEnlargesElements(firstSegmentWords: Int) throws {
        let old = try message([
            Draw.structure(0, data: 3, pointers: 2), 2 << 32, 0, 0, 0, Draw.list(0, .pointer, 2),
            Draw.list(1, .byte, 2),
            Draw.list(1, .byte, 2), Draw.text("a"), Draw.text("b"),
        ])
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        try builder.root.copy(old.rootPointer)
        var shape = try builder.root(Shape.self)
        var points = try shape.raw.list(1, of: Point.self)
        var second = points[1]
        second.y = 5
        let value = try Shape.Value(framed: builder.framed())
        let upgraded = [Point.Value(label: "a"), Point.Value(y: 5, label: "b")]
        #expect(value.which == .polygon(upgraded))
        shape = try builder.root(Shape.self)
        #expect(try shape.reader.polygon.values() == upgraded)
    }
}
