import CapnProto
import Glibc
import Peer
import Workloads

/// Reading, building and packing beside the C++ implementation, in turns within one run.
@main enum CapnProtoBenchmark {
    static func main() {
        for index in Workload.all.indices { checkAgreement(index) }
        print(
            "nanoseconds of processor time an item, medians of \(Contest.turns) turns; `ratio` is of processor time, `wall` of time"
        )
        print(pad("", 22) + ["Swift", "C++", "ratio", "wall"].map { padLeft($0, 10) }.joined())
        let chosen = CommandLine.arguments.dropFirst()
        let contests = self.contests.filter { contest in
            chosen.isEmpty || chosen.contains { contest.name.hasPrefix($0) || contest.name.hasSuffix($0) }
        }
        let misses = contests.filter { !$0.run().holds }.count
        if misses > 0 { print("\(misses) gates are missed") }
    }

    /// How much of C++'s time reading may take.
    static let readGates = ["carsales": 0.35, "catrank": 0.6, "eval": 0.6, "order": 0.8]

    static var contests: [Contest] {
        var all: [Contest] = []
        for (index, workload) in Workload.all.enumerated() {
            let frame = workload.message().framed()
            all.append(
                Contest(name: "\(workload.name) read", gate: readGates[workload.name], items: workload.items) {
                    read(workload, frame, $0)
                } peer: {
                    peer_read(Int32(index), frame, frame.count, $0)
                })
            all.append(
                Contest(name: "\(workload.name) build", gate: 1, items: workload.items) {
                    build(workload, $0)
                } peer: {
                    peer_build(Int32(index), $0)
                })
            all += packing(workload, index)
        }
        all.append(received)
        all.append(
            Contest(name: "strings build", gate: nil, items: Workload.strings.items) {
                build(.strings, $0)
            } peer: {
                peer_build(4, $0)
            })
        return all
    }

    static func packing(_ workload: Workload, _ index: Int) -> [Contest] {
        let packed = workload.message().packed()
        let pack = Contest(name: "\(workload.name) pack", gate: 1, items: workload.items) { rounds in
            let message = workload.message()
            var total: UInt64 = 0
            for _ in 0..<rounds { total &+= UInt64(message.packed().count) }
            return total
        } peer: {
            peer_pack(Int32(index), $0)
        }
        let unpack = Contest(name: "\(workload.name) unpack", gate: 1, items: workload.items) { rounds in
            var total: UInt64 = 0
            for _ in 0..<rounds {
                let message = try! Message(packed: packed)
                total &+= message.rootPointer.isNull ? 0 : 1
            }
            return total
        } peer: {
            peer_unpack(packed, packed.count, $0)
        }
        return [pack, unpack]
    }

    /// As it comes from a connection: copied into a message that may outlive the connection's buffer. C++ reads in place.
    static var received: Contest {
        let workload = Workload.all[3]
        let frame = workload.message().framed()
        return Contest(name: "order received", gate: nil, items: 1) { rounds in
            var pool = MessagePool()
            var total: UInt64 = 0
            for _ in 0..<rounds {
                let message = try! pool.message(framed: frame.span.bytes)
                total &+= try! workload.sum(message.rootPointer)
            }
            return total
        } peer: {
            peer_read(3, frame, frame.count, $0)
        }
    }

    /// Each round opens the frame anew, as one that arrives is.
    static func read(_ workload: Workload, _ frame: [UInt8], _ rounds: Int) -> UInt64 {
        var view = FrameView()
        var total: UInt64 = 0
        for _ in 0..<rounds {
            let root = try! view.open(frame.span.bytes)
            total &+= try! workload.sum(root)
        }
        return total
    }

    static func build(_ workload: Workload, _ rounds: Int) -> UInt64 {
        var total: UInt64 = 0
        for _ in 0..<rounds { total &+= UInt64(workload.message().framed().count) }
        return total
    }

    /// Each side's message is read by both, framed and packed, and all sums are one.
    static func checkAgreement(_ index: Int) {
        let workload = Workload.all[index]
        let theirs = peerFrame(index, packed: false)
        let ours = workload.message().framed()
        let sums = [
            read(workload, ours, 1), read(workload, theirs, 1),
            peer_read(Int32(index), ours, ours.count, 1), peer_read(Int32(index), theirs, theirs.count, 1),
            try! read(workload, Packing.unpack(peerFrame(index, packed: true)), 1),
        ]
        guard Set(sums).count == 1 else { fatalError("\(workload.name): the two don't read the same: \(sums)") }
        guard peer_unpack(workload.message().packed(), workload.message().packed().count, 1) == 1 else {
            fatalError("\(workload.name): C++ doesn't unpack ours")
        }
        print(
            "\(workload.name): \(workload.items) items, \(ours.count) bytes framed, \(workload.message().packed().count) packed"
        )
    }

    static func peerFrame(_ index: Int, packed: Bool) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
            count = peer_frame(Int32(index), packed ? 1 : 0, buffer.baseAddress, buffer.count)
        }
    }
}
