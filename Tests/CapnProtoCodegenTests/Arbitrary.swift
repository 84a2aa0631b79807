import CapnProto
import Primitives

// Random values of the test schema, each from a seed. Sizes are small; every member of every union and every number of every
// width comes up within a few dozen seeds.

struct Arbitrary {
    var random: PRNG
    var depth = 3

    init(seed: UInt64) { random = PRNG(seed: seed) }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
    mutating func bool() -> Bool { below(2) == 1 }
    /// Extremes and zero more often than chance would have them.
    mutating func integer<T: FixedWidthInteger>(_: T.Type = T.self) -> T {
        switch below(5) {
        case 0: 0
        case 1: .max
        case 2: .min
        default: T.random(in: .min ... .max, using: &random)
        }
    }
    mutating func float() -> Float { below(4) == 0 ? 0 : Float(Int16.random(in: .min ... .max, using: &random)) / 4 }
    mutating func double() -> Double {
        below(4) == 0 ? 0 : Double(Int32.random(in: .min ... .max, using: &random)) / 1024
    }
    mutating func text() -> String {
        String((0..<below(9)).map { _ in Array("ab\"\\\n\tz0é語🜁 ")[below(12)] })
    }
    /// Without brackets and number signs: capnp 0.9.2 heeds them even in quotes where it looks for the end of a message's text.
    mutating func data() -> [UInt8] { random.bytes(below(12)).filter { !"()[]#".utf8.contains($0) } }
    mutating func list<T>(_ limit: Int = 5, _ element: (inout Arbitrary) -> T) -> [T] {
        (0..<below(limit)).map { _ in element(&self) }
    }
    mutating func optional<T>(_ value: (inout Arbitrary) -> T) -> T? { bool() ? value(&self) : nil }

    mutating func color() -> Color { Color(rawValue: UInt16(below(5))) }
    mutating func point() -> Point.Value { Point.Value(x: integer(), y: double()) }

    mutating func numbers() -> Numbers.Value {
        Numbers.Value(
            flag: bool(), int8: integer(), int16: integer(), int32: integer(), int64: integer(), uint8: integer(),
            uint16: integer(), uint32: integer(), uint64: integer(), float32: float(), float64: double(), color: color()
        )
    }

    mutating func defaults() -> Defaults.Value {
        if below(6) == 0 { return Defaults.Value(float64: 0, nan_: 0) }
        return Defaults.Value(
            flag: bool(), int8: integer(), int16: integer(), int32: integer(), int64: integer(), uint8: integer(),
            uint16: integer(), uint32: integer(), uint64: integer(), float32: float(), float64: double(),
            color: color(),
            text: text(), data: data(), numbers: list { $0.integer() }, flags: list { $0.bool() },
            texts: list { $0.text() }, point: point(), points: list { $0.point() }, colors: list { $0.color() },
            nested: list { $0.list { $0.integer() } }, nan_: float(), shape: shape())
    }

    mutating func lists() -> Lists.Value {
        Lists.Value(
            voids: list { _ in Unit() }, flags: list(20) { $0.bool() }, int8s: list { $0.integer() },
            int16s: list { $0.integer() }, int32s: list { $0.integer() }, int64s: list { $0.integer() },
            uint8s: list { $0.integer() }, uint16s: list { $0.integer() }, uint32s: list { $0.integer() },
            uint64s: list { $0.integer() }, float32s: list { $0.float() }, float64s: list { $0.double() },
            texts: list { $0.text() }, datas: list { $0.data() }, colors: list { $0.color() },
            points: list { $0.point() }, matrix: list { $0.list { $0.float() } },
            cube: list { $0.list { $0.list { $0.text() } } }, shapes: list { $0.shape() })
    }

    mutating func shape() -> Shape.Value {
        Shape.Value(name: text(), which: shapeMember(), style: style(), z: integer())
    }
    private mutating func shapeMember() -> Shape.Which {
        switch below(8) {
        case 0: .empty
        case 1: .circle(Shape.Circle.Value(radius: double(), filled: bool()))
        case 2: .polygon(list { $0.point() })
        case 3: .label(text())
        case 4: .raw_(data())
        case 5: .point(point())
        case 6: .area(integer())
        default: .tint(color())
        }
    }
    private mutating func style() -> Shape.Style.Value {
        let outline: Shape.Style.Outline.Which =
            switch below(3) {
            case 0: .none
            case 1: .solid(color())
            default: .dashed(Shape.Style.Outline.Dashed.Value(on: integer(), off: integer()))
            }
        return Shape.Style.Value(width: integer(), outline: Shape.Style.Outline.Value(which: outline))
    }

    mutating func tree() -> Tree.Value {
        guard depth > 0 else { return Tree.Value(label: text(), which: .leaf(integer())) }
        depth -= 1
        defer { depth += 1 }
        let which: Tree.Which =
            switch below(3) {
            case 0: .negated(tree())
            case 1: .leaf(integer())
            default: .both(Tree.Both.Value(first: optional { $0.tree() }, second: optional { $0.tree() }))
            }
        return Tree.Value(
            label: text(), left: optional { $0.tree() }, right: optional { $0.tree() }, children: list(3) { $0.tree() },
            owner: optional { Forest.Value(name: $0.text(), oldest: $0.optional { $0.tree() }) }, which: which)
    }
}
