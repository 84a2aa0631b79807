import CapnProto
import CapnProtoDynamic
import Testing

@Suite struct JSONTests {
    private static let schema = """
        enum Color { red @0; green @1 $Json.name("grün"); }
        struct T {
          i @0 :Int8; j @1 :Int64; u @2 :UInt64; f @3 :Float32; d @4 :Float64; b @5 :Bool; v @6 :Void; c @7 :Color;
          t @8 :Text; a @9 :Data; x @10 :Data $Json.base64; h @11 :Data $Json.hex; l @12 :List(UInt16);
          s @13 :T; any @14 :AnyPointer; w @15 :List(T);
          union { m @16 :Void; n @17 :Int32; o @18 :Text; }
        }
        struct F {
          k :union $Json.discriminator(name = "kind") $Json.flatten() {
            one @0 :P $Json.flatten(); two @1 :Text; three :group $Json.flatten(prefix = "t_") { p @2 :Int32; }
          }
          q @3 :P $Json.flatten(prefix = "q_");
        }
        struct P { p @0 :Int32; r @1 :Text; }
        struct L { left @0 :L $Json.flatten(prefix = "l"); }
        struct W { i @0 :Int32 $Json.base64; }
        struct N { union { next @0 :N; last @1 :Void; } }
        struct R { union { next @0 :R; last @1 :Void; } other @2 :Int32; }
        """
    private static let schemas = Judge.required { try Judge.schemas(text: schema) }
    private static let codec = JSONCodec(schemas)

    private func read(_ json: String, as name: String = "T", _ decoding: JSONDecoding = .default) throws -> String {
        let type = try #require(Self.schemas.structure(named: name))
        let message = try Self.codec.message(json: Array(json.utf8), as: type, decoding)
        return try Self.codec.encodeString(
            DynamicStruct.Reader(message, as: type), JSONFormat(presence: .notDefault))
    }

