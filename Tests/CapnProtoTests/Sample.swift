// Hand-written in the generator's manner: the example of the essay on top of the runtime, and what the tests read and
// write.
//
//     struct Shape {
//       name @0 :Text;
//       visible @1 :Bool = true;
//       colour @2 :Colour;
//       area @3 :Float64;
//       union {
//         none @4 :Void;
//         circle @5 :UInt32;
//         polygon @6 :List(Point);
//         child @7 :Shape;
//       }
//       tags @8 :List(Text);
//       blob @9 :Data;
//       grid @10 :List(List(UInt16));
//       flags @11 :List(Bool);
//       capability @12 :Interface;
//       origin @13 :Point = (x = 3, y = 4);
//     }
//     struct Point { x @0 :Int32 = 7; y @1 :Int32; label @2 :Text = "here"; }
//     enum Colour { red @0; green @1; }

import CapnProto

enum Colour: EnumSchema, Sendable, Hashable, Codable {
    case red, green
    case unknown(UInt16)

    init(rawValue: UInt16) {
        switch rawValue {
        case 0: self = .red
        case 1: self = .green
        default: self = .unknown(rawValue)
        }
    }
    var rawValue: UInt16 {
        switch self {
        case .red: 0
        case .green: 1
        case .unknown(let value): value
        }
    }
}

enum Point: StructSchema {
    static var structSize: StructSize { StructSize(dataWords: 1, pointerCount: 1) }

    struct Reader: SchemaReader, ~Escapable {
        let raw: StructReader
        @_lifetime(copy raw) init(_ raw: StructReader) { self.raw = raw }
        var x: Int32 { raw.integer(0, mask: 7) }
        var y: Int32 { raw.integer(1) }
        var label: Text.Reader { @_lifetime(copy self) get throws(CapnProtoError) { try raw.text(0, default: "here") } }
    }

    struct Builder: SchemaBuilder, ~Escapable {
        let raw: StructBuilder
        @_lifetime(copy raw) init(_ raw: StructBuilder) { self.raw = raw }
        var x: Int32 {
            get { raw.integer(0, mask: 7) }
            set { raw.setInteger(0, newValue, mask: 7) }
        }
        var y: Int32 {
            get { raw.integer(1) }
            set { raw.setInteger(1, newValue) }
        }
        mutating func setLabel(_ text: String) { raw.setText(0, text) }
    }

    struct Value: StructValue, Hashable, Codable {
        typealias Schema = Point
        var x: Int32
        var y: Int32
        var label: String

        init(x: Int32 = 7, y: Int32 = 0, label: String = "here") {
            self.x = x
            self.y = y
            self.label = label
        }
        init(_ reader: Reader) throws(CapnProtoError) {
            x = reader.x
            y = reader.y
            label = try reader.label.string
        }
        func write(to builder: inout Builder) {
            builder.x = x
            builder.y = y
            if label != "here" { builder.setLabel(label) }
        }
    }
}

enum Shape: StructSchema {
    static var structSize: StructSize { StructSize(dataWords: 3, pointerCount: 8) }
    static let originDefault = DefaultValue(words: [
        0x0000_0001_0000_0000, UInt64(3 ^ 7) | 4 << 32,
    ])

    /// The discriminant, for readers.
    enum Tag: UInt16 { case none, circle, polygon, child }

    enum Which: Sendable, Hashable, Codable {
        case none
        case circle(UInt32)
        case polygon([Point.Value])
        indirect case child(Shape.Value)
        case unknown(UInt16)
    }

    struct Reader: SchemaReader, ~Escapable {
        let raw: StructReader
        @_lifetime(copy raw) init(_ raw: StructReader) { self.raw = raw }
        var name: Text.Reader { @_lifetime(copy self) get throws(CapnProtoError) { try raw.text(0) } }
        var visible: Bool { raw.bool(0, mask: true) }
        var colour: Colour { raw.enumeration(1) }
        var area: Double { raw.double(1) }
        var tag: UInt16 { raw.integer(2) }
        var circle: UInt32 { raw.integer(4) }
        var polygon: List<Point>.Reader {
            @_lifetime(copy self) get throws(CapnProtoError) { try raw.list(1, of: Point.self) }
        }
        var child: Shape.Reader {
            @_lifetime(copy self) get throws(CapnProtoError) { try raw.structure(1, Shape.self) }
        }
        var tags: List<Text>.Reader {
            @_lifetime(copy self) get throws(CapnProtoError) { try raw.list(2, of: Text.self) }
        }
        var blob: Bytes.Reader { @_lifetime(copy self) get throws(CapnProtoError) { try raw.bytes(3) } }
        var grid: List<List<UInt16>>.Reader {
            @_lifetime(copy self) get throws(CapnProtoError) { try raw.list(4, of: List<UInt16>.self) }
        }
        var flags: List<Bool>.Reader {
            @_lifetime(copy self) get throws(CapnProtoError) { try raw.list(5, of: Bool.self) }
        }
        var capability: UInt32? { get throws(CapnProtoError) { try raw.capability(6) } }
        var origin: Point.Reader {
            @_lifetime(copy self) get throws(CapnProtoError) {
                try raw.structure(7, Point.self, default: Shape.originDefault)
            }
        }
        var hasOrigin: Bool { raw.has(7) }
    }

