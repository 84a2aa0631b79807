import Foundation

/// Processor time, as the system counts it.
enum CPUTime {
    /// What this process and another one have used, in user and system mode.
    static func microseconds(of process: Int32) -> Double {
        own() + other(process)
    }

    private static func own() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) * 1e6 + Double($1.tv_usec) }
    }

    /// Fields 14 and 15 of /proc/PID/stat, in ticks; the name in field 2 may hold spaces, but ends in a parenthesis.
    private static func other(_ process: Int32) -> Double {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return 0 }
        let fields = stat[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))) * 1e6
    }
}
