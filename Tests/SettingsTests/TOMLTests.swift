import Foundation
import Primitives
import Testing

@testable import Settings

@Suite("TOML")
struct TOMLTests {
    private func read(_ text: String) throws -> [String: Value] {
        try Leaves(parsing: text).leaves.mapValues(\.value)
    }

    @Test(
        "numbers",
        arguments: [
            ("0", Value.integer(0)), ("+17", .integer(17)), ("-17", .integer(-17)), ("1_000", .integer(1000)),
            ("0xdead_BEEF", .integer(0xDEAD_BEEF)),
            ("0o755", .integer(0o755)), ("0b1101", .integer(13)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)), ("1.5", .number(1.5)), ("-0.0", .number(0)),
            ("5e+2", .number(500)),
            ("6.626e-34", .number(6.626e-34)), ("1_0.2_5", .number(10.25)), ("inf", .number(.infinity)),
            ("-inf", .number(-.infinity)),
            ("true", .flag(true)), ("false", .flag(false)), ("1979-05-27", .date("1979-05-27")),
            ("07:32:00", .date("07:32:00")),
            ("1979-05-27T07:32:00Z", .date("1979-05-27T07:32:00Z")),
            ("1979-05-27 07:32:00.5-07:00", .date("1979-05-27 07:32:00.5-07:00")),
        ])
    func number(text: String, value: Value) throws { #expect(try read("a = \(text) # b") == ["a": value]) }

    @Test(
        "no values",
        arguments: [
            "", "yes", "True", "01", "+-1", "1__0", "_1", "1_", "0x", "0xG", "0x-1", "+0x1", "1.", ".5", "1.e2", "1e",
            "1e1.5", "00.5",
            "9223372036854775808", "+inf1", "1979-13-01", "1979-05-27T25:00:00", "1979-05-27T", "12:00", "'a", "\"a",
            "\"\\q\"", "\"\\ud800\"",
            "\"\\u12\"", "\"\u{1}\"", "'\u{1}'", "\"\"\"a", "'''a''", "[1", "[1 2]", "[,]", "{", "{a=1,}", "{a=1 b=2}",
            "{a=1,a=2}",
            "{a.b=1,a=2}", "1 2", "1, 2", "{\na=1}", "a.b", "-", "+", "\u{7F}", "1e5_", "0b2", "0o8",
        ])
    func noValue(text: String) { #expect(throws: Unfit.self, "\(text)") { try read("a = \(text)") } }

    @Test(
        "texts",
        arguments: [
            (#""a\tb\"\\\u00e9\U0001F600""#, "a\tb\"\\é😀"), (#"'a\tb'"#, #"a\tb"#), ("\"\"\"\na\\\n   b\"\"\"", "ab"),
            ("\"\"\"a\nb\"\"\"", "a\nb"), ("'''\na\r\nb'''", "a\nb"), (#"""""a""""#, #""a"#), (#""""a""""""#, #"a"""#),
            ("''''a'''''", "'a''"),
            ("\"\"", ""), ("''", ""), ("\"#\"", "#"),
        ])
    func texts(text: String, value: String) throws { #expect(try read("a = \(text)") == ["a": .text(value)]) }

    @Test("tables, counted tables, dotted and quoted keys")
    func structure() throws {
        let text = """
            \u{FEFF}top.level = 1
            "quoted.key" = 2
            [a.b]   # c
            d = { e = 1, "f" = [1, { g = 2 }] }
            [a]
            c = [ 1,
              # comment
              2, ]
            [[a.list]]
            x.y = 1
            [a.list.inner]
            z = 1
            [[a.list]]
            [empty]
            """
        #expect(
            try read(text) == [
                "top.level": .integer(1), "\"quoted.key\"": .integer(2), "a.b.d.e": .integer(1),
                "a.b.d.f[0]": .integer(1),
                "a.b.d.f[1].g": .integer(2), "a.c": .list([.integer(1), .integer(2)]), "a.list[0].x.y": .integer(1),
                "a.list[0].inner.z": .integer(1), "a.list[1]": .table([:]), "empty": .table([:]),
            ])
    }

    @Test(
        "what may not be said twice or extended",
        arguments: [
            "a = 1\na = 2", "[a]\n[a]", "a = 1\n[a]", "a.b = 1\n[a]", "[a.b]\n[a]\nb.c = 1", "a = {}\n[a.b]",
            "a = []\n[[a]]", "[[a]]\n[a]",
            "[a]\n[[a]]", "a = {b = 1}\na.c = 2", "[a]\nb = 1\n[a.b]", "a.b = 1\na = 2", "[[a.b]]\n[a]\nb.c = 1",
            "[a]\nb.c = 1\n[a.b]",
        ])
    func twice(text: String) { #expect(throws: Unfit.self) { try read(text) } }

    @Test("mistakes name line and column")
    func place() {
        #expect { try read("[a]\nb = 1\r\nc = ?") } throws: {
            ($0 as? Unfit)?.reason.hasPrefix("line 3, column 5: ") == true
        }
    }

    /// A document and its mutations, read by us and by Python's tomllib: the same are accepted, with the same values.
    @Test("agrees with Python's tomllib")
    func agreesWithPython() throws {
        let documents = try mutations(count: 1_500)
        let folder = FileManager.default.temporaryDirectory.appending(path: "toml-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appending(path: "documents.json")
        try JSONEncoder().encode(documents).write(to: input)
        let verdicts = try JSONDecoder().decode([String?].self, from: try python(input))
        #expect(verdicts.count == documents.count && verdicts.contains(nil) && verdicts.contains { $0 != nil })
        for (document, verdict) in zip(documents, verdicts) {
            let ours = try? TOMLParser.parse(document).value.shape
            #expect(ours == verdict, "\(document.debugDescription)")
        }
    }

    private func mutations(count: Int) throws -> [String] {
        let seeds = [
            try fixture("hanzod.toml").text, try fixture("agent.toml").text,
            "a.b = 1\n[c]\nd = {e = [1, 'x'], f.g = \"\"\"y\nz\\\n w\"\"\"}\n[[h]]\ni = -0x1f\nj = 1_0.5e3\n[[h]]\nk = '''l'''\n[h.m]\n'n o' = \"\\u00e9\"\n",
        ]
        let alphabet = Array("[]{}=.,\"'#\n _-+\\0123abe:TZxu\t".utf8)
        var random = PRNG(seed: 20)
        return (0..<count).map { index in
            var bytes = Array(seeds[index % seeds.count].utf8)
            for _ in 0...random.next() % 3 {
                let place = Int(random.next() % UInt64(bytes.count))
                let byte = alphabet[Int(random.next() % UInt64(alphabet.count))]
                switch random.next() % 3 {
                case 0: bytes[place] = byte
                case 1: bytes.remove(at: place)
                default: bytes.insert(byte, at: place)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func python(_ input: URL) throws -> Data {
        let program = """
            import json, sys, tomllib
            def shape(value):
                if isinstance(value, dict):
                    return "{" + ",".join(sorted(json.dumps(k, ensure_ascii=False) + ":" + shape(v) for k, v in value.items())) + "}"
                if isinstance(value, list): return "[" + ",".join(map(shape, value)) + "]"
                if isinstance(value, bool): return "true" if value else "false"
                if isinstance(value, int):
                    if not -2**63 <= value < 2**63: raise ValueError
                    return str(value)
                if isinstance(value, float): return "float"
                if isinstance(value, str): return json.dumps(value, ensure_ascii=False)
                return "date"
            def read(text):
                try: return shape(tomllib.loads(text.removeprefix("\\ufeff")))
                except (ValueError, RecursionError): return None
            print(json.dumps([read(text) for text in json.load(open(sys.argv[1]))]))
            """
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["-c", program, input.path]
        process.standardOutput = output
        try process.run()
        let data = try #require(try output.fileHandleForReading.readToEnd())
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return data
    }
}

extension Value {
    /// What the Python side prints; dates and fractions count by their kind alone.
    fileprivate var shape: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .integer(let integer): "\(integer)"
        case .number: "float"
        case .flag(let flag): "\(flag)"
        case .date: "date"
        case .list(let elements): "[" + elements.map(\.shape).joined(separator: ",") + "]"
        case .table(let members):
            "{"
                + members.map { Self.quoted($0.key) + ":" + $0.value.shape }.sorted(by: Self.pythonOrder).joined(
                    separator: ",") + "}"
        }
    }

    private static func pythonOrder(_ a: String, _ b: String) -> Bool {
        a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
    }

    private static func quoted(_ text: String) -> String {
        let short: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u{8}": "\\b", "\u{C}": "\\f",
        ]
        return "\""
            + text.unicodeScalars.map { scalar in
                short[scalar]
                    ?? (scalar.value < 0x20 ? "\\u" + Hex.encode([UInt8(0), UInt8(scalar.value)]) : String(scalar))
            }.joined() + "\""
    }
}
