import CapnProto
import CapnProtoDynamic
import Testing

/// Random messages of rich schemas become the same text as with Debian's `capnp`, and the text the same message.
@Suite struct TextDifferentialTests {
    static let rounds = 1000

    @Test(arguments: ["rich.capnp", "annotated.capnp"], [TextFormat.pretty, .short])
    func theTextOfRandomMessagesIsThatOfCapnp(schema: String, format: TextFormat) throws {
        let stream = try RandomStream(schema, count: Self.rounds)
        let expected = try Judge.convert("binary:text", schema, stream.framed, isShort: !format.isPretty)
        var ours = [UInt8]()
        for message in stream.messages {
            let reader = try DynamicStruct.Reader(message, as: stream.type)
            ours += try reader.text(format) + [UInt8(ascii: "\n")]
        }
        expectSameLines(ours, expected)
    }

    /// libcapnp 1.4.0 prints as 0.9.2 does.
    @Test(arguments: ["rich.capnp", "annotated.capnp"])
    func theTextOfRandomMessagesIsThatOfPycapnp(schema: String) throws {
        let stream = try RandomStream(schema, count: Self.rounds)
        let expected = try Judge.python("text.py", ["\(Judge.folder)/\(schema)", "Root"], input: stream.framed)
        var ours = [UInt8]()
        for message in stream.messages { ours += try stream.type.text(of: message) + [UInt8(ascii: "\n")] }
        expectSameLines(ours, expected)
    }

    @Test(arguments: ["rich.capnp", "annotated.capnp"], [TextFormat.pretty, .short])
    func theTextOfCapnpBecomesTheMessageThatItWas(schema: String, format: TextFormat) throws {
        let stream = try RandomStream(schema, count: Self.rounds)
        let text = try Judge.convert("binary:text", schema, stream.framed, isShort: !format.isPretty)
        var decoder = TextDecoder(text)
        for message in stream.messages {
            let read = try #require(try decoder.next(as: stream.type))
            let again = try DynamicStruct.Reader(read, as: stream.type).text(format)
            let first = try DynamicStruct.Reader(message, as: stream.type).text(format)
            expectSameLines(again, first)
            guard again == first else { return }
        }
        let end = try decoder.next(as: stream.type)
        #expect(end == nil)
    }

    @Test(arguments: ["rich.capnp", "annotated.capnp"])
    func capnpReadsOurText(schema: String) throws {
        let stream = try RandomStream(schema, count: Self.rounds, isTame: true)
        var text = [UInt8]()
        for message in stream.messages {
            text += try DynamicStruct.Reader(message, as: stream.type).text(.short) + [UInt8(ascii: "\n")]
        }
        let binary = try Judge.convert("text:binary", schema, text)
        var decoder = FrameDecoder()
        decoder.append(binary)
        for message in stream.messages {
            let theirs = try #require(try decoder.next())
            let type = stream.type
            let read = try DynamicStruct.Reader(theirs, as: type).text()
            let written = try DynamicStruct.Reader(message, as: type).text()
            expectSameLines(written, read)
        }
    }
}

/// Random messages of a struct.
struct RandomStream {
    let schemas: Schemas
    let type: StructType
    let messages: [Message]
    var framed: [UInt8] { messages.flatMap { $0.framed() } }

    init(_ schema: String, _ root: String = "Root", count: Int, isTame: Bool = false) throws {
        schemas = try Judge.schemas(schema)
        guard let type = schemas.structure(named: root) else { throw Judge.Failure(description: "no \(root)") }
        self.type = type
        messages = try (0..<count).map {
            try ArbitraryMessage.message(type, seed: UInt64($0), isTame: isTame)
        }
    }
}

/// Compares line by line, so that the first difference is seen.
func expectSameLines(_ ours: [UInt8], _ theirs: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) {
    if ours == theirs { return }
    let ours = ours.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    let theirs = theirs.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    let differences = zip(ours, theirs).filter { $0 != $1 }
    for (our, their) in differences.prefix(3) {
        Issue.record("ours:   \(our)\ntheirs: \(their)", sourceLocation: sourceLocation)
    }
    Issue.record("\(ours.count) and \(theirs.count) lines, \(differences.count) differ", sourceLocation: sourceLocation)
}
