import CapnProto
import Testing

/// One vector for every kind of pointer.
@Suite struct PointerTests {
    @Test func structWithDataAndPointers() throws {
        let message = try message([
            Draw.structure(0, data: 1, pointers: 1), 0x0123_4567_89AB_CDEF, Draw.list(0, .byte, 3), Draw.text("hi"),
        ])
        let root = try message.rootPointer.structure()
        #expect(root.size == StructSize(dataWords: 1, pointerCount: 1))
        #expect(root.integer(0) as UInt64 == 0x0123_4567_89AB_CDEF)
        #expect(root.integer(0) as UInt8 == 0xEF)
        #expect(root.integer(7) as UInt8 == 0x01)
        #expect(root.integer(3) as Int16 == 0x0123)
        #expect(root.bool(0) == true)
        #expect(root.bool(4) == false)
        #expect(try root.text(0).string == "hi")
    }

    @Test func fieldsBeyondTheStructHaveTheirDefaults() throws {
        let message = try message([Draw.structure(0, data: 1, pointers: 0), .max])
        let root = try message.rootPointer.structure()
        #expect(root.integer(1, mask: 7) as UInt64 == 7)
        #expect(root.integer(2, mask: 7) as UInt32 == 7)
        #expect(root.bool(64, mask: true) == true)
        #expect(root.float(2, mask: (1.5 as Float).bitPattern) == 1.5)
        #expect(root.double(1, mask: (2.5).bitPattern) == 2.5)
        #expect(root.enumeration(4, Colour.self, mask: 1) == .green)
        #expect(try root.text(0).isEmpty == true)
        #expect(try root.bytes(9).count == 0)
        #expect(try root.list(1, of: UInt8.self).count == 0)
        #expect(try root.structure(1, Point.self).x == 7)
        #expect(try root.capability(1) == nil)
        #expect(root.anyPointer(0).isNull == true)
        #expect(root.integer(-1) as UInt8 == 0)
        #expect(root.bool(-1) == false)
    }

    @Test func defaultsAreMasks() throws {
        let message = try message([Draw.structure(0, data: 1, pointers: 0), 7 ^ 20])
        #expect(try message.rootPointer.structure().integer(0, mask: 7) as UInt32 == 20)
    }

    @Test func negativeOffsetLeadsBack() throws {
        let message = try message([
            Draw.structure(1, data: 0, pointers: 1), 42, Draw.structure(-2, data: 1, pointers: 0),
        ])
        #expect(try message.rootPointer.structure().structure(0).integer(0) as UInt64 == 42)
    }

    @Test(arguments: [
        (ElementSize.byte, 0x0807_0605_0403_0201 as UInt64, 8), (.twoBytes, 0x0004_0003_0002_0001, 4),
        (.fourBytes, 0x0000_0002_0000_0001, 2), (.eightBytes, 1, 1),
    ]) func numberLists(size: ElementSize, word: UInt64, count: Int) throws {
        let message = try message([Draw.list(0, size, count), word])
        let list = try message.rootPointer.list(expecting: size)
        #expect(list.count == count)
        for index in 0..<count {
            let value: UInt64 =
                switch size {
                case .byte: UInt64(list.integer(at: index) as UInt8)
                case .twoBytes: UInt64(list.integer(at: index) as UInt16)
                case .fourBytes: UInt64(list.integer(at: index) as UInt32)
                default: list.integer(at: index)
                }
            #expect(value == UInt64(index + 1))
        }
    }

    @Test func bitAndVoidLists() throws {
        let bits = try message([Draw.list(0, .bit, 10), 0b10_0000_0101])
        #expect(
            try bits.rootPointer.list(of: Bool.self).values()
                == [true, false, true, false, false, false, false, false, false, true])
        let voids = try message([Draw.list(0, .void, 3)])
        #expect(try voids.rootPointer.list(of: Unit.self).values() == [Unit(), Unit(), Unit()])
    }

    @Test func pointerAndStructLists() throws {
        let texts = try message([
            Draw.list(0, .pointer, 2), Draw.list(1, .byte, 2), Draw.list(1, .byte, 2), Draw.text("a"), Draw.text("b"),
        ])
        #expect(try texts.rootPointer.list(of: Text.self).values() == ["a", "b"])
        let structs = try message([
            Draw.list(0, .composite, 4), Draw.tag(2, data: 1, pointers: 1), 1 ^ 7, 0, 2 ^ 7, 0,
        ])
        let points = try structs.rootPointer.list(of: Point.self)
        #expect(points.count == 2)
        #expect(points[0].x == 1)
        #expect(points[1].x == 2)
    }

    @Test func capabilities() throws {
        let message = try message([Draw.structure(0, data: 0, pointers: 3), Draw.capability(9), 0, 7])
        let root = try message.rootPointer.structure()
        #expect(try root.capability(0) == 9)
        #expect(try root.anyPointer(0).kind == .capability)
        #expect(try root.capability(1) == nil)
        #expect(throws: CapnProtoError.reservedPointer) { try root.capability(2) }
        #expect(throws: CapnProtoError.reservedPointer) { try root.anyPointer(2).kind }
    }

    @Test func kindsAreTold() throws {
        let message = try message([
            Draw.structure(0, data: 0, pointers: 3), Draw.structure(-1, data: 0, pointers: 0), Draw.list(1, .byte, 0),
            0,
        ])
        let root = try message.rootPointer.structure()
        #expect(try root.anyPointer(0).kind == .structure)
        #expect(try root.anyPointer(1).kind == .list)
        #expect(try root.anyPointer(2).kind == .null)
        #expect(throws: CapnProtoError.wrongPointerKind) { _ = try root.text(0).count }
        #expect(throws: CapnProtoError.wrongPointerKind) { _ = try root.structure(1).size }
        #expect(throws: CapnProtoError.wrongPointerKind) { try root.capability(1) }
    }

    @Test func textMustEndInZeroAndBeUTF8() throws {
        let open = try message([Draw.list(0, .byte, 2), Draw.text("hi")])
        #expect(throws: CapnProtoError.textNotTerminated) { _ = try open.rootPointer.text().count }
        let empty = try message([Draw.list(0, .byte, 0), 0])
        #expect(throws: CapnProtoError.textNotTerminated) { _ = try empty.rootPointer.text().count }
        let broken = try message([Draw.list(0, .byte, 3), 0xFFC3])
        let text = try broken.rootPointer.text()
        #expect(throws: CapnProtoError.textNotUTF8) { try text.string }
        #expect(text.repaired == "\u{FFFD}\u{FFFD}")
        #expect(text.bytes.byteCount == 2)
    }

    @Test func aMessageWithoutWordsHasANullRoot() throws {
        let message = try message([])
        #expect(message.rootPointer.isNull == true)
        #expect(try message.root(Point.self).x == 7)
        let nothing = try Message(segments: [])
        #expect(try nothing.rootPointer.kind == .null)
    }
}
