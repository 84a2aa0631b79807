import CapnProto
import Testing

@Suite struct OrphanTests {
    @Test(arguments: [1, 500]) func objectsMoveWithoutACopy(firstSegmentWords: Int) throws {
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        builder.setRoot(RoundTripTests.value)
        var root = try builder.root(Shape.self)
        let child = root.raw.disown(1, Shape.self)
        let childIsThere = !child.isNull
        #expect(childIsThere && !root.raw.has(1))
        #expect(try child.reader.name.string == "inner")
        var list = root.raw.orphanage.newRawList(.pointer, StructSize(dataWords: 0, pointerCount: 0), count: 2)
        try list.edit().pointer(at: 1).adopt(child)
        root.raw.pointer(2).adopt(list)
        #expect(try root.raw.pointer(2).anyList().pointer(at: 1).getAs(Shape.self).reader.name.string == "inner")
        // And a list, a text, data, a capability, nothing.
        let name = root.raw.disown(0, Text.self)
        let blob = root.raw.disown(3, Bytes.self)
        let grid = root.raw.disown(4, List<List<UInt16>>.self)
        root.setCapability(5)
        let capability = root.raw.disown(6, AnyCapability.self)
        let nothing = root.raw.disown(0, Text.self)
        let isNothing = nothing.isNull
        #expect(isNothing)
        let nameContent = try name.reader.string
        #expect(nameContent == RoundTripTests.value.name)
        let blobContent = try blob.reader.array
        #expect(blobContent == RoundTripTests.value.blob)
        let gridContent = try grid.reader.values()
        #expect(gridContent == RoundTripTests.value.grid)
        root.raw.adopt(0, name)
        root.raw.adopt(3, blob)
        root.raw.adopt(4, grid)
        root.raw.adopt(6, capability)
        root.raw.adopt(7, nothing)
        let message = try Message(framed: builder.framed())
        let read = try message.root(Shape.self)
        #expect(try read.name.string == RoundTripTests.value.name)
        #expect(try read.blob.array == RoundTripTests.value.blob)
        #expect(try read.grid.values() == RoundTripTests.value.grid)
        #expect(try read.capability == 5)
        #expect(read.hasOrigin == false)
        #expect(message.fault() == nil)
    }

    @Test(arguments: [1, 500]) func whatIsNotAdoptedIsZeroed(firstSegmentWords: Int) throws {
        var builder = MessageBuilder(firstSegmentWords: firstSegmentWords)
        builder.setRoot(RoundTripTests.value)
        builder.withRoot { root in
            _ = root.disown(Shape.self)
            _ = root.orphanage.newText("secret")
        }
        #expect(builder.segments().allSatisfy { $0.allSatisfy { $0 == 0 } })
    }

    @Test func emptyStructsStayThere() throws {
        var builder = MessageBuilder(firstSegmentWords: 1)
        try builder.withRoot { (root) throws(CapnProtoError) in
            let list = root.initRawList(.pointer, StructSize(dataWords: 0, pointerCount: 0), count: 2)
            _ = list.pointer(at: 0).initRawStructure(StructSize(dataWords: 0, pointerCount: 0))
            let empty = list.pointer(at: 0).disown(AnyStruct.self)
            let isThere = !empty.isNull
            #expect(isThere)
            list.pointer(at: 1).adopt(empty)
            #expect(list.pointer(at: 0).isNull && !list.pointer(at: 1).isNull)
            let fresh = list.pointer(at: 0).orphanage.newRawStructure(StructSize(dataWords: 0, pointerCount: 0))
            list.pointer(at: 0).adopt(fresh)
            let kind = try list.pointer(at: 0).kind
            #expect(kind == .structure)
        }
    }

