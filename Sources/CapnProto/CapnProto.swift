// Cap'n Proto's encoding: readers in place, builders, framing, canonical form. The only module of the house that
// handles unsafe pointers; the RPC protocol lives in CapnProtoRPC, the generator in CapnProtoCodegen.
//
// # Vocabulary (the field's own)
//
//   word      8 bytes, little-endian; every object is a whole number of them
//   segment   a stretch of words that pointers address by offset
//   far       a pointer into another segment, by way of a landing pad there; double far if the pad can't be with the
//             object
//   struct    a section of data and a section of pointers, with sizes from the wire: fields beyond have their defaults
//   frame     a message on a stream: a table of segment sizes, then the segments
//
// # Three faces of a struct `Foo`
//
//   Foo.Reader   in place. ~Escapable: it can't outlive its message, costs no reference count, and is 24 bytes of
//                pointers. Getters of numbers don't throw; getters of pointers do, as only those meet a sender's
//                mistakes.
//   Foo.Builder  in place, bound to the exclusive access to a MessageBuilder. Declare it `var`: the access of a `let`
//                lasts to the end of the scope, and the message can't be framed before.
//   Foo.Value    a plain copy, Sendable, Hashable and Codable.
//
// What crosses tasks is `Message` (bytes), `Owned<Foo>` (bytes and a place in them) or `Foo.Value`.
//
//     let message = try Message(framed: bytes)            // one copy; FrameDecoder cuts a stream into messages
//     let foo = try message.root(Foo.self)
//     print(foo.count, try foo.name.string, try foo.points[0].x)
//
// Bind the message to a name first, as here: of `try Message(framed: bytes).root(Foo.self).name` the compiler (6.3.1)
// makes code that it can't compile itself.
//
//     var message = MessageBuilder()
//     var foo = message.initRoot(Foo.self)
//     foo.count = 3
//     foo.setName("three")
//     send(message.framed())
//
// # How generated code uses it
//
// Tests/CapnProtoTests/Sample.swift is a whole schema written by hand as the generator writes it (which adds
// `public`, `@frozen` on Reader and Builder and `@inlinable` on every accessor: without, calls across modules cost
// fifty times more). In short:
//
//     public enum Foo: StructSchema {
//         @inlinable public static var structSize: StructSize { StructSize(dataWords: 2, pointerCount: 3) }
//
//         @frozen public struct Reader: SchemaReader, ~Escapable {
//             public let raw: StructReader
//             @inlinable @_lifetime(copy raw) public init(_ raw: StructReader) { self.raw = raw }
//
//             @inlinable public var count: UInt32 { raw.integer(0) }                  // offset in units of its size
//             @inlinable public var limit: UInt32 { raw.integer(1, mask: 20) }        // default 20: XORed
//             @inlinable public var ready: Bool { raw.bool(64) }                      // offset in bits
//             @inlinable public var ratio: Float { raw.float(3, mask: 0x3F80_0000) }  // default 1.0: bit pattern
//             @inlinable public var kind: Kind { raw.enumeration(5) }                 // `Kind: EnumSchema`
//             @inlinable public var name: Text.Reader {
//                 @_lifetime(copy self) get throws(CapnProtoError) { try raw.text(0) }    // or text(0, default: "x")
//             }
//             @inlinable public var points: List<Point>.Reader {
//                 @_lifetime(copy self) get throws(CapnProtoError) { try raw.list(1, of: Point.self) }
//             }
//             @inlinable public var parent: Foo.Reader {
//                 @_lifetime(copy self) get throws(CapnProtoError) { try raw.structure(2, Foo.self) }
//             }
//             @inlinable public var hasParent: Bool { raw.has(2) }
//         }
//
//         @frozen public struct Builder: SchemaBuilder, ~Escapable {
//             public let raw: StructBuilder
//             @inlinable @_lifetime(copy raw) public init(_ raw: StructBuilder) { self.raw = raw }
//
//             @inlinable public var count: UInt32 { get { raw.integer(0) } set { raw.setInteger(0, newValue) } }
//             @inlinable public mutating func setName(_ text: String) { raw.setText(0, text) }
//             @inlinable @_lifetime(copy self) public mutating func initPoints(_ count: Int) -> List<Point>.Builder {
//                 raw.initList(1, of: Point.self, count: count)
//             }
//         }
//
//         public struct Value: StructValue, Hashable, Codable {
//             public typealias Schema = Foo
//             public init(_ reader: Foo.Reader) throws(CapnProtoError) { … try reader.points.values() … }
//             public func write(to builder: inout Foo.Builder) { … raw.setValues(1, of: Point.self, points) … }
//         }                                                      // init(framed:) and framed() come with StructValue
//     }
//
// A group is a second Reader and Builder over the same `raw` (not a StructSchema of its own); elements of lists are
// written `List<UInt16>`, `List<Text>`, `List<Bytes>` (Data), `List<Unit>` (Void), `List<AnyPointer>` (and
// interfaces), `List<List<Bool>>`, `List<Point>`, `List<Kind>`. Defaults of pointers are `static let` of
// `DefaultValue`.
//
// # What is checked, and when
//
// Nothing is validated ahead. Each pointer is checked when it is followed (Resolve.swift): bounds as integer word
// positions, kinds, far pointers, nesting, and the traversal allowance that bounds the work and memory a small
// message may cause. A number is read with the wire's sizes of its struct. So bytes of a stranger can make a getter
// throw, and nothing else.
