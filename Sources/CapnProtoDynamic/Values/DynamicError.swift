public import CapnProto

/// Why a dynamic read or write is refused.
public enum DynamicError: Error, Hashable, Sendable {
    /// The message is broken.
    case message(CapnProtoError)
    /// The struct has no field of that name.
    case noSuchField(String)
    /// The enum has no enumerant of that name.
    case noSuchEnumerant(String)
    /// The field is a member of the union, and another member is set.
    case notSet(String)
    /// The value is of another kind than the field or element.
    case wrongType(String)
    /// The number doesn't fit the field or element.
    case outOfRange(String)
    /// Structs, groups and lists in one another deeper than the codec goes.
    case nestingLimit
    /// The text that a message becomes is longer than the codec's limit.
    case outputLimit
    /// A capability, or an object of unknown type, in a form that has no way to write it.
    case notRepresentable(String)
    /// An annotation of json.capnp where it can't be followed; the name is that of the struct.
    case badAnnotation(String)
}
