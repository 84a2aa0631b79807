/// A first-in first-out queue that refuses what exceeds its bound: the caller decides what refusal means.
public struct BoundedQueue<Element> {
    private var storage: [Element?]
    private var head = 0
    public private(set) var count = 0
    public let capacity: Int

    /// - Precondition: `capacity` is positive.
    public init(capacity: Int) {
        precondition(capacity > 0, "a queue holds at least one element")
        self.capacity = capacity
        storage = Array(repeating: nil, count: min(capacity, 16))
    }

    public var isEmpty: Bool { count == 0 }
    public var isFull: Bool { count == capacity }

    /// - Returns: false, and nothing changed, where the queue is full.
    public mutating func push(_ element: Element) -> Bool {
        guard count < capacity else { return false }
        if count == storage.count { grow() }
        storage[(head + count) % storage.count] = element
        count += 1
        return true
    }

    public mutating func pop() -> Element? {
        guard count > 0 else { return nil }
        let element = storage[head]
        storage[head] = nil
        head = (head + 1) % storage.count
        count -= 1
        return element
    }

    public var first: Element? { count > 0 ? storage[head] : nil }

    private mutating func grow() {
        var larger = [Element?](repeating: nil, count: min(capacity, storage.count * 2))
        for index in 0..<count { larger[index] = storage[(head + index) % storage.count] }
        storage = larger
        head = 0
    }
}

extension BoundedQueue: Sendable where Element: Sendable {}
