/// A table of our own making: identifiers are small, dense and reused lowest first, so that the peer's tables stay
/// small too.
struct Slab<Element> {
    private var slots: [Element?] = []
    /// Freed identifiers, as a min-heap.
    private var free: [UInt32] = []
    private(set) var count = 0
    let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count >= capacity }

    /// - Returns: nil, and nothing changed, where the table is full.
    mutating func insert(_ element: Element) -> UInt32? {
        guard !isFull else { return nil }
        count += 1
        if let id = popFree() {
            slots[Int(id)] = element
            return id
        }
        slots.append(element)
        return UInt32(slots.count - 1)
    }

    subscript(id: UInt32) -> Element? {
        Int(id) < slots.count ? slots[Int(id)] : nil
    }

    func contains(_ id: UInt32) -> Bool {
        Int(id) < slots.count && slots[Int(id)] != nil
    }

    /// - Returns: nil where there is no such element; `body` did not run then.
    mutating func update<Result>(_ id: UInt32, _ body: (inout Element) -> Result) -> Result? {
        guard contains(id) else { return nil }
        return body(&slots[Int(id)]!)
    }

    /// Looks at an element in its place. A copy of it costs a reference to each thing in it.
    @inline(__always)
    func read<Result>(_ id: UInt32, _ body: (borrowing Element) -> Result) -> Result? {
        guard Int(id) < slots.count, slots[Int(id)] != nil else { return nil }
        return body(slots[Int(id)]!)
    }

    @discardableResult
    mutating func remove(_ id: UInt32) -> Element? {
        guard contains(id) else { return nil }
        let element = slots[Int(id)].take()
        count -= 1
        pushFree(id)
        return element
    }

    /// Takes everything out, in order of the identifiers.
    mutating func removeAll() -> [(id: UInt32, element: Element)] {
        let all = slots.indices.compactMap { index in slots[index].map { (UInt32(index), $0) } }
        slots = []
        free = []
        count = 0
        return all
    }

    private mutating func pushFree(_ id: UInt32) {
        free.append(id)
        var child = free.count - 1
        while child > 0, free[child] < free[(child - 1) / 2] {
            free.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func popFree() -> UInt32? {
        guard let lowest = free.first else { return nil }
        let last = free.removeLast()
        guard !free.isEmpty else { return lowest }
        free[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < free.count else { break }
            let child = left + 1 < free.count && free[left + 1] < free[left] ? left + 1 : left
            guard free[child] < free[parent] else { break }
            free.swapAt(child, parent)
            parent = child
        }
        return lowest
    }
}
