import CapnProto
import Foundation
import Testing

/// Random messages under two judges that share no line with us: Debian's `capnp` (C++ 0.9.2) and pycapnp (C++ 1.4.0).
struct DifferentialTests {
    private static let count = 60
    private static let schema = "Tests/CapnProtoCodegenTests/Schemas/everything.capnp"

    private static func values<V>(_ make: (inout Arbitrary) -> V) -> [V] {
        (0..<count).map { seed in
            var arbitrary = Arbitrary(seed: UInt64(seed))
            return make(&arbitrary)
        }
    }

    // MARK: capnp

    /// `capnp decode` reads what we write, and we read what `capnp encode` makes of its text: the same values.
    private static func passesThroughText<V: StructValue & Equatable>(_ values: [V], _ name: String) throws {
        let stream = values.flatMap { $0.framed() }
        let text = try Tool.run("capnp", ["decode", "-Ischema", schema, name], input: stream)
        let encoded = try Tool.run("capnp", ["encode", "-Ischema", schema, name], input: text)
        #expect(try split(encoded, V.self) == values)
        #expect(text.count > 100)
    }

    /// C++'s canonical form of what we write is our own canonical form.
    private static func agreesOnCanonicalForm<V: StructValue>(_ values: [V], _ name: String) throws {
        for value in values.prefix(12) {
            let theirs = try Tool.run(
                "capnp", ["convert", "binary:canonical", "-Ischema", schema, name], input: value.framed())
            #expect(try value.canonical() == theirs)
        }
    }

    private static func split<V: StructValue>(_ stream: [UInt8], _: V.Type) throws -> [V] {
        var decoder = FrameDecoder()
        decoder.append(stream)
        var values = [V]()
        while let message = try decoder.next() { values.append(try V(message.root(V.Schema.self))) }
        return values
    }

    @Test func numbers() throws { try Self.check(Self.values { $0.numbers() }, "Numbers") }
    @Test func defaults() throws { try Self.check(Self.values { $0.defaults() }, "Defaults") }
    @Test func lists() throws { try Self.check(Self.values { $0.lists() }, "Lists") }
    @Test func shapes() throws { try Self.check(Self.values { $0.shape() }, "Shape") }
    @Test func trees() throws { try Self.check(Self.values { $0.tree() }, "Tree") }

    private static func check<V: StructValue & Codable & Hashable>(_ values: [V], _ name: String) throws {
        #expect(Set(values).count > count / 2)
        for value in values { #expect(try V(framed: value.framed()) == value) }
        try passesThroughText(values, name)
        try agreesOnCanonicalForm(values, name)
        try agreesWithPython(values, name)
    }

    // MARK: pycapnp

    private struct Case<V: Encodable>: Encodable {
        var value: V
        var message: [UInt8]
    }

    /// pycapnp reads our messages as the values that they are, and we read the messages that it makes of those values.
    private static func agreesWithPython<V: StructValue & Codable & Hashable>(_ values: [V], _ name: String) throws {
        let cases = values.map { Case(value: $0, message: $0.framed()) }
        let input = [UInt8](try JSONEncoder().encode(cases))
        let output = try Tool.run(Tool.python, ["-c", judge, schema, name, "schema"], input: input)
        let messages = try JSONDecoder().decode([[UInt8]].self, from: Data(output))
        #expect(messages.count == values.count)
        for (message, value) in zip(messages, values) { #expect(try V(framed: message) == value) }
    }

    /// Translates the JSON of plain values into pycapnp's dictionaries, compares those with what pycapnp reads, and builds
    /// messages from them.
    private static let judge = """
        import json, sys, capnp
        capnp.remove_import_hook()
        schema = capnp.load(sys.argv[1], imports=[sys.argv[3]])
        kind = getattr(schema, sys.argv[2])
        names = {"raw_": "raw", "nan_": "nan", "navy": "darkBlue", "class_": "class"}
        fresh = lambda name: names.get(name, name)

        def plain(value):
            # An enum or a union's member: {"name": {}} or {"name": {"_0": payload}}
            if value == {}: return None  # Void
            if isinstance(value, dict) and len(value) == 1:
                (name, payload), = value.items()
                if payload == {}: return fresh(name)
            if isinstance(value, list): return [plain(item) for item in value]
            return struct(value) if isinstance(value, dict) else value

        def struct(value):
            result = {}
            for name, item in value.items():
                if name == "which":
                    (member, payload), = item.items()
                    result[fresh(member)] = plain(payload["_0"]) if "_0" in payload else None
                elif item is not None:
                    result[fresh(name)] = plain(item)
            return result

        def theirs(value):
            # bytes as lists, and groups and structs without nulls
            if isinstance(value, bytes): return list(value)
            if isinstance(value, list): return [theirs(item) for item in value]
            if isinstance(value, dict): return {name: theirs(item) for name, item in value.items()}
            return value

        def same(ours, read):
            # pycapnp leaves out empty pointers; ours says them.
            if isinstance(ours, dict):
                if not isinstance(read, dict) or not set(read) <= set(ours) | {name for name, item in read.items() if item in ("void", None)}: return False
                return all(same(item, read.get(name)) for name, item in ours.items())
            if isinstance(ours, list):
                return (read or []) == [] if not ours else isinstance(read, list) and len(ours) == len(read) and all(map(same, ours, read))
            if ours in (None, ""): return read in (None, "", "void")
            return ours == read

        def build(builder, value):
            fields = builder.schema.fields
            for name, item in value.items():
                field = fields[name].proto
                if field.which() == "group":
                    build(builder.init(name), item)
                    continue
                type = field.slot.type.which()
                if type == "void": setattr(builder, name, None)
                elif type == "data": setattr(builder, name, bytes(item))
                elif type == "struct": build(builder.init(name), item)
                elif type == "list": fill(builder.init(name, len(item)), item, field.slot.type.list.elementType)
                else: setattr(builder, name, item)

        def fill(builder, items, element):
            type = element.which()
            for index, item in enumerate(items):
                if type == "void": continue
                elif type == "data": builder[index] = bytes(item)
                elif type == "struct": build(builder[index], item)
                elif type == "list": fill(builder.init(index, len(item)), item, element.list.elementType)
                else: builder[index] = item

        messages = []
        for number, case in enumerate(json.load(sys.stdin)):
            ours = struct(case["value"])
            with kind.from_bytes(bytes(case["message"])) as reader:
                read = theirs(reader.to_dict())
                if not same(ours, read): sys.exit(f"case {number}: we wrote {ours}, pycapnp reads {read}")
            message = kind.new_message()
            build(message, ours)
            messages.append(list(message.to_bytes()))
        json.dump(messages, sys.stdout)
        """
}
