import CapnProto
import Testing

/// A struct as the generator writes one with a type parameter: `struct Box(T) { content @0 :T; }`.
enum Box<T: PointerSchema>: StructSchema {
    static var structSize: StructSize { StructSize(dataWords: 0, pointerCount: 1) }

    struct Reader: SchemaReader, ~Escapable {
        let raw: StructReader
        @_lifetime(copy raw) init(_ raw: StructReader) { self.raw = raw }
        var content: T.Reader {
            @_lifetime(copy self) get throws(CapnProtoError) {
                let pointer = raw.anyPointer(0)
                return try pointer.as(T.self)
            }
        }
    }

    struct Builder: SchemaBuilder, ~Escapable {
        let raw: StructBuilder
        @_lifetime(copy raw) init(_ raw: StructBuilder) { self.raw = raw }
        var content: T.Builder {
            @_lifetime(copy self) mutating get throws(CapnProtoError) {
                let pointer = raw.pointer(0)
                return try pointer.getAs(T.self)
            }
        }
        mutating func setContent(_ source: T.Reader) throws(CapnProtoError) {
            try raw.pointer(0).setAs(T.self, source)
        }
    }

    struct Value: StructValue {
        typealias Schema = Box<T>
        var content: T.Value?
        init(content: T.Value? = nil) { self.content = content }
        init(_ reader: Reader) throws(CapnProtoError) {
            let pointer = reader.raw.anyPointer(0)
            content = pointer.isNull ? nil : try T.value(pointer)
        }
        func write(to builder: inout Builder) {
            if let content { T.write(content, to: builder.raw.pointer(0)) }
        }
    }
}

@Suite struct AnyTypesTests {
    @Test func genericStructsKeepWhateverTheyHold() throws {
        func comesBack<T: PointerSchema>(_: T.Type, _ content: T.Value?) throws {
            let value = Box<T>.Value(content: content)
            #expect(try Box<T>.Value(framed: value.framed()) == value)
        }
        try comesBack(Text.self, "text")
        try comesBack(Text.self, "")
        try comesBack(Text.self, nil)
        try comesBack(Bytes.self, [1, 2, 3])
        try comesBack(List<UInt16>.self, [4, 5])
        try comesBack(List<UInt16>.self, [])
        try comesBack(List<List<Text>>.self, [["a"], [], ["b", "c"]])
        try comesBack(Point.self, Point.Value(x: 3))
        try comesBack(Box<Text>.self, Box<Text>.Value(content: "inner"))
        try comesBack(AnyCapability.self, nil)
    }

    @Test func openTypesHaveValues() throws {
        let message = try Message(framed: RoundTripTests.value.framed())
        let value = try AnyPointer.Value(message.rootPointer)
        let boxed = Box<AnyPointer>.Value(content: value)
        let again = try Box<AnyPointer>.Value(framed: boxed.framed())
        #expect(again == boxed)
        let inner = try again.content!.message()
        #expect(try Shape.Value(root: inner) == RoundTripTests.value)
        let structure = try AnyStruct.Value(root: message)
        #expect(structure.segment == value.segment)
        let other = Box<AnyStruct>.Value(content: structure)
        #expect(try Box<AnyStruct>.Value(framed: other.framed()) == other)
        let list = try message.root(Shape.self).raw.anyPointer(2)
        let lists = Box<AnyList>.Value(content: try AnyList.value(list))
        #expect(try Box<AnyList>.Value(framed: lists.framed()) == lists)
        #expect(AnyPointer.Value().segment == [UInt8](repeating: 0, count: 8))
    }

    @Test("null and empty are kept apart wherever pointers are copied, and are one in plain values")
    func nullAndEmpty() throws {
        var builder = MessageBuilder()
        var shape = builder.initRoot(Shape.self)
        shape.setName("")
        _ = shape.initTags(0)
        var origin = shape.initOrigin()
        origin.setLabel("")
        let message = try Message(framed: builder.framed())
        let root = try message.root(Shape.self)
        #expect(root.raw.has(0) && root.raw.has(2) && !root.raw.has(3))
        // As values they are one, but for a default that isn't empty.
        let value = try Shape.Value(root)
        let again = try Message(framed: value.framed())
        #expect(try Shape.Value(root: again) == value && value.origin?.label == "")
        #expect(try !again.root(Shape.self).raw.has(0))
        // As pointers they stay what they are.
        var copy = MessageBuilder()
        try copy.copyRoot(root.raw)
        let copied = try Message(framed: copy.framed())
        #expect(try copied.rootPointer.equality(with: message.rootPointer) == .equal)
        #expect(try again.rootPointer.equality(with: message.rootPointer) == .different)
        #expect(try AnyPointer.Value(copied.rootPointer) == AnyPointer.Value(message.rootPointer))
    }

