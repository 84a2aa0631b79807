import AgentMesh
import Console
import Foundation
import Primitives

/// Prints what happens to an agent, one report each.
struct EventPrinter: Sendable {
    private let style: OutputStyle
    private let network: String

    init(_ output: OutputOptions, network: String) {
        style = output.style
        self.network = network
    }

    private func show(_ happening: EventReport.Happening) {
        let milliseconds = Int64(Date().timeIntervalSince1970 * 1_000)
        Output.print(style.render(EventReport(at: WallTime(milliseconds: milliseconds), network: network, happening)))
    }

    func joined(_ agent: LightAgent) {
        show(
            .joined(agent: agent.id, homeEpoch: agent.homeEpoch ?? HomeEpoch(0), height: agent.joinedHeight ?? .genesis)
        )
    }

    func left() { show(.left) }

    func message(_ message: Message) {
        show(
            .message(
                EventReport.Message(
                    id: message.id, from: message.from, senderName: message.senderName, type: message.kind,
                    text: message.text, isRedelivered: message.isRedelivered, signatures: message.verifiedNames)))
    }

    func print(_ event: AgentEvent) {
        switch event {
        case .joined(_, _, let epoch, let height, _, let id): show(.joined(agent: id, homeEpoch: epoch, height: height))
        case .disconnected(let reason, _): show(.disconnected(reason: reason))
        case .receipt(let receipt): show(.receipt(id: receipt.id, tier: receipt.tier.word, reason: receipt.reason))
        case .fenced(let epoch): show(.fenced(homeEpoch: epoch))
        case .refusedMessage(let reason): Output.printError("refused a message: \(reason)")
        case .ended: return
        }
    }

    func print(_ update: StateUpdate) {
        switch update {
        case .block(let block):
            for change in block.changes {
                show(.state(topic: change.topic, key: change.key, height: block.height, isFinal: block.isFinal))
            }
        case .missed(let count): show(.missed(count: count))
        case .interrupted: return
        }
    }
}
