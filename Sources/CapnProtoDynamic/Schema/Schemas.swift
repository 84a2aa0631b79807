import CapnProto
public import CapnProtoSchema

/// Declarations that were loaded together: checked, complete, immutable.
///
///     let schemas = try Schemas(framedRequest: bytes)          // what `capnp compile -o-` writes
///     let type = try schemas.structure(named: "Person")
///     let person = try DynamicStruct.Reader(message, as: type)
///
/// Whatever the nodes' author wrote, reading a message by them doesn't trap.
public final class Schemas: Sendable {
    let declarations: [UInt64: SchemaDeclaration]
    let structures: [UInt64: StructDefinition]
    let enumerations: [UInt64: EnumDefinition]
    /// By display name, and by what follows the colon in it; nil where that names several.
    private let names: [String: UInt64?]

    /// The declarations' ids, in ascending order.
    public var ids: [UInt64] { declarations.keys.sorted() }

    /// Loads all nodes of a request.
    public convenience init(
        _ request: CodeGeneratorRequest.Reader, limits: SchemaLimits = .default
    ) throws(SchemaError) {
        var loader = SchemaLoader(limits: limits)
        try loader.add(request)
        try self.init(loader)
    }

    /// Loads all nodes of a request that is framed for a stream.
    public convenience init(framedRequest bytes: [UInt8], limits: SchemaLimits = .default) throws(SchemaError) {
        let message: Message
        do { message = try Message(framed: bytes) } catch { throw .message(error) }
        var loader = SchemaLoader(limits: limits)
        try loader.add(message)
        try self.init(loader)
    }

    /// What a loader has gathered.
    public init(_ loader: SchemaLoader) throws(SchemaError) {
        try SchemaValidator(loader.declarations).validate()
        declarations = loader.declarations
        structures = loader.declarations.compactMapValues {
            if case .structure(let definition) = $0 { definition } else { nil }
        }
        enumerations = loader.declarations.compactMapValues {
            if case .enumeration(let definition) = $0 { definition } else { nil }
        }
        names = Self.names(loader.declarations)
    }

    private static func names(_ declarations: [UInt64: SchemaDeclaration]) -> [String: UInt64?] {
        var names = [String: UInt64?]()
        for id in declarations.keys.sorted() {
            guard let displayName = declarations[id]?.header.displayName else { continue }
            names[displayName] = .some(names[displayName] == nil ? id : nil)
            guard let colon = displayName.utf8.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let path = String(displayName[displayName.index(after: colon)...])
            names[path] = .some(names[path] == nil ? id : nil)
        }
        return names
    }

    // MARK: Lookup

    public func declaration(_ id: UInt64) -> SchemaDeclaration? { declarations[id] }

    /// - Parameter name: as in "file.capnp:Outer.Inner", or "Outer.Inner" where no other file has one.
    public func declaration(named name: String) -> SchemaDeclaration? {
        guard let id = names[name] ?? nil else { return nil }
        return declarations[id]
    }

    /// A declaration inside of another: of a file, struct or interface.
    public func declaration(named name: String, in scope: UInt64) -> SchemaDeclaration? {
        guard let nested = declarations[scope]?.header.nested.first(where: { $0.name == name }) else { return nil }
        return declarations[nested.id]
    }

    /// A struct's type, with arguments for the parameters of generic ones.
    public func structure(_ id: UInt64, brand: TypeBrand = .none) -> StructType? {
        structures[id].map { StructType(schemas: self, definition: $0, brand: brand) }
    }
    public func structure(named name: String, brand: TypeBrand = .none) -> StructType? {
        guard let id = names[name] ?? nil else { return nil }
        return structure(id, brand: brand)
    }

    func definition(_ id: UInt64) -> StructDefinition {
        guard let definition = structures[id] else { preconditionFailure("a type of other schemas") }
        return definition
    }
    func enumeration(_ id: UInt64) -> EnumDefinition {
        guard let definition = enumerations[id] else { preconditionFailure("a type of other schemas") }
        return definition
    }
}

/// A struct of `Schemas`, with the arguments of a generic one: what a message is read and written as.
public struct StructType: Sendable {
    public let schemas: Schemas
    public let definition: StructDefinition
    public let brand: TypeBrand

    init(schemas: Schemas, definition: StructDefinition, brand: TypeBrand) {
        self.schemas = schemas
        self.definition = definition
        self.brand = brand
    }

    public var id: UInt64 { definition.id }
    public var fields: [FieldDefinition] { definition.fields }
    public func field(named name: String) -> FieldDefinition? { definition.field(named: name) }

    /// The type of a field's value, without parameters; a group's is that of a struct.
    public func type(of field: FieldDefinition) -> SchemaType {
        switch field.kind {
        case .slot(_, let type, _): brand.close(type)
        case .group(let id): .structure(id, brand)
        }
    }
}
