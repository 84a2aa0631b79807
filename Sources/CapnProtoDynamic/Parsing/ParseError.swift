/// Why a text or JSON document isn't a message of the type that was asked for, and where.
public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
    public var reason: Reason
    /// In bytes, from zero.
    public var offset: Int
    /// From one.
    public var line: Int
    /// In bytes, from one.
    public var column: Int

    public enum Reason: Error, Hashable, Sendable {
        case unexpectedEnd
        case unexpectedCharacter
        /// Something follows the document.
        case trailingCharacters
        case badEscape
        case badNumber
        case notUTF8
        /// Base64 or hexadecimal that isn't.
        case badEncoding
        /// Lists and structs in one another deeper than the codec goes.
        case nestingLimit
        /// More bytes than the limits allow, or a message of more words.
        case tooLarge
        case noSuchField
        case noSuchEnumerant
        /// A discriminator names no member of the union.
        case noSuchMember
        /// The value is of another kind than the field.
        case wrongType
        /// The number doesn't fit the field.
        case outOfRange
        /// The field is a capability, or of a type that is known at run time only.
        case notRepresentable
        /// The schema has an annotation of json.capnp where it can't be followed.
        case badAnnotation
    }

    public var description: String { "\(line):\(column): \(reason)" }

    /// Of the document as a whole.
    init(whole reason: Reason) {
        self.reason = reason
        (offset, line, column) = (0, 1, 1)
    }

    init(_ reason: Reason, at offset: Int, in source: borrowing Span<UInt8>) {
        self.reason = reason
        self.offset = offset
        line = 1
        var lineStart = 0
        for index in 0..<min(offset, source.count) where source[index] == UInt8(ascii: "\n") {
            line += 1
            lineStart = index + 1
        }
        column = offset - lineStart + 1
    }
}

/// What a codec accepts.
public struct ParseLimits: Sendable, Hashable {
    /// Of the document.
    public let bytes: Int
    /// Of the message that it becomes.
    public let words: Int
    /// Lists, objects and structs in one another, at most 128.
    public let nesting: Int

    public init(bytes: Int = 64 << 20, words: Int = 8 << 20, nesting: Int = 64) {
        self.bytes = min(bytes, Int(UInt32.max) - 1)
        self.words = words
        self.nesting = min(nesting, 128)
    }

    public static let `default` = ParseLimits()
}
