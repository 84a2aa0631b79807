import CapnProto
import Workloads

// Scripts/instructions runs this under callgrind, which writes a profile at each call of `countMark`: every second profile is
// that of a count, in the order of the lines that this prints.

@main enum Counts {
    /// Few, as every instruction is simulated.
    static let rounds = 20

    static func main() {
        // First without a mark, for what is made once, such as texts and tables.
        for isMarked in [false, true] {
            for workload in Workload.all { count(workload, isMarked) }
        }
    }

    static func count(_ workload: Workload, _ isMarked: Bool) {
        let message = workload.message()
        let frame = message.framed()
        let packed = message.packed()
        var view = FrameView()
        var pool = MessagePool()
        count(workload, "read", isMarked) {
            let root = try! view.open(frame.span.bytes)
            return try! workload.sum(root)
        }
        count(workload, "receive", isMarked) {
            let message = try! pool.message(framed: frame.span.bytes)
            return try! workload.sum(message.rootPointer)
        }
        count(workload, "build", isMarked) { UInt64(workload.message().framed().count) }
        count(workload, "pack", isMarked) { UInt64(message.packed().count) }
        count(workload, "unpack", isMarked) {
            let message = try! Message(packed: packed)
            return message.rootPointer.isNull ? 0 : 1
        }
    }

    /// Prints what was counted, how many items it handled, and a number that depends on the work.
    @inline(__always)
    static func count(_ workload: Workload, _ work: String, _ isMarked: Bool, _ body: () -> UInt64) {
        var total = body()
        if isMarked { countMark() }
        for _ in 0..<rounds { total &+= body() }
        if isMarked {
            countMark()
            print("\(workload.name) \(work) \(rounds * workload.items) \(total)")
        }
    }
}

@inline(never) @_optimize(none)
func countMark() {}
