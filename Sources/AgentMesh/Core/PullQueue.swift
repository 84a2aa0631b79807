import DequeModule

/// Elements that wait for readers, or readers for elements. Lives on one loop.
///
/// An element is handed to a reader that still waits, never to one that has given up. The producer is told when its element
/// has found room, which is how back-pressure reaches the node.
final class PullQueue<Element: Sendable> {
    private var elements: Deque<Element> = []
    private var withheld: Deque<(element: Element, whenTaken: () -> Void)> = []
    private var readers: Deque<Answer<Element?>> = []
    private var end: Result<Void, AgentError>?
    private let capacity: Int
    private let maxWithheldCount: Int

    init(capacity: Int) {
        self.capacity = capacity
        maxWithheldCount = capacity
    }

    var count: Int { elements.count + withheld.count }

    /// - Parameter whenTaken: runs when the element has found room; at once where there is some.
    /// - Returns: false where nothing more is taken.
    func push(_ element: Element, whenTaken: @escaping () -> Void) -> Bool {
        guard end == nil else { return false }
        while let reader = readers.popFirst() {
            if reader.succeed(element) {
                whenTaken()
                return true
            }
        }
        if elements.count < capacity {
            elements.append(element)
            whenTaken()
        } else if withheld.count < maxWithheldCount {
            withheld.append((element, whenTaken))
        } else {
            return false
        }
        return true
    }

    func next(_ reader: Answer<Element?>) {
        if let element = elements.first {
            guard reader.succeed(element) else { return }
            elements.removeFirst()
            if let moved = withheld.popFirst() {
                elements.append(moved.element)
                moved.whenTaken()
            }
        } else if let end {
            reader(end.map { nil })
        } else {
            readers.append(reader)
        }
    }

    /// Nothing more comes; what waits can still be read.
    func finish(_ result: Result<Void, AgentError>) {
        guard end == nil else { return }
        end = result
        withheld.removeAll()
        for reader in readers { reader(result.map { nil }) }
        readers.removeAll()
    }
}
