import CapnProto
import CapnProtoDynamic
import Testing

/// Random messages of rich schemas become the same JSON as with Debian's `capnp`, with and without annotations, and the
/// JSON the same message.
@Suite struct JSONDifferentialTests {
    static let rounds = 1000

    @Test(arguments: ["rich.capnp", "annotated.capnp"], [JSONFormat.pretty, .short])
    func theJSONOfRandomMessagesIsThatOfCapnp(schema: String, format: JSONFormat) throws {
        let stream = try RandomStream(schema, count: Self.rounds)
        let codec = JSONCodec(stream.schemas)
        let expected = try Judge.convert("binary:json", schema, stream.framed, isShort: !format.isPretty)
        var ours = [UInt8]()
        for message in stream.messages {
            let reader = try DynamicStruct.Reader(message, as: stream.type)
            ours += try codec.encode(reader, format) + [UInt8(ascii: "\n")]
        }
        expectSameLines(ours, expected)
    }

    @Test func fieldsThatAreNotTheirDefaultAreThoseOfLibcapnp() throws {
        for schema in ["rich.capnp", "annotated.capnp"] {
            let stream = try RandomStream(schema, count: Self.rounds)
            let codec = JSONCodec(stream.schemas)
            let format = JSONFormat(presence: .notDefault)
            var ours = [UInt8]()
            for message in stream.messages {
                ours += try codec.encode(message, as: stream.type, format) + [UInt8(ascii: "\n")]
            }
            expectSameLines(ours, try Judge.cxxJSON(schema, stream.framed))
        }
    }

    @Test(arguments: ["rich.capnp", "annotated.capnp"])
    func ourJSONAndThatOfCapnpBecomeTheMessageThatItWas(schema: String) throws {
        let stream = try RandomStream(schema, count: Self.rounds)
        let codec = JSONCodec(stream.schemas)
        let json = try Judge.convert("binary:json", schema, stream.framed)
        var decoder = JSONDecoder(json, codec, JSONDecoding(refusesUnknownFields: true))
        for (seed, message) in stream.messages.enumerated() {
            let read = try #require(try decoder.next(as: stream.type))
            let again = try codec.encodeString(DynamicStruct.Reader(read, as: stream.type))
            let first = try codec.encodeString(DynamicStruct.Reader(message, as: stream.type))
            #expect(again == first, "seed \(seed)")
        }
        let end = try decoder.next(as: stream.type)
        #expect(end == nil)
    }

    /// In one document: `capnp` 0.9.2 loses the end of some messages in a stream of JSON.
    @Test(arguments: ["rich.capnp", "annotated.capnp"])
    func capnpMakesTheSameMessageOfOurJSON(schema: String) throws {
        let stream = try RandomStream(schema, count: Self.rounds, isTame: true)
        let codec = JSONCodec(stream.schemas)
        var json = Array("{\"roots\":[".utf8)
        for (index, message) in stream.messages.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += try codec.encode(DynamicStruct.Reader(message, as: stream.type))
        }
        json += Array("]}".utf8)
        let theirs = try Judge.convert("json:text", schema, json, type: "Batch", isShort: false)
        let type = try #require(stream.schemas.structure(named: "Batch"))
        let message = try codec.message(json: json, as: type)
        let ours = try DynamicStruct.Reader(message, as: type).text()
        expectSameLines(ours + [UInt8(ascii: "\n")], theirs)
    }
}
