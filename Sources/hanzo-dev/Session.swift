import AgentMesh
import Console
import Foundation
import Primitives
import Settings

extension AgentOptions {
    /// Joins, does the work within the time that is given, and leaves.
    func withAgent<Value: Sendable>(_ body: @escaping @Sendable (LightAgent) async throws -> Value) async throws
        -> Value
    {
        let session = try await join(keepsMail: false)
        let limit = connection.timeout.interval
        do {
            let value = try await Deadline.run(limit) { try await body(session.agent) }
            await session.agent.leave()
            return value
        } catch {
            await session.agent.leave()
            throw (error as? AgentError).map(Complaint.init) ?? error
        }
    }

    /// An agent that has joined, and the name that it holds on to where none was given.
    struct Session: Sendable {
        let agent: LightAgent
        let claim: ClaimedName?
    }

    /// - Parameter keepsMail: opens the agent's store, so that what is read is not read again.
    func join(keepsMail: Bool) async throws -> Session {
        let resolution = try resolve()
        let settings = try resolution.orComplain()
        // An agent that stays says it; one that only asks something would say it every time.
        if keepsMail, let line = Inactive.line(resolution.inactive) { Output.printError(line) }
        do {
            guard settings.name == nil else {
                let configuration = try configuration(settings, keepsMail: keepsMail)
                return Session(agent: try await LightAgent.connect(configuration), claim: nil)
            }
            return try await joinUnnamed(settings, keepsMail: keepsMail)
        } catch let error as AgentError { throw Complaint(error) }
    }

    private func joinUnnamed(_ settings: AgentSettings, keepsMail: Bool) async throws -> Session {
        let folder = AgentsFolder.path
        var index = 1
        while true {
            let claimed = try ClaimedName.first(of: settings.role, from: index, in: folder)
            var named = self
            named.agentName = claimed.name.name
            let configuration = try configuration(try named.resolve().orComplain(), keepsMail: keepsMail)
            do throws(AgentError) {
                return Session(agent: try await LightAgent.connect(configuration), claim: claimed.name)
            } catch {
                guard error.code == .nameTaken else { throw error }
                index = claimed.index + 1
            }
        }
    }

    private func configuration(_ settings: AgentSettings, keepsMail: Bool) throws(AgentError) -> AgentConfiguration {
        var configuration = try AgentConfiguration(settings)
        configuration.timeout = connection.timeout.interval
        if !keepsMail { configuration.storePath = nil }
        return configuration
    }
}

/// Where agents without a configured folder live.
enum AgentsFolder {
    static var path: String {
        let home = ProcessInfo.processInfo.environment["HOME"] ?? FileManager.default.homeDirectoryForCurrentUser.path
        return home + "/.hanzo/agents"
    }
}

/// Work that may take only so long.
enum Deadline {
    static func run<Value: Sendable>(
        _ limit: Interval, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(limit.nanoseconds))
                throw Complaint(
                    .timeout, "no answer within \(limit.milliseconds) ms", remedy: "wait longer: --timeout 1m")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw Complaint(.failed, "nothing was done") }
            return value
        }
    }
}

extension Complaint {
    init(_ error: AgentError) {
        let status: ExitStatus =
            switch error.category {
            case .failed: .failed
            case .usage: .usage
            case .unreachable: .unreachable
            case .denied: .denied
            case .timeout: .timeout
            case .notFound: .notFound
            }
        self.init(status, error.message, remedy: error.remedy.isEmpty ? nil : error.remedy)
    }
}
