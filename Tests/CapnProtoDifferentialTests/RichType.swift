import CapnProto
import Testing

/// The structs that random messages are of, with what generated code makes of a message.
struct RichType: Sendable, CustomTestStringConvertible {
    let name: String
    /// Reads a message as a plain value, and writes that.
    let rewrite: @Sendable (Message) throws -> Message
    var testDescription: String { name }

    private init<S: StructSchema>(_ name: String, _: S.Type) {
        self.name = name
        rewrite = { message in
            let value = try S.Value(root: message)
            var builder = MessageBuilder()
            builder.setRoot(value)
            return builder.finish(limits: ReadLimits(traversalWords: .max))
        }
    }

    static let all = [
        RichType("Everything", Everything.self), RichType("Defaulted", Defaulted.self), RichType("Lists", Lists.self),
        RichType("Choice", Choice.self), RichType("Generic", Generic.self), RichType("Untyped", Untyped.self),
        RichType("Recursive", Recursive.self),
    ]
}
