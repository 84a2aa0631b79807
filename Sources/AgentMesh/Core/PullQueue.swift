import Primitives

/// Elements that wait for readers, or readers for elements. Lives on one loop.
///
/// An element is handed to a reader that still waits, never to one that has given up. The producer is told when its element
/// has found room, which is how back-pressure reaches the node; so many again as there is room for may wait for that.
final class PullQueue<Element: Sendable> {
    private var elements: BoundedQueue<Element>
    private var withheld: BoundedQueue<(element: Element, whenTaken: () -> Void)>
    private var readers: [Answer<Element?>] = []
    private var end: Result<Void, AgentError>?

    init(capacity: Int) {
        elements = BoundedQueue(capacity: max(capacity, 1))
        withheld = BoundedQueue(capacity: max(capacity, 1))
    }

    var count: Int { elements.count + withheld.count }

    /// - Parameter whenTaken: runs when the element has found room; at once where there is some.
    /// - Returns: false where nothing more is taken.
    func push(_ element: Element, whenTaken: @escaping () -> Void) -> Bool {
        guard end == nil else { return false }
        while !readers.isEmpty {
            if readers.removeFirst().succeed(element) {
                whenTaken()
                return true
            }
        }
        guard elements.push(element) else { return withheld.push((element, whenTaken)) }
        whenTaken()
        return true
    }

    func next(_ reader: Answer<Element?>) {
        if let element = elements.first {
            guard reader.succeed(element) else { return }
            _ = elements.pop()
            guard let moved = withheld.pop() else { return }
            _ = elements.push(moved.element)
            moved.whenTaken()
        } else if let end {
            reader(end.map { nil })
        } else {
            if readers.count >= 16 { readers.removeAll { $0.isGiven } }
            readers.append(reader)
        }
    }

    /// Nothing more comes; what waits can still be read.
    func finish(_ result: Result<Void, AgentError>) {
        guard end == nil else { return }
        end = result
        while withheld.pop() != nil {}
        let waiting = readers
        readers.removeAll()
        for reader in waiting { reader(result.map { nil }) }
    }
}
