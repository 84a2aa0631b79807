import CapnProto

/// How one version of a declaration stands to another. What only concerns source code (names, order in the text, where a
/// declaration stands) is not compared.
public enum Compatibility: Sendable, Hashable {
    case equivalent
    /// It has all of the other, and more.
    case newer
    /// The other has all of it, and more.
    case older
    case incompatible(Incompatibility)

    public init(of new: SchemaDeclaration, with old: SchemaDeclaration) {
        var comparison = Comparison()
        comparison.compare(new, old)
        self = comparison.result
    }
}

/// What can't be the result of a schema's evolution.
public enum Incompatibility: Hashable, Sendable, CaseIterable {
    /// A struct became an enum, or the like; a group a struct.
    case kind
    /// A field moved.
    case offset
    /// A field's, constant's, annotation's or method's type is another.
    case type
    case defaultValue
    /// A union's tag moved, or a member has another.
    case discriminant
    /// Each version has something that the other lacks.
    case diverged
}

private struct Comparison {
    private var isNewer = false
    private var isOlder = false
    private var reason: Incompatibility?

    var result: Compatibility {
        if let reason { return .incompatible(reason) }
        if isNewer { return isOlder ? .incompatible(.diverged) : .newer }
        return isOlder ? .older : .equivalent
    }

    private mutating func refuse(_ reason: Incompatibility) { self.reason = self.reason ?? reason }
    private mutating func compare(_ new: Int, _ old: Int) {
        if new > old { isNewer = true }
        if new < old { isOlder = true }
    }

    mutating func compare(_ new: SchemaDeclaration, _ old: SchemaDeclaration) {
        compare(new.header.parameters.count, old.header.parameters.count)
        switch (new, old) {
        case (.file, .file): break
        case (.structure(let new), .structure(let old)): compare(new, old)
        case (.enumeration(let new), .enumeration(let old)): compare(new.enumerants.count, old.enumerants.count)
        case (.interface(let new), .interface(let old)): compare(new, old)
        case (.constant(let new), .constant(let old)): compare(new.type, old.type)
        case (.annotation(let new), .annotation(let old)): compare(new.type, old.type)
        default: refuse(.kind)
        }
    }

    // MARK: Structs

    private mutating func compare(_ new: StructDefinition, _ old: StructDefinition) {
        if new.isGroup != old.isGroup { refuse(.kind) }
        compare(Int(new.size.dataWords), Int(old.size.dataWords))
        compare(Int(new.size.pointerCount), Int(old.size.pointerCount))
        compare(new.unionMembers.count, old.unionMembers.count)
        compare(new.fields.count, old.fields.count)
        let haveUnions = !new.unionMembers.isEmpty && !old.unionMembers.isEmpty
        if haveUnions, new.discriminantOffset != old.discriminantOffset { refuse(.discriminant) }
        for (new, old) in zip(new.fields, old.fields) { compare(new, old) }
    }

    private mutating func compare(_ new: FieldDefinition, _ old: FieldDefinition) {
        compareTags(new.discriminant, old.discriminant)
        switch (new.kind, old.kind) {
        case (.group(let new), .group(let old)): if new != old { refuse(.type) }
        case (.slot(let newOffset, let newType, let newValue), .slot(let oldOffset, let oldType, let oldValue)):
            compare(newType, oldType)
            if newOffset != oldOffset { refuse(.offset) }
            if newValue.mask != oldValue.mask || !newType.isPointer && newValue != oldValue { refuse(.defaultValue) }
        default: refuse(.kind)
        }
    }

    /// A field that was alone may become the first member of a union.
    private mutating func compareTags(_ new: UInt16?, _ old: UInt16?) {
        switch (new, old) {
        case (nil, nil): break
        case (0, nil): isNewer = true
        case (nil, 0): isOlder = true
        default: if new != old { refuse(.discriminant) }
        }
    }

    // MARK: Interfaces

    private mutating func compare(_ new: InterfaceDefinition, _ old: InterfaceDefinition) {
        compare(new.methods.count, old.methods.count)
        for (new, old) in zip(new.methods, old.methods) {
            compare(new.parameters, old.parameters)
            compare(new.results, old.results)
        }
        let added = Set(new.superclasses).subtracting(old.superclasses)
        let removed = Set(old.superclasses).subtracting(new.superclasses)
        if !added.isEmpty { isNewer = true }
        if !removed.isEmpty { isOlder = true }
    }

    // MARK: Types

    /// Text may become Data, any pointer AnyPointer, and the element of a list a struct that begins with it (which is
    /// not looked into here).
    private mutating func compare(_ new: SchemaType, _ old: SchemaType) {
        switch (new, old) {
        case (.structure(let new, _), .structure(let old, _)), (.interface(let new, _), .interface(let old, _)):
            if new != old { refuse(.type) }
        case (.list(let new), .list(let old)): compareElements(new, old)
        case (.data, .text): isNewer = true
        case (.text, .data): isOlder = true
        default: compareOthers(new, old)
        }
    }

    private mutating func compareOthers(_ new: SchemaType, _ old: SchemaType) {
        switch (new.isAnyPointer, old.isAnyPointer) {
        case (true, true): break
        case (true, false) where old.isPointer: isNewer = true
        case (false, true) where new.isPointer: isOlder = true
        default: if new != old { refuse(.type) }
        }
    }

    private mutating func compareElements(_ new: SchemaType, _ old: SchemaType) {
        switch (new, old) {
        case (.structure, .structure): compare(new, old)
        case (.structure, .bool), (.bool, .structure): refuse(.type)
        case (.structure, _): isNewer = true
        case (_, .structure): isOlder = true
        default: compare(new, old)
        }
    }
}

extension SchemaType {
    fileprivate var isAnyPointer: Bool {
        switch self {
        case .anyPointer, .parameter, .methodParameter: true
        default: false
        }
    }
}
