import CapnProto

/// What json.capnp's annotations make of a struct, worked out once.
struct JSONPlan: Sendable {
    /// By index of the field.
    var fields: [Field]
    /// The union's member is named by a key of its own.
    var discriminator: Discriminator?
    /// By the member's name in JSON.
    var members: [String: Int] = [:]
    /// By the field's name in JSON: of structs whose keys are all their own.
    var indices: [String: Int] = [:]
    /// Whether fields are flattened into it, or its union has a discriminator, so that all keys must be known first.
    var isInterwoven = false
    var isSound = true

    struct Field: Sendable {
        var name: String
        /// The name as it stands between quotes.
        var key: [UInt8]
        var form: Form = .plain
        /// The fields of the struct are those of the outer one, with this before their names.
        var flattening: Flattening?
    }

    struct Flattening: Sendable {
        var prefix: String
        var key: [UInt8]
    }

    struct Discriminator: Sendable {
        var name: String
        var key: [UInt8]
        /// The key of whichever member is set, instead of the members' names.
        var value: (name: String, key: [UInt8])?
    }

    /// How a value is written where there is a choice.
    enum Form: Sendable {
        /// Data is a list of numbers.
        case plain
        /// A number as a string, as JSON's readers lose digits of the large ones.
        case quoted
        case base64, hexadecimal
    }
}

/// The names of an enum in JSON.
struct JSONEnumPlan: Sendable {
    var names: [String]
    var keys: [[UInt8]]
    var numbers: [String: UInt16]

    init(_ definition: EnumDefinition) {
        names = definition.enumerants.map { JSONAnnotations($0.annotations).name ?? $0.name }
        keys = names.map { JSONWriter.escaped($0) }
        numbers = [:]
        for (number, name) in names.enumerated() { numbers[name] = numbers[name] ?? UInt16(number) }
    }
}

/// The annotations of json.capnp on one declaration or member.
struct JSONAnnotations {
    var name: String?
    var flattenPrefix: String?
    var discriminator: (name: String?, valueName: String?)?
    var form: JSONPlan.Form = .plain
    /// Whether all of them have the types that json.capnp gives them.
    var isSound = true

    init(_ uses: [AnnotationUse]) {
        for use in uses {
            switch use.id {
            case 0xfa5b_1fd6_1c2e_7c3d: name = string(use.value)
            case 0x82d3_e852_af03_36bf: flattenPrefix = text(use.value, 0) ?? ""
            case 0xcfa7_94e8_d19a_0162: discriminator = (text(use.value, 0), text(use.value, 1))
            case 0xd7d8_7945_0a25_3e4b: form = .base64
            case 0xf061_e22f_0ae5_c7b5: form = .hexadecimal
            default: break
            }
        }
    }

    private mutating func string(_ value: SchemaValue) -> String? {
        let string = value.string
        if string == nil { isSound = false }
        return string
    }

    /// A field of the annotation's struct.
    private mutating func text(_ value: SchemaValue, _ index: Int) -> String? {
        guard case .pointer(let message) = value else {
            isSound = false
            return nil
        }
        guard let message else { return nil }
        do throws(CapnProtoError) {
            message.renewTraversalAllowance()
            let root = message.rootPointer
            let options = try root.structure()
            guard options.has(index) else { return nil }
            let text = try options.text(index)
            return try text.string
        } catch {
            isSound = false
            return nil
        }
    }
}
