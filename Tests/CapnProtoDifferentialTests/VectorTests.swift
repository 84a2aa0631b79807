import CapnProto
import CapnProtoDynamic
import Foundation
import Testing

/// The messages that come with pycapnp's source distribution, which are those of the C++ project's own tests: one value of every type in
/// binary, packed and text form. Vectors/LICENSE.md has their licence.
struct VectorTests {
    private static func vector(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Program.folder.appending(path: "Vectors/\(name)")))
    }

    private func type() throws -> StructType {
        let schemas = try Schemas(framedRequest: Program.request("Vectors/all_types.capnp"))
        return try #require(schemas.structure(named: "TestAllTypes"))
    }

    @Test func packedFormIsThatOfTheBinary() throws {
        let (binary, packed) = (try Self.vector("all-types.binary"), try Self.vector("all-types.packed"))
        #expect(try Packing.unpack(packed) == binary)
        #expect(Packing.pack(binary) == packed)
    }

    @Test func textFormIsThatOfTheBinary() throws {
        let text = try Self.vector("all-types.txt")
        let message = try Message(framed: Self.vector("all-types.binary"))
        let type = try type()
        #expect(try type.text(of: message) + [UInt8(ascii: "\n")] == text)
        let read = try type.message(text: String(decoding: text, as: UTF8.self))
        #expect(try read.rootPointer.canonical() == message.rootPointer.canonical())
    }

    /// Nearly every field has a value, so that none can be left out unseen.
    @Test func theVectorHasEveryField() throws {
        let schema = try RichSchema("Vectors/all_types.capnp")
        let message = try Message(framed: Self.vector("all-types.binary"))
        guard case .structure(let fields) = try TreeReader(schema: schema).tree(message, "TestAllTypes") else {
            throw Program.Failure(description: "no struct")
        }
        #expect(fields.count == 34 && fields.filter { $0.value == .null }.map(\.name) == ["interfaceList"])
        let again = TreeWriter(schema: schema).message(.structure(fields), "TestAllTypes")
        #expect(try again.rootPointer.canonical() == message.rootPointer.canonical())
    }
}
