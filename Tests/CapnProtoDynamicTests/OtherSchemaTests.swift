import CapnProto
import CapnProtoDynamic
import Testing

/// The schema that the binary forms are judged with, each of its structs as a root (but those with an AnyPointer in a
/// union, which has no form in JSON).
@Suite struct OtherSchemaTests {
    private static let schema = "../../CapnProtoDifferentialTests/Schemas/rich.capnp"
    private static let roots = [
        "Everything", "Defaulted", "Small", "Lists", "Empty", "OnlyPointers", "OnlyBits", "Choice", "Box", "Generic",
        "Recursive",
    ]

    @Test(arguments: roots) func textAndJSONAreThoseOfCapnp(root: String) throws {
        let stream = try RandomStream(Self.schema, root, count: 100)
        let codec = JSONCodec(stream.schemas)
        let text = try Judge.convert("binary:text", Self.schema, stream.framed, type: root, isShort: false)
        let json = try Judge.convert("binary:json", Self.schema, stream.framed, type: root)
        var (ourText, ourJSON) = ([UInt8](), [UInt8]())
        for message in stream.messages {
            ourText += try stream.type.text(of: message) + [UInt8(ascii: "\n")]
            ourJSON += try codec.encode(message, as: stream.type) + [UInt8(ascii: "\n")]
        }
        expectSameLines(ourText, text)
        expectSameLines(ourJSON, json)
        try check(stream, codec, text, json)
    }

    /// What was written reads as what it was.
    private func check(_ stream: RandomStream, _ codec: JSONCodec, _ text: [UInt8], _ json: [UInt8]) throws {
        var texts = TextDecoder(text)
        var documents = JSONDecoder(json, codec, JSONDecoding(refusesUnknownFields: true))
        for message in stream.messages {
            let fromText = try #require(try texts.next(as: stream.type))
            #expect(try stream.type.text(of: fromText) == stream.type.text(of: message))
            let fromJSON = try #require(try documents.next(as: stream.type))
            #expect(try codec.encode(fromJSON, as: stream.type) == codec.encode(message, as: stream.type))
        }
    }
}
