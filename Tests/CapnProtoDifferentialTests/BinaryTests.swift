import CapnProto
import Foundation
import Testing

@testable import CapnProtoCodegen

/// Random messages of rich.capnp under two judges that share no line with us: Debian's `capnp` (C++ 0.9.2) and pycapnp (C++ 1.4.0).
struct BinaryTests {
    private static let messageCount = 300
    private static let batch = 100

    private let schema: RichSchema
    private let writer: TreeWriter
    private let reader: TreeReader
    private let resolving: TreeReader

    init() throws {
        schema = try RichSchema.rich.get()
        writer = TreeWriter(schema: schema)
        reader = TreeReader(schema: schema)
        resolving = TreeReader(schema: schema, resolvesDefaults: true)
    }

    private struct Case {
        var tree: Tree
        var message: Message
        var forms: [(name: String, bytes: [UInt8])]
    }

    private func tree(_ type: RichType, _ seed: Int) -> Tree {
        var generator = TreeGenerator(schema, seed: UInt64(seed))
        return generator.tree(type.name)
    }

    // MARK: pycapnp

    /// pycapnp reads our messages as the values that they are, in every form, whether the runtime wrote them or generated code; and we
    /// read the messages that pycapnp makes of those values.
    @Test(arguments: RichType.all) func pycapnpAgrees(type: RichType) throws {
        for start in stride(from: 0, to: Self.messageCount, by: Self.batch) {
            let seeds = start..<start + Self.batch
            let cases = try seeds.map { try makeCase(type, $0) }
            let judged = try judge(cases, type)
            for (seed, (one, theirs)) in zip(seeds, zip(cases, judged)) {
                try check(theirs, against: one, type, "\(type.name), seed \(seed)")
            }
            let rewritten = try cases.map { try rewrittenCase($0, type) }
            _ = try judge(rewritten, type)
        }
    }

    private func makeCase(_ type: RichType, _ seed: Int) throws -> Case {
        let tree = tree(type, seed)
        let message = writer.message(tree, type.name, firstSegmentWords: 1 << (seed % 9))
        #expect(try reader.tree(message, type.name, like: tree) == tree)
        var forms = [("binary", message.framed())]
        switch seed % 3 {
        case 0: forms.append(("packed", Packing.pack(message.framed())))
        case 1: forms.append(Self.segments(message))
        default: forms.append(("flat", try message.rootPointer.canonical()))
        }
        return Case(tree: tree, message: message, forms: forms.map(Self.flat))
    }

    /// A form of one segment without a table.
    private static func flat(_ form: (name: String, bytes: [UInt8])) -> (name: String, bytes: [UInt8]) {
        form.name == "flat" ? ("segments:\(form.bytes.count)", form.bytes) : form
    }
    private static func segments(_ message: Message) -> (String, [UInt8]) {
        let segments = (0..<message.segmentCount).map { message.segmentBytes($0).withUnsafeBytes { [UInt8]($0) } }
        return ("segments:" + segments.map { String($0.count) }.joined(separator: ","), segments.flatMap(\.self))
    }

