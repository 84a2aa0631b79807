/// Finds which structs contain themselves: the strongly connected components of "has inside", after Tarjan.
struct ContainmentCycles {
    /// A number per struct that is part of a cycle; structs that reach one another share it.
    private(set) var components: [UInt64: Int] = [:]
    private var edges: [UInt64: [UInt64]] = [:]
    private var order: [UInt64: Int] = [:]
    private var lowest: [UInt64: Int] = [:]
    private var stack: [UInt64] = []
    private var onStack: Set<UInt64> = []
    private var componentCount = 0

    init(nodes: [SchemaNode], contained: (SchemaNode) -> [UInt64]) {
        for node in nodes { edges[node.id] = contained(node) }
        for node in nodes where order[node.id] == nil { visit(node.id) }
    }

    private mutating func visit(_ id: UInt64) {
        order[id] = order.count
        lowest[id] = order[id]
        stack.append(id)
        onStack.insert(id)
        for next in edges[id] ?? [] {
            if order[next] == nil {
                visit(next)
                lowest[id] = min(lowest[id] ?? 0, lowest[next] ?? 0)
            } else if onStack.contains(next) {
                lowest[id] = min(lowest[id] ?? 0, order[next] ?? 0)
            }
        }
        if lowest[id] == order[id] { closeComponent(at: id) }
    }

    private mutating func closeComponent(at id: UInt64) {
        var members = [UInt64]()
        while let last = stack.popLast() {
            onStack.remove(last)
            members.append(last)
            if last == id { break }
        }
        componentCount += 1
        let isCycle = members.count > 1 || (edges[id] ?? []).contains(id)
        if isCycle { for member in members { components[member] = componentCount } }
    }
}
