import Primitives

/// Machines, lines between them and one true time, in one thread. It delivers, wakes, cuts power and gives it back; what
/// the machines do is theirs.
struct World<Machine: Participant> {
    private enum Event {
        case deliver(from: Int, to: Int, Machine.Message)
        case wake(Int)
        case boot(Int)
        case appointment(Int)
    }

    /// What a step was about.
    enum Step {
        case machine(Int)
        /// A moment that the owner asked for.
        case appointment(Int)
    }

    /// Runs at its own rate from its own beginning.
    struct Clock {
        var offset: UInt64
        var drift: Int64

        func local(_ time: Instant) -> Instant {
            let gain = Int64(time.nanoseconds) * drift / 1_000_000
            return Instant(nanoseconds: UInt64(Int64(time.nanoseconds + offset) + gain))
        }

        /// The first true moment at which the clock shows the local one.
        func truth(of moment: Instant) -> Instant {
            guard moment > local(Instant(nanoseconds: 0)) else { return Instant(nanoseconds: 0) }
            var time = Instant(nanoseconds: moment.nanoseconds - offset)
            while local(time) < moment { time = time + (moment - local(time)) + Interval(nanoseconds: 1) }
            return time
        }
    }

    private(set) var now = Instant(nanoseconds: 0)
    var machines: [Machine]
    let identities: [Int]
    private let clocks: [Clock]
    var network: Network
    private var queue: EventQueue<Event>
    private var wakes: [Instant?]
    private var pausedUntil: [Instant]
    /// Machines that stay off until somebody boots them.
    private var wasUp: [Bool]
    private(set) var restartCount = 0
    /// For how long a machine stays off that has lost power by itself.
    var downtime: [Interval?]

    init(machines: [Machine], identities: [Int], clocks: [Clock], network: Network, random: PRNG) {
        self.machines = machines
        self.identities = identities
        self.clocks = clocks
        self.network = network
        queue = EventQueue(random: random)
        wakes = Array(repeating: nil, count: machines.count)
        pausedUntil = Array(repeating: Instant(nanoseconds: 0), count: machines.count)
        wasUp = Array(repeating: false, count: machines.count)
        downtime = Array(repeating: nil, count: machines.count)
    }

    func localTime(of machine: Int) -> Instant { clocks[machine].local(now) }

    mutating func appoint(_ number: Int, at instant: Instant) { queue.push(.appointment(number), at: instant) }

    mutating func boot(_ machine: Int, after delay: Interval) { queue.push(.boot(machine), at: now + delay) }

    mutating func pause(_ machine: Int, for span: Interval) { pausedUntil[machine] = now + span }
    mutating func resumeAll() { for index in pausedUntil.indices { pausedUntil[index] = now } }

    /// The next thing happens.
    /// - Returns: nil when nothing is left, or nothing before `limit`.
    mutating func step(until limit: Instant) -> Step? {
        guard let next = queue.nextTime, next <= limit, let (time, event) = queue.pop() else { return nil }
        now = time
        switch event {
        case .appointment(let number): return .appointment(number)
        case .boot(let machine):
            guard !machines[machine].isUp else { return .machine(machine) }
            restartCount += 1
            machines[machine].boot(at: localTime(of: machine))
            settle(machine)
            return .machine(machine)
        case .deliver(_, let machine, _), .wake(let machine):
            guard pausedUntil[machine] <= now else {
                queue.push(event, at: pausedUntil[machine])
                return .machine(machine)
            }
            if case .deliver(let sender, _, let message) = event {
                machines[machine].receive(message, from: sender, at: localTime(of: machine))
            } else if wakes[machine] == now {
                wakes[machine] = nil
                machines[machine].wake(at: localTime(of: machine))
            }
            settle(machine)
            return .machine(machine)
        }
    }

    /// Carries away what a machine has said, and sees whether it still runs.
    mutating func settle(_ machine: Int) {
        for item in machines[machine].takeOutbox() {
            for target in identities.indices where identities[target] == item.recipient && target != machine {
                for delay in network.delays(from: machine, to: target) {
                    queue.push(
                        .deliver(from: identities[machine], to: target, item.message),
                        at: now + Interval(nanoseconds: Int64(delay)))
                }
            }
        }
        if wasUp[machine], !machines[machine].isUp, let downtime = downtime[machine] { boot(machine, after: downtime) }
        wasUp[machine] = machines[machine].isUp
        guard let wish = machines[machine].wakeTime else { return }
        let time = max(clocks[machine].truth(of: wish), now)
        if let planned = wakes[machine], planned <= time, planned >= now { return }
        wakes[machine] = time
        queue.push(.wake(machine), at: time)
    }
}
