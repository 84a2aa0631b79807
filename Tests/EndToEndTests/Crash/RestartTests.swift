import AgentMesh
import MeshSchema
import Primitives
import Synchronization
import Testing
import ZAP

extension EndToEnd {
    /// Agents that end in good order and begin again, with what they know on disk.
    @Suite(.serialized) struct Restarts {
        @Test("a message's id is remembered through many lives of its sender") func remembered() async throws {
            let node = try await NodeProcess.start()
            let receiver = try await node.lightAgent("receiver")
            let received = Mutex<[String]>([])
            receiver.onMessage { message, _ in received.withLock { $0.append(message.id) } }
            for life in 0..<4 {
                let sender = try await node.lightAgent("sender", seed: 81, store: node.directory + "/sender")
                for number in 0...life {
                    let draft = Draft(text: "hello", id: "id-\(number)")
                    try await sender.send(draft, to: receiver.id, wait: .acknowledged)
                }
                await sender.leave()
            }
            #expect(received.withLock { $0 } == ["id-0", "id-1", "id-2", "id-3"])
        }
    }
}
