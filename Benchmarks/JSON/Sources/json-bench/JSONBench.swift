import CapnProto
import CapnProtoDynamic
import Foundation

/// Measures JSON of messages by the schema of a request.
///
///     json-bench make REQUEST > messages      300 lists of points, texts, numbers and shapes
///     json-bench run REQUEST MESSAGES         milliseconds for all of them, there and back
@main struct JSONBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        let schemas = try Schemas(framedRequest: [UInt8](Data(contentsOf: URL(filePath: arguments[2]))))
        guard let type = schemas.structure(named: "Root") else { fatalError("the schema has no Root") }
        if arguments[1] == "make" {
            for seed in 0..<300 { try FileHandle.standardOutput.write(contentsOf: Data(message(type, seed).framed())) }
        } else {
            try measure(type, [UInt8](Data(contentsOf: URL(filePath: arguments[3]))))
        }
    }

    static func message(_ type: StructType, _ seed: Int) throws -> Message {
        var message = MessageBuilder()
        var root = DynamicStruct.Builder(&message, as: type)
        try root.set("note", .text("message \(seed)"))
        var lists = try root.initStructure("lists")
        var points = try lists.initList("points", count: 20)
        var texts = try lists.initList("texts", count: 20)
        var integers = try lists.initList("int64s", count: 20)
        var floats = try lists.initList("float64s", count: 20)
        for index in 0..<20 {
            var point = try points.structure(at: index)
            try point.set("x", .signed(Int64(seed * index)))
            try point.set("y", .float(Double(seed) + Double(index) / 8))
            try texts.set(.text("some text of usual length, \(seed * index)"), at: index)
            try integers.set(.signed(Int64(seed) << 30 + Int64(index)), at: index)
            try floats.set(.float(Double(seed * index) / 100), at: index)
        }
        var shapes = try lists.initList("shapes", count: 10)
        for index in 0..<10 {
            var shape = try shapes.structure(at: index)
            try shape.set("name", .text("shape \(index)"))
            var circle = try shape.initStructure("circle")
            try circle.set("radius", .float(Double(index) / 2))
        }
        return message.finish()
    }

    static func measure(_ type: StructType, _ stream: [UInt8]) throws {
        var frames = FrameDecoder()
        frames.append(stream)
        var messages = [Message]()
        while let message = try frames.next() { messages.append(message) }
        let codec = JSONCodec(type.schemas)
        let documents = try messages.map { try codec.encode($0, as: type) }
        try report("encode") {
            for message in messages {
                message.renewTraversalAllowance()
                _ = try codec.encode(message, as: type)
            }
        }
        try report("decode") { for document in documents { _ = try codec.message(json: document, as: type) } }
    }

    /// The best of seven.
    static func report(_ name: String, _ body: () throws -> Void) rethrows {
        let times = try (0..<7).map { _ in try ContinuousClock().measure { try body() } }
        let best = (times.min() ?? .zero) / .milliseconds(1)
        print("\(name) \(String(format: "%.2f", best))")
    }
}
