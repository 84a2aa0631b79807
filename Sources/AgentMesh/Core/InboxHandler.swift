import CapnProto
import CapnProtoRPC
import MeshSchema
import Primitives
import ZAP

/// What the node calls to hand over mail, receipts and the news that the agent is fenced. One for each joining.
final class InboxHandler: Inbox.Handler {
    private weak var core: AgentCore?
    private let generation: UInt64
    /// The newest run in which a delivery has failed: what follows in it comes again, behind the failed one.
    private var brokenRun: UInt32 = 0

    init(_ core: AgentCore, generation: UInt64) {
        self.core = core
        self.generation = generation
    }

    private func current() throws(RPCException) -> AgentCore {
        guard let core, core.generation == generation else { throw .disconnected("this inbox is of an older session") }
        return core
    }

    func deliver(_ call: ServerCall<Inbox.Deliver.Params, Inbox.Deliver.Results>) throws {
        let core = try current()
        let run = call.params.run
        guard run == 0 || run != brokenRun else {
            throw RPCException.failed("outOfTurn: a delivery before it has failed; begin a new run with that one")
        }
        do {
            if case .joining = core.phase { return try core.postpone { [self] in call.answer { try deliver(call) } } }
            let params = try Inbox.Deliver.Params.Value(call.params)
            try core.receive(params) { call.reply() }
        } catch {
            brokenRun = run
            throw error
        }
    }

    func receipts(_ call: ServerCall<Inbox.Receipts.Params, Inbox.Receipts.Results>) throws {
        let core = try current()
        for value in try Inbox.Receipts.Params.Value(call.params).receipts {
            if let receipt = MailReceipt(value) { core.take(receipt) }
        }
        call.reply()
    }

    func fenced(_ call: ServerCall<Inbox.Fenced.Params, Inbox.Fenced.Results>) throws {
        let core = try current()
        call.reply()
        core.fenced(by: HomeEpoch(call.params.homeEpoch), generation)
    }
}
