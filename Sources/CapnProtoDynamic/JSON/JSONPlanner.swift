import CapnProto

/// Makes the plans of all structs of some schemas.
struct JSONPlanner {
    private let schemas: Schemas
    /// Of groups: what the field says whose group it is.
    private var discriminators: [UInt64: (name: String?, valueName: String?)] = [:]
    private var flattenedGroups: [UInt64: String] = [:]
    private(set) var plans: [UInt64: JSONPlan] = [:]

    init(_ schemas: Schemas) {
        self.schemas = schemas
        for definition in schemas.structures.values {
            for field in definition.fields {
                guard case .group(let id) = field.kind else { continue }
                let annotations = JSONAnnotations(field.annotations)
                discriminators[id] = annotations.discriminator
                if annotations.flattenPrefix != nil { flattenedGroups[id] = field.name }
            }
        }
        for definition in schemas.structures.values { plans[definition.id] = plan(definition) }
        checkFlattening()
    }

    private func plan(_ definition: StructDefinition) -> JSONPlan {
        var plan = JSONPlan(fields: [])
        for field in definition.fields { plan.fields.append(self.field(field, of: definition, &plan)) }
        plan.discriminator = discriminator(definition, &plan)
        for index in definition.unionMembers { plan.members[plan.fields[index].name] = index }
        for (index, field) in plan.fields.enumerated() where field.flattening == nil {
            plan.indices[field.name] = index
        }
        plan.isInterwoven = plan.discriminator != nil || plan.fields.contains { $0.flattening != nil }
        return plan
    }

    private func field(
        _ field: FieldDefinition, of definition: StructDefinition, _ plan: inout JSONPlan
    ) -> JSONPlan.Field {
        let annotations = JSONAnnotations(field.annotations)
        let name = annotations.name ?? field.name
        var result = JSONPlan.Field(name: name, key: JSONWriter.escaped(name), form: annotations.form)
        if let prefix = annotations.flattenPrefix {
            result.flattening = JSONPlan.Flattening(prefix: prefix, key: JSONWriter.escaped(prefix))
        }
        let type = StructType(schemas: schemas, definition: definition, brand: .none).type(of: field)
        if annotations.form != .plain, type != .data { plan.isSound = false }
        if type.isQuoted { result.form = .quoted }
        if annotations.flattenPrefix != nil {
            guard case .structure = type else {
                plan.isSound = false
                return result
            }
        }
        plan.isSound = plan.isSound && annotations.isSound
        return result
    }

    /// A discriminator without a name has that of the union, but only where the union is flattened into its struct.
    private func discriminator(
        _ definition: StructDefinition, _ plan: inout JSONPlan
    ) -> JSONPlan.Discriminator? {
        let own = JSONAnnotations(definition.header.annotations)
        plan.isSound = plan.isSound && own.isSound
        guard let options = discriminators[definition.id] ?? own.discriminator else { return nil }
        guard !definition.unionMembers.isEmpty, let name = options.name ?? flattenedGroups[definition.id] else {
            return nil
        }
        return JSONPlan.Discriminator(
            name: name, key: JSONWriter.escaped(name), value: options.valueName.map { ($0, JSONWriter.escaped($0)) })
    }

    // MARK: Flattening

    /// The most keys that a struct may have, with all that is flattened into it.
    private static let maxKeys = 1 << 12

    /// A struct that is flattened into itself, or by many ways into another, would have keys without end.
    private mutating func checkFlattening() {
        var counts = [UInt64: Int]()
        for id in plans.keys.sorted() {
            if count(id, &counts, depth: 0) > Self.maxKeys { plans[id]?.isSound = false }
        }
    }

    private func count(_ id: UInt64, _ counts: inout [UInt64: Int], depth: Int) -> Int {
        if let count = counts[id] { return count }
        guard depth < 8, let plan = plans[id], let definition = schemas.structures[id] else {
            return Self.maxKeys + 1
        }
        var total = plan.fields.count + 1
        for (index, field) in plan.fields.enumerated() where field.flattening != nil {
            let type = StructType(schemas: schemas, definition: definition, brand: .none)
                .type(of: definition.fields[index])
            guard case .structure(let inner, _) = type, total <= Self.maxKeys else { continue }
            total += count(inner, &counts, depth: depth + 1)
        }
        if depth == 0 || total <= Self.maxKeys { counts[id] = total }
        return total
    }
}

extension SchemaType {
    /// Whether JSON has it as a string of digits.
    var isQuoted: Bool { self == .int64 || self == .uint64 }
}
