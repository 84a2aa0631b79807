import CapnProto
import Foundation
import Testing

/// Generic structs are generic types in Swift, and what they hold has its own type.
struct GenericTests {
    private func reread<V: StructValue>(_ value: V) throws -> V { try V(framed: value.framed()) }

    @Test func argumentsOfEveryKind() throws {
        var uses = Uses.Value(kind: .round)
        uses.text = Box<Text>.Value(value: "text", label: "label")
        uses.data = Box<Bytes>.Value(value: [1, 2])
        uses.point = Box<Point>.Value(value: Point.Value(x: 1, y: 2))
        uses.numbers = Box<List<UInt32>>.Value(value: [1, 2, 3])
        uses.nested = Box<Box<List<Text>>>.Value(value: Box<List<Text>>.Value(value: ["a", "b"]))
        uses.boxes = [Box<Text>.Value(value: "first"), Box<Text>.Value()]
        uses.preset = Box<Text>.Value(value: "")
        uses.itself = Box<Uses>.Value(value: Uses.Value(text: Box<Text>.Value(value: "inner")))
        uses.deep = Pair<Text, Point>.Inner2<Bytes>.Deep<List<Bool>>.Value(first: "f", third: [3], fourth: [true])
        uses.pair = Pair<Text, Bytes>.Value(
            first: "a", second: [1], swapped: Pair<Bytes, Text>.Value(first: [2], second: "b"),
            which: .both(Pair<Text, Bytes>.Both.Value(left: "l", right: Box<Bytes>.Value(value: [9]))))
        #expect(try reread(uses) == uses)
        #expect(try JSONDecoder().decode(Uses.Value.self, from: JSONEncoder().encode(uses)) == uses)
        #expect(MemoryLayout<Uses.Value>.size < 1000)
    }

    @Test func readersAndBuildersAreTyped() throws {
        var message = MessageBuilder()
        var pair = message.initRoot(Pair<Text, List<UInt16>>.self)
        pair.setFirst("first")
        var second = pair.initSecond(2)
        second.set([7, 8])
        var swapped = pair.initSwapped()
        swapped.setSecond("swapped")
        var boxes = pair.initBoxes(1)
        var box = boxes[0]
        box.setValue("boxed")
        pair.setEither("either")
        let reader = pair.asReader
        let first = try reader.first
        let numbers = try reader.second
        #expect(try first.string == "first" && numbers[1] == 8 && numbers.values() == [7, 8])
        let swappedBack = try reader.swapped
        let swappedSecond = try swappedBack.second
        #expect(try swappedSecond.string == "swapped")
        let readBoxes = try reader.boxes
        let boxed = try readBoxes[0].value
        #expect(try boxed.string == "boxed")
        guard case .either(let either) = try reader.which else { throw Tool.Failure(description: "not either") }
        #expect(either.count == 6)
        let (hasInner, hasSwapped) = (reader.hasInner, reader.hasSwapped)
        #expect(!hasInner && hasSwapped)
        let orphan = pair.disownFirst()
        let hasFirst = pair.asReader.hasFirst
        #expect(!hasFirst)
        pair.adoptEither(orphan)
        guard case .either(let moved) = try pair.asReader.which else { throw Tool.Failure(description: "not either") }
        #expect(try moved.string == "first")
    }

    /// A struct inside of a generic one has its parameters; an argument that was left out is AnyPointer.
    @Test func nestedDeclarationsInheritParameters() throws {
        var message = MessageBuilder()
        var pair = message.initRoot(Pair<Text, Point>.self)
        var inner2 = pair.initOther()
        var point = inner2.initSecond()
        point.x = 3
        inner2.setThird("third")
        var inner = inner2.initInner()
        inner.setFirst("f")
        var loose = pair.initLoose()
        let first = try loose.first
        first.setText("untyped")
        let reader = pair.asReader
        let other = try reader.other
        let (readPoint, third) = (try other.second.x, try other.third.string)
        let readInner = try other.inner
        #expect(readPoint == 3 && third == "third" && other.kind == .round)
        let innerFirst = try readInner.first
        #expect(try innerFirst.string == "f" && other.defaults.values() == [1, 2])
        let looseFirst = try reader.loose.first
        #expect(try looseFirst.text().string == "untyped")
        #expect(Pair<Text, Text>.answer == 42 && Pair<Text, Bytes>.origin == Point.Value(x: 5))
        #expect(Pair<Text, Text>.typeID == Pair<Bytes, Text>.typeID)
    }

    @Test func constantsAndDefaultsOfGenericTypes() throws {
        #expect(filled == Box<Point>.Value(value: Point.Value(x: 3, y: 0.5)))
        #expect(pairs.count == 1 && pairs[0].first == "a" && pairs[0].second == [1, -1])
        guard case .both(let both) = pairs[0].which else { throw Tool.Failure(description: "not both") }
        #expect(both.left == "l" && both.right?.value == [3] && both.count == 2)
        var message = MessageBuilder()
        let uses = message.initRoot(Uses.self)
        let preset = try uses.asReader.preset
        let presetValue = try preset.value
        #expect(try presetValue.string == "preset" && preset.label.string == "given")
    }

    /// A wrong kind of object is the sender's mistake, found where it is read.
    @Test func anObjectOfAnotherKindThrows() throws {
        let text = try Message(framed: Box<Text>.Value(value: "text").framed())
        let box = try text.root(Box<Point>.self)
        #expect(throws: CapnProtoError.self) { try Box<Point>.Value(root: text) }
        let hasValue = box.hasValue
        #expect(hasValue)
        let untyped = try Box<AnyPointer>.Value(root: text).value ?? AnyPointer.Value()
        let message = try untyped.message()
        #expect(try message.rootPointer.text().string == "text")
    }

    @Test func annotationsAreConstants() {
        #expect(Box<Text>.Annotations.title == "a box" && Box<Text>.Annotations.sealed)
        #expect(Box<Text>.Annotations.Value_.weight == 3 && Box<Text>.Annotations.Value_.title == "what is in it")
        #expect(Uses.Annotations.tags == ["a", "b"] && Uses.Annotations.sample == Point.Value(x: 1, y: 2))
        #expect(Pair<Text, Text>.Kind.Annotations.Round.weight == 7)
        #expect(Store<Text>.Annotations.title == "keeps things" && Store<Text>.Annotations.Put.weight == 2)
        #expect(TextStore.Annotations.sealed && weightAnnotationID != titleAnnotationID)
    }

    /// Names that mean something in Swift or to the generator: it compiles, and everything keeps its place.
    @Test func namesThatMeanSomething() throws {
        var members = Names.Members.Value()
        (members.raw_, members.which_, members.whichTag_, members.hasText_) = ("r", "w", 3, true)
        (members.setText_, members.text, members.list, members.self_) = ("s", "t", [4], 5)
        members.`super` = "super"
        #expect(try reread(members) == members)
        for which: Names.Cases.Which in [
            .none, .some("some"), .unknown, .unrecognized, .`init_`, .self_("self"), .write("write"), .`in`(.init()),
            .which_(Names.Cases.Value(which: .hasSome_(true))), .unrecognized_(77),
        ] {
            #expect(try reread(Names.Cases.Value(which: which)).which == which)
        }
        for number in UInt16(0)..<24 { #expect(Names.Enumerants(rawValue: number).rawValue == number) }
        #expect(Names.Enumerants(rawValue: 4) == .rawValue && Names.Types.typeID_ == 1)
    }
}
