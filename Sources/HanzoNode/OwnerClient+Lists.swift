import CapnProtoRPC
public import ZAP

// Whole lists, page by page: a page is empty only behind the last element.
extension OwnerClient {
    /// Every agent that a network knows, by name.
    public func agents(of network: [UInt8]) async throws -> [AgentRecord.Value] {
        try await pages { last in
            let params = NodeAdmin.Agents.Params.Value(network: network, afterName: last?.name ?? "")
            return try await admin.agents(params).value().agents
        }
    }

    /// Every task, by id.
    public func tasks(of network: [UInt8]) async throws -> [TaskRecord.Value] {
        try await pages { last in
            let params = NodeAdmin.Tasks.Params.Value(network: network, after: last?.taskId ?? "")
            return try await admin.tasks(params).value().tasks
        }
    }

    /// What waits in mailboxes, oldest first.
    ///
    /// - Parameters:
    ///   - agent: whose mailbox; empty: all.
    ///   - limit: the most that is wanted.
    public func mail(
        of network: [UInt8], deadOnly: Bool, agent: [UInt8], limit: Int = .max
    ) async throws -> [MailItem.Value] {
        try await pages(limit: limit) { last in
            let params = NodeAdmin.Mail.Params.Value(
                network: network, deadOnly: deadOnly, agent: agent, afterTime: last?.acceptedAt ?? 0,
                afterDigest: last?.digest ?? [])
            return try await admin.mail(params).value().mail
        }
    }

    private func pages<Element>(
        limit: Int = .max, _ page: (_ after: Element?) async throws -> [Element]
    ) async throws -> [Element] {
        var elements: [Element] = []
        while elements.count < limit {
            let found = try await page(elements.last)
            guard !found.isEmpty else { break }
            elements += found
        }
        return Array(elements.prefix(limit))
    }
}
