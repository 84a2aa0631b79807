// Which structs can lead to capabilities.

extension SchemaIndex {
    /// Whether a value of the struct may refer to a capability, anywhere in it: an interface or an untyped pointer.
    func holdsCapabilities(_ id: UInt64) -> Bool {
        reaches(id, throughLists: true) { type, _ in
            switch type {
            case .interface, .anyCapability, .anyPointer, .anyStruct, .anyList, .parameter, .implicitParameter: true
            default: false
            }
        }
    }

    /// Whether pointer fields of structs lead to a capability of a known place, or may do so as a parameter of a generic
    /// struct, where the file has interfaces and so imports what they need.
    func hasPipeline(_ id: UInt64) -> Bool {
        reaches(id, throughLists: false) { [filesWithInterfaces] type, file in
            switch type {
            case .interface, .anyCapability: true
            case .parameter: filesWithInterfaces.contains(file)
            default: false
            }
        }
    }

    private func reaches(_ start: UInt64, throughLists: Bool, _ isTarget: (SchemaType, UInt64) -> Bool) -> Bool {
        var pending = [start]
        var seen: Set<UInt64> = []
        while let id = pending.popLast() {
            guard seen.insert(id).inserted, case .structure(let structure)? = nodes[id]?.body else { continue }
            let file = places[id]?.file ?? 0
            for field in structure.fields {
                switch field.body {
                case .group(let group): pending.append(group)
                case .slot(_, var type, _):
                    while throughLists, case .list(let element) = type { type = element }
                    if isTarget(type, file) { return true }
                    if case .structure(let inner) = type { pending.append(inner.id) }
                }
            }
        }
        return false
    }
}
