import Logging
import NodeCore
import Primitives

/// Turns the core's events into log lines: constant messages, values as metadata.
struct EventLog: Sendable {
    let logger: Logger

    func write(_ event: Event) {
        var metadata: Logger.Metadata = [:]
        if let network = event.network { metadata["network"] = "\(network.digest.hex.prefix(12))" }
        for item in event.metadata { metadata[item.name] = "\(item.value)" }
        logger.log(level: event.level.level, "\(event.message)", metadata: metadata)
    }
}

extension Event.Level {
    fileprivate var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}
