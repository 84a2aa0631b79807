import CapnProto
import CapnProtoDynamic

/// A request of a compiler as nodes, and at the same time as a message of each struct that loads.
func fuzzSchema(_ input: UnsafeRawBufferPointer) {
    guard let message = fuzzedMessage(input) else { return }
    var loader = SchemaLoader(limits: SchemaLimits(nodes: 500, members: 5000))
    let schemas: Schemas
    do {
        try loader.add(message)
        schemas = try Schemas(loader)
    } catch {
        return
    }
    let codec = JSONCodec(schemas)
    for id in schemas.ids.prefix(50) {
        guard let type = schemas.structure(id) else { continue }
        precondition(Compatibility(of: .structure(type.definition), with: .structure(type.definition)) == .equivalent)
        message.renewTraversalAllowance()
        read(message, as: type, codec)
    }
}

private func read(_ message: Message, as type: StructType, _ codec: JSONCodec) {
    do {
        let text = try type.textString(of: message, TextFormat(isPretty: false, maxBytes: 1 << 14))
        checkText(text, type)
        message.renewTraversalAllowance()
        _ = try codec.encode(message, as: type, JSONFormat(isPretty: true, maxBytes: 1 << 14))
    } catch {
        return
    }
}

/// What was printed reads as the same, unless there is something in it that has no form in text.
private func checkText(_ text: String, _ type: StructType) {
    if text.contains("<opaque pointer>") || text.contains("<external capability>") { return }
    let message: Message
    do { message = try type.message(text: text) } catch {
        precondition(
            [.nestingLimit, .tooLarge, .notUTF8].contains(error.reason), "what was printed can't be read: \(error)")
        return
    }
    do {
        let again = try type.textString(of: message, .short)
        precondition(again == text, "what was printed reads as something else")
    } catch {
        preconditionFailure("what was read can't be printed: \(error)")
    }
}

/// A literal of the schema language.
func fuzzText(_ input: UnsafeRawBufferPointer) {
    let type = FuzzSchema.type
    let limits = ParseLimits(bytes: 1 << 16, words: 1 << 14, nesting: 40)
    var decoder = TextDecoder([UInt8](input), limits: limits)
    do {
        while let message = try decoder.next(as: type) {
            let text = try type.textString(of: message, .short)
            checkText(text, type)
            let pretty = try type.message(text: type.textString(of: message))
            let again = try type.textString(of: pretty, .short)
            precondition(again == text, "the forms say different things")
        }
    } catch is ParseError {
        return
    } catch {
        preconditionFailure("what was read can't be printed: \(error)")
    }
}

/// A JSON document.
func fuzzJSON(_ input: UnsafeRawBufferPointer) {
    let codec = FuzzSchema.codec
    let limits = ParseLimits(bytes: 1 << 16, words: 1 << 14, nesting: 40)
    var decoder = JSONDecoder([UInt8](input), codec, JSONDecoding(limits: limits))
    do {
        while let message = try decoder.next(as: FuzzSchema.type) { try checkJSON(message) }
    } catch is ParseError {
        return
    } catch {
        preconditionFailure("what was read can't be written: \(error)")
    }
}

private func checkJSON(_ message: Message) throws {
    let (type, codec) = (FuzzSchema.type, FuzzSchema.codec)
    let json = try codec.encode(message, as: type)
    for document in [json, try codec.encode(message, as: type, .pretty)] {
        let decoding = JSONDecoding(limits: ParseLimits(nesting: 128), refusesUnknownFields: true)
        let read = try codec.message(json: document, as: type, decoding)
        let again = try codec.encode(read, as: type)
        precondition(again == json, "what was written reads as something else")
    }
}
