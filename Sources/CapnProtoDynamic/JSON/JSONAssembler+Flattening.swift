import CapnProto

// Structs into which others are flattened, and unions whose member is named by a discriminator.

extension JSONAssembler {
    /// Takes what belongs to the struct from the keys of the object, each of which begins with `prefix`.
    mutating func fill(
        _ builder: borrowing DynamicStruct.Builder, _ plan: JSONPlan, prefix: String, _ keys: inout [String: Int],
        at index: Int
    ) throws(ParseError) {
        guard plan.isSound else { throw assembly.failure(.badAnnotation, at: index) }
        for field in builder.definition.plainFields {
            try take(field, of: builder, plan, prefix: prefix, key: plan.fields[field].name, &keys, at: index)
        }
        guard !builder.definition.unionMembers.isEmpty else { return }
        if let discriminator = plan.discriminator, let tag = keys.removeValue(forKey: prefix + discriminator.name) {
            try expect(.string, tag)
            guard let member = plan.members[try string(tag)] else { throw assembly.failure(.noSuchMember, at: tag) }
            builder.reset(builder.definition.fields[member])
            let key = discriminator.value?.name ?? plan.fields[member].name
            return try take(member, of: builder, plan, prefix: prefix, key: key, &keys, at: index)
        }
        if let member = mentionedMember(of: builder.definition, plan, prefix: prefix, keys) {
            try take(member, of: builder, plan, prefix: prefix, key: plan.fields[member].name, &keys, at: index)
        }
    }

    /// Of the members that keys speak of, the one that does so last.
    private func mentionedMember(
        of definition: StructDefinition, _ plan: JSONPlan, prefix: String, _ keys: [String: Int]
    ) -> Int? {
        var result: (member: Int, place: Int)?
        for member in definition.unionMembers {
            let place =
                plan.fields[member].flattening == nil
                ? keys[prefix + plan.fields[member].name]
                : mention(of: member, in: definition, plan, prefix: prefix, keys)
            guard let place, place > result?.place ?? -1 else { continue }
            result = (member, place)
        }
        return result?.member
    }

    private mutating func take(
        _ index: Int, of builder: borrowing DynamicStruct.Builder, _ plan: JSONPlan, prefix: String, key: String,
        _ keys: inout [String: Int], at object: Int
    ) throws(ParseError) {
        let field = builder.definition.fields[index]
        guard let flattening = plan.fields[index].flattening else {
            guard let value = keys.removeValue(forKey: prefix + key) else { return }
            return try set(field, plan.fields[index].form, of: builder, from: value)
        }
        let prefix = prefix + flattening.prefix
        switch (field.kind, builder.type.type(of: field)) {
        case (.group(let id), _):
            builder.reset(field)
            try fill(builder.group(field), codec.plan(id), prefix: prefix, &keys, at: object)
        case (.slot(let offset, _, _), .structure(let id, let brand)):
            let plan = codec.plan(id)
            let definition = codec.schemas.definition(id)
            let isMentioned = mention(of: definition, plan, prefix: prefix, keys) != nil
            guard isMentioned else { return }
            builder.select(field)
            try assembly.charge(definition.size.wordCount, at: object)
            let raw = builder.raw.pointer(offset).initRawStructure(definition.size)
            let inner = DynamicStruct.Builder(raw, codec.schemas, definition, brand)
            try fill(inner, plan, prefix: prefix, &keys, at: object)
        default: throw assembly.failure(.badAnnotation, at: object)
        }
    }

    /// The place of the last key that belongs to a struct that is flattened.
    private func mention(
        of definition: StructDefinition, _ plan: JSONPlan, prefix: String, _ keys: [String: Int]
    ) -> Int? {
        var last = plan.discriminator.flatMap { keys[prefix + $0.name] }
        if let value = plan.discriminator?.value { last = max(last ?? -1, keys[prefix + value.name] ?? -1) }
        if last == -1 { last = nil }
        for index in definition.fields.indices {
            let place =
                plan.fields[index].flattening == nil
                ? keys[prefix + plan.fields[index].name]
                : mention(of: index, in: definition, plan, prefix: prefix, keys)
            if let place { last = max(last ?? -1, place) }
        }
        return last
    }

    private func mention(
        of index: Int, in definition: StructDefinition, _ plan: JSONPlan, prefix: String, _ keys: [String: Int]
    ) -> Int? {
        guard let flattening = plan.fields[index].flattening else { return nil }
        let type = StructType(schemas: codec.schemas, definition: definition, brand: .none)
            .type(of: definition.fields[index])
        guard case .structure(let id, _) = type, plan.isSound else { return nil }
        return mention(of: codec.schemas.definition(id), codec.plan(id), prefix: prefix + flattening.prefix, keys)
    }
}
