import ArgumentParser
import CapnProtoRPC
import Console
import HanzoNode
import Primitives
import ZAP

struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask the node to drain and end, and wait until it has.")
    @OptionGroup var owner: OwnerOptions

    func run() async throws {
        let settings = try owner.settings.resolve().orComplain()
        try await owner.ask { client in
            do {
                _ = try await client.admin.stop()
            } catch let error as RPCException {
                // A node that ended before its answer was out has done what was asked.
                if error.kind != .disconnected { throw error }
            }
        }
        try await within(owner.connection.timeout.interval) {
            while StoppedNode.isRunning(settings) { try await Task.sleep(for: .milliseconds(20)) }
        }
    }
}
