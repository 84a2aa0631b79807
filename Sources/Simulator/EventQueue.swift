import Primitives

/// Events by time; those of one moment in an order that the seed decides.
struct EventQueue<Event> {
    private struct Entry {
        var at: Instant
        var order: UInt64
        var event: Event

        func precedes(_ other: Entry) -> Bool { at == other.at ? order < other.order : at < other.at }
    }

    private var heap: [Entry] = []
    private var random: PRNG

    init(random: PRNG) { self.random = random }

    var count: Int { heap.count }
    var nextTime: Instant? { heap.first?.at }

    mutating func push(_ event: Event, at instant: Instant) {
        heap.append(Entry(at: instant, order: random.next(), event: event))
        var child = heap.count - 1
        while child > 0, heap[child].precedes(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> (at: Instant, event: Event)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.at, first.event) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].precedes(heap[least])
            {
                least = child
            }
            guard least != parent else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.at, first.event)
    }
}
