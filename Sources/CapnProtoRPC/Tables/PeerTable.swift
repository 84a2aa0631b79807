/// A table whose identifiers the peer chooses.
///
/// Identifiers below `denseLimit` live in an array, because well-behaved peers use small ones; the others live in a
/// dictionary. Neither grows past the number of live elements that the caller's quota allows (plus the dense part).
struct PeerTable<Element> {
    private static var denseLimit: UInt32 { 1024 }

    private var dense: [Element?] = []
    private var sparse: [UInt32: Element] = [:]
    private(set) var count = 0
    let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count >= capacity }

    func contains(_ id: UInt32) -> Bool {
        self[id] != nil
    }

    subscript(id: UInt32) -> Element? {
        id < Self.denseLimit ? (Int(id) < dense.count ? dense[Int(id)] : nil) : sparse[id]
    }

    /// Puts `element` where nothing was.
    /// - Precondition: the identifier is free; what the peer sends has been checked for that.
    mutating func insert(_ element: Element, at id: UInt32) {
        precondition(!contains(id), "an identifier stands for one thing at a time")
        count += 1
        guard id < Self.denseLimit else {
            sparse[id] = element
            return
        }
        while dense.count <= Int(id) { dense.append(nil) }
        dense[Int(id)] = element
    }

    /// - Returns: nil where there is no such element; `body` did not run then.
    mutating func update<Result>(_ id: UInt32, _ body: (inout Element) -> Result) -> Result? {
        if id < Self.denseLimit {
            guard Int(id) < dense.count, dense[Int(id)] != nil else { return nil }
            return body(&dense[Int(id)]!)
        }
        guard let index = sparse.index(forKey: id) else { return nil }
        return body(&sparse.values[index])
    }

    @discardableResult
    mutating func remove(_ id: UInt32) -> Element? {
        guard id < Self.denseLimit else {
            let element = sparse.removeValue(forKey: id)
            if element != nil { count -= 1 }
            return element
        }
        guard Int(id) < dense.count, let element = dense[Int(id)] else { return nil }
        dense[Int(id)] = nil
        count -= 1
        return element
    }

    /// Takes everything out, in order of the identifiers.
    mutating func removeAll() -> [(id: UInt32, element: Element)] {
        var all = dense.indices.compactMap { index in dense[index].map { (id: UInt32(index), element: $0) } }
        for id in sparse.keys.sorted() { all.append((id, sparse[id]!)) }
        dense = []
        sparse = [:]
        count = 0
        return all
    }
}
