public import ArgumentParser
public import Primitives
import Settings

/// Which daemon a command talks to, about which network, and for how long it waits.
public struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The daemon's socket or host:port.",
            discussion: "Also HANZOD_ADDR. Without one, the usual places are tried.",
            valueName: "address"))
    public var addr: String?

    @Option(help: ArgumentHelp("A network's name or identifier instead of the node's default.", valueName: "network"))
    public var network: String?

    @Option(help: ArgumentHelp("Give up after this long.", valueName: "duration"))
    public var timeout: Timeout = Timeout(interval: .seconds(10))

    public init() {}

    /// The flags as settings, by key.
    public var flags: [String: String?] { ["hanzod.address": addr, "hanzod.network": network] }
}

/// `10s`, `5m`, `250ms`.
public struct Timeout: ExpressibleByArgument, Hashable, Sendable {
    public var interval: Interval

    init(interval: Interval) { self.interval = interval }

    public init?(argument: String) {
        guard let interval = Interval(parsing: argument), interval > .zero else { return nil }
        self.interval = interval
    }

    public var defaultValueDescription: String { interval.settingText }
}
