import CapnProto
import CapnProtoDynamic
import Primitives
import Testing

/// Every byte of sound messages and documents, changed: something else is read or it is refused, and nothing traps.
@Suite struct MutationTests {
    @Test func messagesWithAByteChangedArePrintedOrRefused() throws {
        let stream = try RandomStream("rich.capnp", count: 12)
        let codec = JSONCodec(stream.schemas)
        var random = PRNG(seed: 3)
        var (read, refused) = (0, 0)
        for message in stream.messages {
            let frame = message.framed()
            for position in stride(from: 0, to: frame.count, by: 1 + frame.count / 100) {
                var bytes = frame
                bytes[position] ^= UInt8.random(in: 1...255, using: &random)
                do {
                    let changed = try Message(framed: bytes, limits: ReadLimits(traversalWords: 1 << 14))
                    _ = try stream.type.text(of: changed, TextFormat(maxBytes: 1 << 16))
                    changed.renewTraversalAllowance()
                    _ = try codec.encode(changed, as: stream.type, JSONFormat(isPretty: true, maxBytes: 1 << 16))
                    read += 1
                } catch {
                    refused += 1
                }
            }
        }
        #expect(read > 100 && refused > 100)
    }

    @Test func documentsWithAByteChangedAreReadOrRefusedWithTheirPlace() throws {
        let stream = try RandomStream("annotated.capnp", count: 30)
        let codec = JSONCodec(stream.schemas)
        var random = PRNG(seed: 4)
        for message in stream.messages {
            let text = try stream.type.text(of: message)
            let json = try codec.encode(message, as: stream.type, .pretty)
            for (document, isJSON) in [(text, false), (json, true)] {
                for position in document.indices {
                    var bytes = document
                    bytes[position] = Array("\"\\(){}[],:=#-0x9aez \u{0}".utf8).randomElement(using: &random) ?? 0
                    if position % 7 == 0 { bytes.removeSubrange(position...) }
                    check(bytes, stream.type, isJSON ? codec : nil)
                }
            }
        }
    }

    private func check(_ bytes: [UInt8], _ type: StructType, _ codec: JSONCodec?) {
        do throws(ParseError) {
            if let codec {
                _ = try codec.message(json: bytes, as: type)
            } else {
                var decoder = TextDecoder(bytes)
                while try decoder.next(as: type) != nil {}
            }
        } catch {
            #expect((0...bytes.count).contains(error.offset) && error.line >= 1 && error.column >= 1)
        }
    }

    /// Deeper than any reader's stack should have to bear, in a message whose limits allow it.
    @Test func depthIsBoundedWhateverTheMessagesLimits() throws {
        let schemas = try Judge.schemas(text: "struct S { s @0 :S; l @1 :List(S); }")
        let type = try #require(schemas.structure(named: "S"))
        var message = MessageBuilder()
        do {
            var level = DynamicStruct.Builder(&message, as: type)
            for _ in 0..<300 {
                var list = try level.initList("l", count: 1)
                level = try list.structure(at: 0)
            }
        }
        let deep = message.finish(limits: ReadLimits(nesting: 1000))
        #expect(throws: DynamicError.nestingLimit) { try type.text(of: deep) }
        #expect(throws: DynamicError.nestingLimit) { try JSONCodec(schemas).encode(deep, as: type) }
    }
}
