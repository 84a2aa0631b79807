import CapnProto
import Foundation
import Testing

struct ValueTests {
    private func reread<V: StructValue>(_ value: V) throws -> V { try V(framed: value.framed()) }

    /// A struct of no words: what an older sender's message, or a null pointer, looks like.
    private func emptyMessage() throws -> Message {
        try Message(segments: [[0xFC, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]])
    }
    private func empty<V: StructValue>(_: V.Type = V.self) throws -> V {
        let message = try emptyMessage()
        let reader = try message.root(V.Schema.self)
        return try V(reader)
    }

    @Test func defaultsComeFromTheSchema() throws {
        let message = try emptyMessage()
        let value = try empty(Defaults.Value.self)
        #expect(value.flag && value.int8 == -128 && value.int16 == -12345 && value.int32 == -12_345_678)
        #expect(value.int64 == .min && value.uint8 == .max && value.uint16 == .max)
        #expect(value.uint32 == .max && value.uint64 == .max && value.float32 == 1.5 && value.float64 == -.infinity)
        #expect(value.color == .navy && value.text == "default" && value.data == [1, 2, 3])
        #expect(
            value.numbers == [1, -2, 3] && value.flags == [true, false, true, true] && value.texts == ["a", "", "c"])
        #expect(value.points == [Point.Value(x: 1), Point.Value(x: 2, y: 3)] && value.colors == [.green, .navy])
        #expect(value.nested == [[1, 2], [], [3]] && value.nan_.isNaN)
        #expect(value.point == nil && value.shape == nil)
        let reader = try message.root(Defaults.self)
        #expect(try reader.point.x == 7 && reader.point.y == 0.25)
        guard case .circle(let circle) = try reader.shape.which else { throw Tool.Failure(description: "no circle") }
        #expect(circle.radius == 2 && circle.filled)
    }

    /// A new value's literals are what the reader finds in a message without any field, bit for bit.
    @Test func newValuesEqualEmptyMessages() throws {
        var read = try empty(Defaults.Value.self)
        var new = Defaults.Value()
        (read.nan_, new.nan_) = (0, 0)
        #expect(read == new)
        #expect(try empty(Shape.Value.self) == Shape.Value())
        #expect(Shape.Value().which == .empty && Shape.Value().style.width == 1)
        let circle = Shape.Circle.Value()
        #expect(circle.filled)
    }

    /// Written values that differ from the default in being empty stay empty.
    @Test func emptyIsNotTheDefault() throws {
        var value = Defaults.Value(nan_: 0)
        (value.text, value.data, value.numbers, value.points) = ("", [], [], [])
        #expect(try reread(value) == value)
    }

    @Test func constants() {
        #expect(answer == 42 && greeting == "hello \"world\"\né" && blob == [0, 0xFF, 0x80])
        #expect(primes == [2, 3, 5, 65521] && origin == Point.Value(x: -1, y: 2.5) && shade == .green)
        #expect(path == [Point.Value(x: 1), Point.Value(y: -0.5), Point.Value()])
        #expect(Shadows.limit == 512)
    }

    @Test func unknownNumbersSurvive() throws {
        #expect(Color(rawValue: 77) == .unrecognized(77) && Color(rawValue: 2) == .unknown)
        #expect(try reread(Numbers.Value(color: .unrecognized(999))).color == .unrecognized(999))
        let shape = Shape.Value(which: .unknown(500))
        #expect(try reread(shape) == shape)
        #expect(Keywords.`Protocol_`(rawValue: 9).rawValue == 9)
    }

    @Test func recursionIsBoxedAndEncodes() throws {
        var arbitrary = Arbitrary(seed: 11)
        for _ in 0..<20 {
            let tree = arbitrary.tree()
            #expect(try reread(tree) == tree)
            #expect(try JSONDecoder().decode(Tree.Value.self, from: JSONEncoder().encode(tree)) == tree)
        }
        #expect(MemoryLayout<Tree.Value>.size < 200)
        #expect(Expression.Value().which == .unknown(65535))
        let twice = Expression.Value(which: .not(Expression.Value(which: .not(Expression.Value()))))
        #expect(try reread(twice) == twice)
    }

    /// A null pointer reads as a struct of defaults, and the default of this union is a pointer to a struct of the same kind.
    @Test func nullsOfRecursiveUnionsEnd() throws {
        #expect(try empty(Expression.Value.self).which == .not(Expression.Value()))
        #expect(try empty(Tree.Value.self).which == .negated(Tree.Value()))
    }

    @Test func namesThatMeanSomethingInSwift() throws {
        let value = Keywords.Value(
            class: "c", self_: 1, init_: true, default: -3, which_: 4, raw_: [5], description: "d", hashValue_: 6,
            func: .self_, in: Keywords.In.Value(is: true, as: false),
            type: Keywords.Type_.Value(value: Keywords.Type_.Value_.Value(reader: "r", builder: "b")), fancy: "f")
        #expect(try reread(value) == value)
    }

    @Test func hiddenNamesAreReached() throws {
        let value = Shadows.Value(
            outer: CapnProtoCodegenTests.Point.Value(x: 1), inner: Shadows.Point.Value(name: "inner"),
            part: Shadows.PartGroup.Value(count: 2), other: Shadows.Part.Value(size: 3))
        #expect(try reread(value) == value)
    }

    /// A plain value keeps what untyped pointers lead to, in canonical form; capabilities it leaves out.
    @Test func untypedPointersAreKept() throws {
        var message = MessageBuilder()
        var shape = message.initRoot(Shape.self)
        shape.initUntyped().setText("kept")
        let value = try Shape.Value(framed: message.framed())
        guard case .untyped(let kept) = value.which else { throw Tool.Failure(description: "not untyped") }
        let content = try kept.message()
        #expect(try content.rootPointer.text().string == "kept")
        #expect(try reread(value) == value)
        var pointers = MessageBuilder()
        var root = pointers.initRoot(Pointers.self)
        root.anyStruct.setValue(Point.Value(x: 5))
        root.anyList.initAs(List<UInt8>.self, count: 3)[1] = 7
        let all = try Pointers.Value(framed: pointers.framed())
        #expect(try reread(all) == all && all.anything == AnyPointer.Value() && all.anyStruct != nil)
        #expect(try JSONDecoder().decode(Pointers.Value.self, from: JSONEncoder().encode(all)) == all)
        #expect(try reread(Pointers.Value()) == Pointers.Value())
        #expect(try reread(Empty.Value()) == Empty.Value())
    }

    private func reads<V: StructValue>(_: V.Type, _ bytes: [UInt8], _ limits: ReadLimits) -> Bool {
        do throws(CapnProtoError) {
            _ = try V(framed: bytes, limits: limits)
            return true
        } catch { return false }
    }

    /// Bytes of a stranger make a value or an error, whatever they are.
    @Test(arguments: 0..<8) func mutatedMessagesNeverTrap(seed: UInt64) throws {
        var arbitrary = Arbitrary(seed: seed)
        let originals = [
            arbitrary.tree().framed(), arbitrary.lists().framed(), arbitrary.defaults().framed(),
            arbitrary.shape().framed(),
        ]
        let limits = ReadLimits(traversalWords: 4096)
        var failures = 0
        for original in originals {
            for _ in 0..<200 {
                var bytes = original
                bytes[arbitrary.below(bytes.count - 8) + 8] = arbitrary.integer()
                if !reads(Tree.Value.self, bytes, limits) { failures += 1 }
                if !reads(Lists.Value.self, bytes, limits) { failures += 1 }
                if !reads(Defaults.Value.self, bytes, limits) { failures += 1 }
                if !reads(Shape.Value.self, bytes, limits) { failures += 1 }
            }
        }
        #expect(failures > 0)
    }
}
