public import CapnProto

// Text and JSON of generated structs, by the schemas that their modules carry (`$Swift.schema` in the file).

/// The schemas of a file, and what JSON makes of them.
private struct LoadedNodes: Sendable {
    let schemas: Schemas
    let codec: JSONCodec

    init(_ nodes: SchemaNodes) {
        do {
            let message = try Message(packed: nodes.packed)
            var loader = SchemaLoader()
            try loader.add(message)
            schemas = try Schemas(loader)
            codec = JSONCodec(schemas)
        } catch {
            preconditionFailure("generated code carries a broken schema: \(error)")
        }
    }
}

extension DescribedSchema {
    private static var loaded: LoadedNodes { schemaNodes.cached(LoadedNodes.init) }

    /// The struct's type, loaded once from the nodes that its module carries.
    public static var structType: StructType {
        guard let type = loaded.schemas.structure(typeID) else {
            preconditionFailure("generated code carries another schema than its own")
        }
        return type
    }
    /// What the annotations of json.capnp make of the struct.
    public static var jsonCodec: JSONCodec { loaded.codec }

    /// A struct as a literal of the schema language, as `capnp decode` writes it.
    public static func text(
        _ reader: borrowing Reader, _ format: TextFormat = .pretty
    ) throws(DynamicError) -> String {
        let type = structType
        let dynamic = DynamicStruct.Reader(reader.raw, as: type)
        return try dynamic.textString(format)
    }
    /// A struct as a JSON object.
    public static func json(
        _ reader: borrowing Reader, _ format: JSONFormat = .short
    ) throws(DynamicError) -> String {
        let type = structType
        let dynamic = DynamicStruct.Reader(reader.raw, as: type)
        return try jsonCodec.encodeString(dynamic, format)
    }
}

extension StructValue where Schema: DescribedSchema {
    /// The value as a literal of the schema language, as `capnp decode` writes it.
    public func text(_ format: TextFormat = .pretty) throws(DynamicError) -> String {
        var builder = MessageBuilder()
        builder.setRoot(self)
        return try Schema.structType.textString(of: builder.finish(), format)
    }
    /// The value as a JSON object.
    public func json(_ format: JSONFormat = .short) throws(DynamicError) -> String {
        var builder = MessageBuilder()
        builder.setRoot(self)
        return try Schema.jsonCodec.encodeString(builder.finish(), as: Schema.structType, format)
    }

    /// The value that a literal of the schema language is.
    public init(text: String, limits: ParseLimits = .default) throws(ParseError) {
        let message = try Schema.structType.message(text: text, limits: limits)
        do { self = try Self(root: message) } catch { throw ParseError(whole: .tooLarge) }
    }
    /// The value that a JSON object is.
    public init(json: String, _ decoding: JSONDecoding = .default) throws(ParseError) {
        let message = try Schema.jsonCodec.message(json: Array(json.utf8), as: Schema.structType, decoding)
        do { self = try Self(root: message) } catch { throw ParseError(whole: .tooLarge) }
    }
}
