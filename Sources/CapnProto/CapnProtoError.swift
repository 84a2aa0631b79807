/// What is wrong with bytes that claim to be a Cap'n Proto message.
///
/// The blame is always with whoever produced the bytes; nothing here is raised by a programmer's own mistake.
/// Cases carry no payload, so throwing one costs no allocation.
public enum CapnProtoError: Error, Hashable, Sendable, CaseIterable {
    /// The bytes end before the frame that they announce.
    case truncated
    /// More bytes than the one frame that was expected.
    case trailingBytes
    /// The segment table names more than 512 segments.
    case tooManySegments
    /// The segment table adds up to more words than the limits allow.
    case messageTooLarge
    /// A pointer leads outside of its segment.
    case pointerOutOfBounds
    /// A far pointer's landing pad is missing or is not what it must be.
    case badFarPointer
    /// A far pointer names a segment that the message doesn't have.
    case unknownSegment
    /// A pointer is of another kind than the schema says.
    case wrongPointerKind
    /// A list's elements are too small or of another kind than the schema says.
    case wrongElementSize
    /// The tag word of a list of structs doesn't describe the list's words.
    case badListTag
    /// A pointer of a kind that Cap'n Proto reserves.
    case reservedPointer
    /// The reader has followed as many words as the limits allow.
    case traversalLimit
    /// Objects are nested deeper than the limits allow.
    case nestingLimit
    /// A text lacks its final zero byte.
    case textNotTerminated
    /// A text is not UTF-8.
    case textNotUTF8
    /// The message is not in canonical form although it has to be, or has none as it holds capabilities.
    case notCanonical
}
