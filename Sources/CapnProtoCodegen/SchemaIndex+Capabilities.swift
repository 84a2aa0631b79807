// Which structs can lead to capabilities.

extension SchemaIndex {
    /// Whether a value of the struct may refer to a capability, anywhere in it: an interface or an untyped pointer.
    func holdsCapabilities(_ id: UInt64) -> Bool {
        reaches(id, throughLists: true) { type in
            switch type {
            case .interface, .anyCapability, .anyPointer, .parameter, .branded: true
            default: false
            }
        }
    }

    /// Whether pointer fields of structs lead to a capability of a known place.
    func holdsInterfaces(_ id: UInt64) -> Bool {
        reaches(id, throughLists: false) { type in
            switch type {
            case .interface, .anyCapability: true
            default: false
            }
        }
    }

    private func reaches(_ start: UInt64, throughLists: Bool, _ isTarget: (SchemaType) -> Bool) -> Bool {
        var pending = [start]
        var seen: Set<UInt64> = []
        while let id = pending.popLast() {
            guard seen.insert(id).inserted, case .structure(let structure)? = nodes[id]?.body else { continue }
            for field in structure.fields {
                switch field.body {
                case .group(let group): pending.append(group)
                case .slot(_, var type, _):
                    while throughLists, case .list(let element) = type { type = element }
                    if isTarget(type) { return true }
                    if case .structure(let inner) = type { pending.append(inner) }
                }
            }
        }
        return false
    }
}