    /// A value may have been decoded from a file that somebody else wrote.
    @Test func damagedValuesAreNotWritten() throws {
        for segment in [[1, 2, 3], bytes(of: [Draw.structure(5, data: 1, pointers: 0)]), []] as [[UInt8]] {
            let json = #"{"segment":\#(segment)}"#
            let value = try decode(AnyPointer.Value.self, json)
            #expect(try Box<AnyPointer>.Value(framed: boxed(value).framed()).content == nil)
            let structure = try decode(AnyStruct.Value.self, json)
            _ = Box<AnyStruct>.Value(content: structure).framed()
        }
        func boxed(_ value: AnyPointer.Value) -> Box<AnyPointer>.Value { .init(content: value) }
    }

    @Test func pointersAsWhatTheyAre() throws {
        var builder = MessageBuilder()
        try builder.withRoot { root in
            let list = root.initRawList(.pointer, StructSize(dataWords: 0, pointerCount: 0), count: 7)
            list.pointer(at: 0).setText("one")
            let bytes = list.pointer(at: 1).initAs(Bytes.self, count: 3)
            bytes[2] = 9
            let numbers = list.pointer(at: 2).initAs(List<UInt32>.self, count: 2)
            numbers[1] = 5
            var point = list.pointer(at: 3).initAs(Point.self)
            point.y = 8
            list.pointer(at: 4).setCapability(6)
            try list.pointer(at: 5).setAs(Point.self, Point.Reader(point.raw.asReader))
            #expect(try list.pointer(at: 0).getAs(Text.self).asReader.string == "one")
            #expect(try list.pointer(at: 1).getAs(Bytes.self)[2] == 9)
            #expect(try list.pointer(at: 2).getAs(List<UInt32>.self)[1] == 5)
            #expect(try list.pointer(at: 6).getAs(List<UInt32>.self).count == 0)
            #expect(try list.pointer(at: 3).anyStructure().size == Point.structSize)
            #expect(try list.pointer(at: 2).anyList().elementSize == .fourBytes)
        }
        let message = builder.finish()
        let read = try message.rootPointer.list(of: AnyPointer.self)
        #expect(try read[0].as(Text.self).string == "one")
        #expect(try read[1].as(Bytes.self).array == [0, 0, 9])
        #expect(try read[3].as(Point.self).y == 8)
        #expect(try read[3].as(AnyStruct.self).raw.size == Point.structSize)
        #expect(try read[4].as(AnyCapability.self) == 6)
        #expect(try read[5].as(Point.self).y == 8)
        #expect(try read[6].isNull)
        #expect(
            try (0..<7).map { try read[$0].kind } == [.list, .list, .list, .structure, .capability, .structure, .null])
        #expect(throws: CapnProtoError.wrongPointerKind) { try read[3].as(AnyList.self).count }
    }

    @Test func textAndDataAreWrittenInPlace() throws {
        var builder = MessageBuilder()
        var shape = builder.initRoot(Shape.self)
        var name = shape.raw.pointer(0).initText(byteCount: 4)
        var span = name.bytes
        for (index, byte) in "four".utf8.enumerated() { span.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        var blob = shape.raw.pointer(3).initBytes(count: 2)
        var blobSpan = blob.bytes
        blobSpan.storeBytes(of: 7, toByteOffset: 1, as: UInt8.self)
        shape.setCircle(1)
        let value = try Shape.Value(framed: builder.framed())
        #expect(value.name == "four")
        #expect(value.blob == [0, 7])
    }

    @Test func listsOfStructsAreSetFromReaders() throws {
        let source = try Message(framed: RoundTripTests.value.framed())
        var builder = MessageBuilder()
        var list = builder.root.initList(of: Shape.self, count: 3)
        let reader = try source.root(Shape.self)
        try list.set(copying: reader, at: 1)
        // A struct into one that it holds, and into the one that holds it.
        try list[1].raw.copyFields(of: list.reader[1].child.raw)
        var third = list[2]
        try third.raw.copyFields(of: reader.raw)
        try third.initOrigin().raw.copyFields(of: reader.raw)
        let message = try Message(framed: builder.framed())
        let read = try message.rootPointer.list(of: Shape.self)
        #expect(try Shape.Value(read[1]).name == "inner")
        #expect(try Shape.Value(read[2]).tags == RoundTripTests.value.tags)
        #expect(try read[2].origin.label.string == RoundTripTests.value.name)
        #expect(try read[2].origin.raw.size == Point.structSize)
    }

    @Test func typedListsHaveSubscripts() throws {
        var builder = MessageBuilder()
        var list = builder.root.initList(of: List<Text>.self, count: 2)
        var texts = list.initElement(at: 1, count: 2)
        texts.set("x", at: 0)
        var text = texts.initElement(at: 1, count: 1)
        var span = text.bytes
        span.storeBytes(of: 0x79, toByteOffset: 0, as: UInt8.self)
        try list.set(copying: texts.reader, at: 0)
        #expect(try list.reader.values() == [["x", "y"], ["x", "y"]])
        builder.withRoot { root in
            let colours = root.initList(of: Colour.self, count: 2)
            colours[1] = .green
            #expect(colours[0] == .red && colours[1] == .green)
            let bits = root.initList(of: Bool.self, count: 9)
            bits[8] = true
            #expect(bits[8] && !bits[7])
        }
    }
}