    /// What generated code makes of a case: the same values, with defaults said.
    private func rewrittenCase(_ one: Case, _ type: RichType) throws -> Case {
        let message = try type.rewrite(one.message)
        let tree = try reader.tree(message, type.name, like: one.tree)
        #expect(
            try resolving.tree(message, type.name, like: one.tree)
                == resolving.tree(one.message, type.name, like: one.tree))
        return Case(tree: tree, message: message, forms: [("binary", message.framed())])
    }

    private struct Reply: Decodable {
        var failures: [String]
        var segments: [Int]
    }
    private struct Theirs {
        var framed: [UInt8]
        var packed: [UInt8]
        var segments: [[UInt8]]
    }

    private func judge(_ cases: [Case], _ type: RichType) throws -> [Theirs] {
        let trees = cases.map(\.tree.json).joined(separator: ",")
        let forms = cases.map { "[\($0.forms.map { "\"\($0.name)\"" }.joined(separator: ","))]" }.joined(separator: ",")
        let request = #"{"do":"check","type":"\#(type.name)","trees":[\#(trees)],"forms":[\#(forms)]}"#
        let answer = try PythonJudge.shared.get().ask(request, cases.flatMap { $0.forms.map(\.bytes) })
        let reply = try JSONDecoder().decode(Reply.self, from: Data(answer.reply))
        #expect(reply.failures.isEmpty, "\(type.name)")
        var blobs = answer.blobs[...]
        return reply.segments.map { count in
            let mine = Array(blobs.prefix(2 + count))
            blobs = blobs.dropFirst(2 + count)
            return Theirs(framed: mine[0], packed: mine[1], segments: Array(mine[2...]))
        }
    }

    private func check(_ theirs: Theirs, against ours: Case, _ type: RichType, _ label: Comment) throws {
        let framed = try Message(framed: theirs.framed)
        #expect(try reader.tree(framed, type.name, like: ours.tree) == ours.tree, label)
        let segmented = try Message(segments: theirs.segments)
        #expect(try reader.tree(segmented, type.name, like: ours.tree) == ours.tree, label)
        #expect(try Packing.unpack(theirs.packed) == theirs.framed, label)
        #expect(Packing.pack(theirs.framed) == theirs.packed, label)
        #expect(try framed.rootPointer.canonical() == ours.message.rootPointer.canonical(), label)
        #expect(try type.rewrite(framed).framed() == type.rewrite(ours.message).framed(), label)
    }

    /// A struct without any field on the wire reads as the schema's defaults on both sides.
    @Test(arguments: RichType.all) func defaultsAgree(type: RichType) throws {
        let empty = try Message(segments: [[0xFC, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0]])
        let tree = try resolving.tree(empty, type.name)
        let answer = try PythonJudge.shared.get().ask(
            #"{"do":"defaults","type":"\#(type.name)","trees":[\#(tree.json)]}"#)
        let reply = String(decoding: answer.reply, as: UTF8.self)
        #expect(reply == #"{"failures": []}"#)
    }

    // MARK: capnp

    /// Debian's `capnp` reads our messages, plain and packed, and writes them in other forms that we read as the same values; its
    /// canonical form is ours, byte for byte.
    @Test(arguments: RichType.all) func capnpConvertsAlike(type: RichType) throws {
        let trees = (0..<Self.messageCount).map { tree(type, 10_000 + $0) }
        let messages = trees.enumerated().map { index, tree in
            writer.message(tree, type.name, firstSegmentWords: 1 << (index % 9))
        }
        let framed = messages.flatMap { $0.framed() }
        let packed = messages.flatMap { Packing.pack($0.framed()) }
        try expect(trees, in: Packing.unpack(Program.convert("binary:packed", type.name, framed)), type)
        try expect(trees, in: Program.convert("packed:binary", type.name, packed), type)
        let canonical = try messages.flatMap { try $0.rootPointer.canonical() }
        #expect(try Program.convert("binary:canonical", type.name, framed) == canonical)
        // The flat form says nothing of its length: one message a run.
        let first = messages[0]
        let flat = try Message(flat: Program.convert("binary:flat", type.name, first.framed()))
        #expect(try reader.tree(flat, type.name, like: trees[0]) == trees[0])
        let ours = try first.rootPointer.canonical()
        try expect([trees[0]], in: Program.convert("flat:binary", type.name, ours), type)
    }

    private func expect(_ trees: [Tree], in stream: [UInt8], _ type: RichType) throws {
        var decoder = FrameDecoder()
        decoder.append(stream)
        for (index, tree) in trees.enumerated() {
            guard let message = try decoder.next() else { throw Program.Failure(description: "\(index) is missing") }
            #expect(try reader.tree(message, type.name, like: tree) == tree, "\(type.name) \(index)")
        }
        #expect(decoder.pendingByteCount == 0)
    }

    /// The generator covers what it promises: each field is set and unset, each member chosen.
    @Test(arguments: RichType.all) func treesAreRich(type: RichType) {
        let trees = (0..<Self.messageCount).map { tree(type, $0) }
        #expect(Set(trees).count > Self.messageCount / 2)
        let text = trees.map(\.json).joined()
        for field in schema.structure(schema.reference(type.name)).fields {
            #expect(text.contains("\"\(field.name)\":"), "\(field.name)")
        }
    }
}