    @Test(arguments: [
        (#"{}"#, #"{"m":null}"#), (#" { "i" : -128 } "#, #"{"i":-128,"m":null}"#),
        (#"{"i":1.0e1}"#, #"{"i":10,"m":null}"#),
        (#"{"i":"7"}"#, #"{"i":7,"m":null}"#), (#"{"i":"0x7f"}"#, #"{"i":127,"m":null}"#),
        (#"{"j":9223372036854775807}"#, #"{"j":"9223372036854775807","m":null}"#),
        (#"{"j":"-9223372036854775808"}"#, #"{"j":"-9223372036854775808","m":null}"#),
        (#"{"u":18446744073709551615}"#, #"{"u":"18446744073709551615","m":null}"#),
        (#"{"f":0.1,"d":"NaN"}"#, #"{"f":0.10000000149011612,"d":"NaN","m":null}"#),
        (#"{"d":"-Infinity"}"#, #"{"d":"-Infinity","m":null}"#), (#"{"f":null}"#, #"{"f":"NaN","m":null}"#),
        (#"{"b":true,"v":{}}"#, #"{"b":true,"m":null}"#), (#"{"c":"grün"}"#, #"{"c":"grün","m":null}"#),
        (#"{"c":1}"#, #"{"c":"grün","m":null}"#), (#"{"c":9}"#, #"{"c":9,"m":null}"#),
        (#"{"t":"\u00e9\ud83d\ude00\/\u000b"}"#, #"{"t":"é😀/\u000b","m":null}"#), (#"{"t":null}"#, #"{"m":null}"#),
        (#"{"a":[0,255]}"#, #"{"a":[0,255],"m":null}"#), (#"{"x":"aGVs bG8"}"#, #"{"x":"aGVsbG8=","m":null}"#),
        (#"{"h":"FF0a"}"#, #"{"h":"ff0a","m":null}"#), (#"{"l":[1,2]}"#, #"{"l":[1,2],"m":null}"#),
        (#"{"any":null,"s":{"i":1}}"#, #"{"s":{"i":1,"m":null},"m":null}"#), (#"{"n":1,"o":"x"}"#, #"{"o":"x"}"#),
        (#"{"o":null}"#, #"{"o":""}"#), (#"{"i":1,"i":2}"#, #"{"i":2,"m":null}"#),
        (#"{"nobody":[1,{"x":"y"}],"i":1}"#, #"{"i":1,"m":null}"#),
    ]) func accepts(_ json: String, _ result: String) throws {
        #expect(try read(json) == result)
    }

    @Test(arguments: [
        (#"{"kind":"one","p":1,"r":"x"}"#, #"{"kind":"one","p":1,"r":"x"}"#),
        (#"{"r":"x","p":1,"kind":"one"}"#, #"{"kind":"one","p":1,"r":"x"}"#),
        (#"{"two":"x"}"#, #"{"kind":"two","two":"x"}"#), (#"{"two":"x","kind":"two"}"#, #"{"kind":"two","two":"x"}"#),
        (#"{"t_p":5,"p":4,"kind":"three"}"#, #"{"kind":"three","t_p":5}"#),
        (#"{"kind":"two","q_p":1,"two":""}"#, #"{"kind":"two","two":"","q_p":1}"#),
    ]) func keysMayComeBeforeWhatTheyDependOn(_ json: String, _ result: String) throws {
        #expect(try read(json, as: "F") == result)
    }

    @Test(arguments: [
        ("", ParseError.Reason.unexpectedEnd, 1), ("{", .unexpectedEnd, 2), ("[]", .wrongType, 1), ("5", .wrongType, 1),
        (#"{"i":1,}"#, .unexpectedCharacter, 8), (#"{"i" 1}"#, .unexpectedCharacter, 6),
        (#"{i:1}"#, .unexpectedCharacter, 2),
        (#"{"i":01}"#, .unexpectedCharacter, 7), (#"{"i":1.}"#, .unexpectedCharacter, 8),
        (#"{"i":-}"#, .unexpectedCharacter, 7),
        (#"{"i":+1}"#, .unexpectedCharacter, 6), (#"{"i":nul}"#, .unexpectedCharacter, 9),
        (#"{} x"#, .trailingCharacters, 4),
        (#"{"i":128}"#, .outOfRange, 6), (#"{"i":1.5}"#, .outOfRange, 6), (#"{"u":-1}"#, .outOfRange, 6),
        (#"{"u":18446744073709551616}"#, .outOfRange, 6), (#"{"i":"x"}"#, .badNumber, 6),
        (#"{"i":" 5"}"#, .badNumber, 6),
        (#"{"i":null}"#, .wrongType, 6), (#"{"i":[]}"#, .wrongType, 6), (#"{"b":1}"#, .wrongType, 6),
        (#"{"b":"true"}"#, .wrongType, 6), (#"{"c":"blue"}"#, .noSuchEnumerant, 6), (#"{"c":-1}"#, .outOfRange, 6),
        (#"{"t":5}"#, .wrongType, 6), (#"{"t":"\q"}"#, .badEscape, 8), (#"{"t":"\ud800"}"#, .badEscape, 9),
        (#"{"t":"\udc00"}"#, .badEscape, 9), (#"{"t":"\u12"}"#, .badEscape, 11),
        ("{\"t\":\"\n\"}", .unexpectedCharacter, 7),
        (#"{"t":"\"}"#, .unexpectedEnd, 10), (#"{"a":[256]}"#, .outOfRange, 7), (#"{"a":"x"}"#, .wrongType, 6),
        (#"{"x":"!"}"#, .badEncoding, 6), (#"{"x":"a"}"#, .badEncoding, 6), (#"{"h":"f"}"#, .badEncoding, 6),
        (#"{"l":{}}"#, .wrongType, 6), (#"{"l":[65536]}"#, .outOfRange, 7), (#"{"s":[]}"#, .wrongType, 6),
        (#"{"any":{}}"#, .notRepresentable, 8),
    ]) func refuses(_ json: String, _ reason: ParseError.Reason, column: Int) throws {
        let error = try #require(throws: ParseError.self) { try read(json) }
        #expect(error.reason == reason)
        #expect(error.column == column)
    }

    @Test func bytesThatAreNotUTF8AreRefused() throws {
        let type = try #require(Self.schemas.structure(named: "T"))
        let json = Array(#"{"t":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let error = try #require(throws: ParseError.self) { try Self.codec.message(json: json, as: type) }
        #expect(error.reason == .notUTF8)
    }

    @Test func unknownMembersAndFieldsAreRefusedWhereThatIsAsked() throws {
        let error = try #require(throws: ParseError.self) { try read(#"{"kind":"four"}"#, as: "F") }
        #expect(error.reason == .noSuchMember)
        let strict = JSONDecoding(refusesUnknownFields: true)
        #expect(throws: ParseError.self) { try read(#"{"nobody":1}"#, as: "T", strict) }
        #expect(throws: ParseError.self) { try read(#"{"kind":"two","p":1}"#, as: "F", strict) }
        #expect(try read(#"{"kind":"two","two":"p"}"#, as: "F", strict) == #"{"kind":"two","two":"p"}"#)
    }

    @Test func annotationsThatCannotBeFollowedAreRefused() throws {
        for name in ["L", "W"] {
            let error = try #require(throws: ParseError.self) { try read("{}", as: name) }
            #expect(error.reason == .badAnnotation)
            let type = try #require(Self.schemas.structure(named: name))
            var message = MessageBuilder()
            let builder = DynamicStruct.Builder(&message, as: type)
            #expect(throws: DynamicError.self) { try Self.codec.encode(builder.asReader) }
        }
    }

    @Test func aMemberOfItsOwnKindThatIsNullHasAnEnd() throws {
        #expect(try read("{}", as: "N") == #"{"next":{"next":null}}"#)
        #expect(try read(#"{"next":{"next":null}}"#, as: "N") == #"{"next":{"next":{"next":null}}}"#)
        #expect(try read(#"{"other":1}"#, as: "R") == #"{"other":1,"next":{"next":null}}"#)
    }

    @Test func nestingAndSizesAreBounded() throws {
        for deep in [String(repeating: #"{"s":"#, count: 100_000), #"{"zz":"# + String(repeating: "[", count: 100_000)]
        {
            let error = try #require(throws: ParseError.self) { try read(deep) }
            #expect(error.reason == .nestingLimit)
        }
        let wide = #"{"w":["# + String(repeating: "{},", count: 1000) + "{}]}"
        let error = try #require(throws: ParseError.self) {
            try read(wide, as: "T", JSONDecoding(limits: ParseLimits(words: 1000)))
        }
        #expect(error.reason == .tooLarge)
        #expect(throws: ParseError.self) { try read(wide, as: "T", JSONDecoding(limits: ParseLimits(bytes: 100))) }
        _ = try read(wide)
    }

    @Test func whatHasNoFormInJSONIsRefused() throws {
        let type = try #require(Self.schemas.structure(named: "T"))
        var message = MessageBuilder()
        var builder = DynamicStruct.Builder(&message, as: type)
        let any = try builder.pointer("any")
        any.setText("x")
        #expect(throws: DynamicError.notRepresentable("AnyPointer")) { try Self.codec.encode(builder.asReader) }
        any.clear()
        let text = try builder.pointer("t")
        text.setBytes([0xFF, 0])
        #expect(throws: DynamicError.message(.textNotUTF8)) { try Self.codec.encode(builder.asReader) }
    }
}
