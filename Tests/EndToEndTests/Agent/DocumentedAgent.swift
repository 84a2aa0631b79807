import AgentMesh
import Certificates
import Foundation
import MeshSchema
import Testing

/// The program of docs/agents.md, word for word.
@Suite struct DocumentedAgent {
    @Test func `the program of docs/agents.md is this one, and it runs`() async throws {
        let fixture = try await NodeFixture()
        let configuration = fixture.configuration("echo", isDurable: true)
        let agent = try await LightAgent.connect(configuration)
        agent.onMessage { message, transaction in
            let key = Array("answered".utf8)
            let count = try transaction.get(key)?.first ?? 0
            transaction.put(key, [count + 1])
            let answer = Draft(text: "\(message.header) you said: \(message.text ?? "")", replyTo: message.id)
            transaction.send(answer, to: message.from)
        }
        let work = AgentWork.Value(result: "ready to answer", filesChanged: ["src/lib.rs"])
        let receipt = try await agent.commit(work, until: .final)
        let proof = try await agent.readState(agent.commitKey(of: receipt.nonce), prove: true)
        #expect(proof.value != nil && proof.proven?.commit?.agent == agent.id)

        let caller = try await fixture.agent("caller")
        try await caller.send("hello", to: "echo", wait: .acknowledged)
        var answers = caller.messages.makeAsyncIterator()
        let answer = try #require(try await answers.next())
        #expect(
            answer.text?.hasPrefix("[message from \"caller\"") == true
                && answer.text?.hasSuffix("you said: hello") == true)
        #expect(answer.senderRole == "developer")
        #expect(try agent.stored(Array("answered".utf8)) == [1])
        await fixture.end()
        try checkDocument()
    }

    private func checkDocument() throws {
        let document = try String(contentsOfFile: Programs.repository + "/docs/agents.md", encoding: .utf8)
        let source = try String(contentsOfFile: #filePath, encoding: .utf8).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        let program = try #require(
            document.components(separatedBy: "```swift\n").dropFirst(2).first?.components(separatedBy: "```").first)
        for line in program.split(separator: "\n") {
            #expect(source.contains(line.trimmingCharacters(in: .whitespaces)), "\(line)")
        }
    }
}