    @Test func listsGrowAndShrink() throws {
        for isLast in [true, false] {
            var builder = MessageBuilder(firstSegmentWords: isLast ? 200 : 7)
            try builder.withRoot { pointer in
                let root = pointer.initRawStructure(StructSize(dataWords: 0, pointerCount: 3))
                var numbers = root.orphanage.newList(of: UInt16.self, count: 3)
                var points = root.orphanage.newList(of: Point.self, count: 2)
                var texts = root.orphanage.newList(of: Text.self, count: 2)
                var list = try texts.edit()
                list.set(["kept", "dropped"])
                var elements = try points.edit()
                elements.set([Point.Value(x: 1, label: "one"), Point.Value(x: 2, label: "gone")])
                let values = try numbers.edit()
                for index in 0..<3 { values[index] = UInt16(index + 1) }
                try numbers.resize(to: 2)
                try numbers.resize(to: 9)
                try points.resize(to: 1)
                try points.resize(to: 4)
                try texts.resize(to: 1)
                try texts.resize(to: 3)
                let numbersContent = try numbers.reader.values()
                #expect(numbersContent == [1, 2, 0, 0, 0, 0, 0, 0, 0])
                root.adopt(0, numbers)
                root.adopt(1, points)
                root.adopt(2, texts)
            }
            let message = try Message(framed: builder.framed())
            let read = try message.rootPointer.structure()
            #expect(
                try read.list(1, of: Point.self).values() == [
                    Point.Value(x: 1, label: "one"), Point.Value(), Point.Value(), Point.Value(),
                ])
            #expect(try read.list(2, of: Text.self).values() == ["kept", "", ""])
            #expect(message.fault() == nil)
            let leftovers = String(decoding: builder.framed(), as: UTF8.self)
            #expect(!leftovers.contains("dropped") && !leftovers.contains("gone"))
        }
    }

    /// The last object of its segment grows where it is. Words that it needs no longer stay, zero: a pointer to an empty object may mean the
    /// place behind them.
    @Test func theLastListGrowsInPlace() throws {
        let content: [UInt8] = [1, 2, 3]
        var builder = MessageBuilder()
        try builder.withRoot { root in
            var bytes = root.orphanage.newBytes(content.span.bytes)
            try bytes.resize(to: 24)
            try bytes.resize(to: 4)
            root.adopt(bytes)
        }
        #expect(builder.segments() == [[1, 0, 0, 0, 0x22, 0, 0, 0, 1, 2, 3] + [UInt8](repeating: 0, count: 21)])
        var text = builder.root.orphanage.newText("hello")
        try text.resize(to: 4)
        let shorter = try text.reader.string
        #expect(shorter == "hell")
        try text.resize(to: 6)
        let longer = try text.reader.string
        #expect(longer == "hell\0\0")
    }

    @Test func structsOfAnOlderSchemaAreEnlarged() throws {
        var builder = MessageBuilder()
        try builder.withRoot { root in
            var old = root.orphanage.newRawStructure(StructSize(dataWords: 1, pointerCount: 0)).as(Shape.self)
            var shape = try old.edit()
            shape.setName("new")
            var list = root.orphanage.newList(of: UInt64.self, count: 2).as(List<Point>.self)
            var points = try list.edit()
            var point = points[1]
            point.setLabel("upgraded")
            #expect(try list.reader[1].label.string == "upgraded")
            root.adopt(old)
        }
        #expect(try builder.reader(Shape.self).name.string == "new")
    }

    @Test func copiesAsOrphans() throws {
        let source = try Message(framed: RoundTripTests.value.framed())
        let shape = try source.root(Shape.self)
        var builder = MessageBuilder()
        try builder.withRoot { root in
            let copy = try root.orphanage.newCopy(of: shape.raw)
            let tags = try root.orphanage.newCopy(of: shape.tags.raw).as(List<Text>.self)
            let tagsContent = try tags.reader.values()
            #expect(tagsContent == RoundTripTests.value.tags)
            root.adopt(copy)
        }
        #expect(try Shape.Value(framed: builder.framed()) == RoundTripTests.value)
    }

    @Test func anotherMessagesOrphanIsAProgrammersError() async {
        await #expect(processExitsWith: .failure) {
            var one = MessageBuilder()
            var other = MessageBuilder()
            let orphan = one.orphanage.newText("x")
            other.root.adopt(orphan)
        }
    }
}
