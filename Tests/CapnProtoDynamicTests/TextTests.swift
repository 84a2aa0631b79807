import CapnProto
import CapnProtoDynamic
import Foundation
import Testing

@Suite struct TextTests {
    private static let schema = """
        enum Color { red @0; green @1; }
        struct T {
          i @0 :Int8; u @1 :UInt64; f @2 :Float64; b @3 :Bool; v @4 :Void; c @5 :Color; t @6 :Text; d @7 :Data;
          l @8 :List(Int32); s @9 :T; a @10 :AnyPointer; e @11 :AnyStruct; w @12 :List(T);
        }
        """

    /// What is not zero, as it is printed.
    private func read(_ text: String) throws -> String {
        let type = try #require(try Judge.schemas(text: Self.schema).structure(named: "T"))
        let message = try type.message(text: text)
        let all = try DynamicStruct.Reader(message, as: type).textString(.short)
        let zeros = ["i = 0", "u = 0", "f = 0", "b = false", "v = void", "c = red"]
        let kept = all.dropFirst().dropLast().components(separatedBy: ", ").filter { !zeros.contains($0) }
        return kept.joined(separator: ", ")
    }

    @Test(arguments: [
        ("()", ""), ("(i=-128)", "i = -128"), ("(i = -0x10)", "i = -16"), ("(i=010)", "i = 8"), ("(i=-0)", ""),
        ("(u=18446744073709551615)", "u = 18446744073709551615"), ("(f=-inf)", "f = -inf"), ("(f=nan)", "f = nan"),
        ("(f=5.)", "f = 5"), ("(f=1e400)", "f = inf"), ("(f=-0)", "f = -0"), ("(f=0x10)", "f = 16"),
        ("(f=1E+3)", "f = 1000"), ("(c=green,)", "c = green"), ("(c=(7))", "c = (7)"),
        ("(t=\"a\" \"b\")", "t = \"ab\""),
        ("(t=\"\\x41\\102\\n\")", "t = \"AB\\n\""), ("(d=0x\"00 fF\")", "d = \"\\000\\377\""),
        ("(d=\"é\")", "d = \"\\303\\251\""),
        (" ( # one\n l = [ 1 , -2 ] ) # two", "l = [1, -2]"), ("(s=(),s=(t=\"x\"))", "s = (i = 0, t = \"x\")"),
    ]) func accepts(_ text: String, _ result: String) throws {
        #expect(try read(text) == result)
    }

    @Test(arguments: [
        ("", ParseError.Reason.unexpectedEnd, 1), ("(", .unexpectedEnd, 2), ("(i=1", .unexpectedEnd, 5),
        ("(i)", .unexpectedCharacter, 3), ("(i=)", .unexpectedCharacter, 4), ("(i=128)", .outOfRange, 4),
        ("(i=1.0)", .wrongType, 4), ("(i=08)", .badNumber, 4), ("(i=1x)", .badNumber, 4), ("(u=-1)", .outOfRange, 4),
        ("(q=1)", .noSuchField, 2), ("(c=1)", .wrongType, 4), ("(c=blue)", .noSuchEnumerant, 4),
        ("(b=1)", .wrongType, 4), ("(v=())", .wrongType, 4), ("(t=0x\"41\")", .wrongType, 4),
        ("(t=\"\\q\")", .badEscape, 6), ("(t=\"\\xff\")", .notUTF8, 4), ("(t=\"a\nb\")", .unexpectedCharacter, 6),
        ("(d=0x\"4\")", .badEncoding, 7), ("(l=[1 2])", .unexpectedCharacter, 7), ("(l=1)", .wrongType, 4),
        ("(a=())", .notRepresentable, 4), ("(e=())", .notRepresentable, 4), ("()x", .trailingCharacters, 3),
        ("5", .wrongType, 1), ("(l=[1,,])", .unexpectedCharacter, 7), ("(t=\"", .unexpectedEnd, 5),
        ("(t=\"\\", .unexpectedEnd, 6), ("(i=-)", .unexpectedCharacter, 5), ("(i=+1)", .unexpectedCharacter, 4),
    ]) func refuses(_ text: String, _ reason: ParseError.Reason, column: Int) throws {
        let error = try #require(throws: ParseError.self) { try read(text) }
        #expect(error.reason == reason)
        #expect(error.line == (text.contains("\n") && column > 6 ? 2 : 1))
        #expect(error.column == column)
    }

    @Test func nestingAndSizesAreBounded() throws {
        let type = try #require(try Judge.schemas(text: Self.schema).structure(named: "T"))
        let deep = String(repeating: "(s=", count: 100_000)
        #expect(throws: ParseError.self) { try type.message(text: deep) }
        let wide = "(w=[" + String(repeating: "(),", count: 1000) + "])"
        let error = try #require(throws: ParseError.self) {
            try type.message(text: wide, limits: ParseLimits(words: 1000))
        }
        #expect(error.reason == .tooLarge)
        #expect(throws: ParseError.self) { try type.message(text: wide, limits: ParseLimits(bytes: 100)) }
        _ = try type.message(text: wide)
    }

    @Test func whatGrowsBeyondTheLimitIsNotPrinted() throws {
        let type = try #require(try Judge.schemas(text: Self.schema).structure(named: "T"))
        let message = try type.message(text: "(w=[" + String(repeating: "(),", count: 1000) + "])")
        let reader = try DynamicStruct.Reader(message, as: type)
        #expect(throws: DynamicError.outputLimit) { try reader.text(TextFormat(maxBytes: 1000)) }
    }
}