    struct Builder: SchemaBuilder, ~Escapable {
        let raw: StructBuilder
        @_lifetime(copy raw) init(_ raw: StructBuilder) { self.raw = raw }
        var reader: Reader { @_lifetime(copy self) get { Reader(raw.asReader) } }
        mutating func setName(_ text: String) { raw.setText(0, text) }
        var visible: Bool {
            get { raw.bool(0, mask: true) }
            set { raw.setBool(0, newValue, mask: true) }
        }
        var colour: Colour {
            get { raw.enumeration(1) }
            set { raw.setEnumeration(1, newValue) }
        }
        var area: Double {
            get { raw.double(1) }
            set { raw.setDouble(1, newValue) }
        }
        mutating func setNone() { raw.setInteger(2, UInt16(0)) }
        mutating func setCircle(_ value: UInt32) {
            raw.setInteger(2, UInt16(1))
            raw.setInteger(4, value)
        }
        @_lifetime(copy self) mutating func initPolygon(_ count: Int) -> List<Point>.Builder {
            raw.setInteger(2, UInt16(2))
            return raw.initList(1, of: Point.self, count: count)
        }
        mutating func setPolygon(_ values: [Point.Value]) {
            raw.setInteger(2, UInt16(2))
            raw.setValues(1, of: Point.self, values)
        }
        @_lifetime(copy self) mutating func initChild() -> Shape.Builder {
            raw.setInteger(2, UInt16(3))
            return raw.initStructure(1, Shape.self)
        }
        @_lifetime(copy self) mutating func initTags(_ count: Int) -> List<Text>.Builder {
            raw.initList(2, of: Text.self, count: count)
        }
        mutating func setTags(_ values: [String]) { raw.setValues(2, of: Text.self, values) }
        mutating func setBlob(_ bytes: [UInt8]) { raw.setBytes(3, bytes) }
        mutating func setGrid(_ values: [[UInt16]]) { raw.setValues(4, of: List<UInt16>.self, values) }
        mutating func setFlags(_ values: [Bool]) { raw.setValues(5, of: Bool.self, values) }
        mutating func setCapability(_ index: UInt32?) { raw.setCapability(6, index) }
        @_lifetime(copy self) mutating func origin() throws(CapnProtoError) -> Point.Builder {
            try raw.structure(7, Point.self)
        }
        @_lifetime(copy self) mutating func initOrigin() -> Point.Builder { raw.initStructure(7, Point.self) }
        mutating func setOrigin(_ value: Point.Value?) { raw.setValue(7, value) }
    }

    struct Value: StructValue, Hashable, Codable {
        typealias Schema = Shape
        var name: String
        var visible: Bool
        var colour: Colour
        var area: Double
        var which: Which
        var tags: [String]
        var blob: [UInt8]
        var grid: [[UInt16]]
        var flags: [Bool]
        var origin: Point.Value?

        init(
            name: String = "", visible: Bool = true, colour: Colour = .red, area: Double = 0, which: Which = .none,
            tags: [String] = [], blob: [UInt8] = [], grid: [[UInt16]] = [], flags: [Bool] = [],
            origin: Point.Value? = nil
        ) {
            self.name = name
            self.visible = visible
            self.colour = colour
            self.area = area
            self.which = which
            self.tags = tags
            self.blob = blob
            self.grid = grid
            self.flags = flags
            self.origin = origin
        }

        init(_ reader: Reader) throws(CapnProtoError) {
            name = try reader.name.string
            visible = reader.visible
            colour = reader.colour
            area = reader.area
            switch reader.tag {
            case 0: which = .none
            case 1: which = .circle(reader.circle)
            case 2: which = .polygon(try reader.polygon.values())
            case 3: which = .child(try Shape.Value(reader.child))
            default: which = .unknown(reader.tag)
            }
            tags = try reader.tags.values()
            blob = try reader.blob.array
            grid = try reader.grid.values()
            flags = try reader.flags.values()
            origin = reader.hasOrigin ? try Point.Value(reader.origin) : nil
        }

        func write(to builder: inout Builder) {
            if !name.isEmpty { builder.setName(name) }
            builder.visible = visible
            builder.colour = colour
            builder.area = area
            switch which {
            case .none: builder.setNone()
            case .circle(let value): builder.setCircle(value)
            case .polygon(let values): builder.setPolygon(values)
            case .child(let value):
                var child = builder.initChild()
                value.write(to: &child)
            case .unknown(let tag): builder.raw.setInteger(2, tag)
            }
            if !tags.isEmpty { builder.setTags(tags) }
            if !blob.isEmpty { builder.setBlob(blob) }
            if !grid.isEmpty { builder.setGrid(grid) }
            if !flags.isEmpty { builder.setFlags(flags) }
            builder.setOrigin(origin)
        }
    }
}
