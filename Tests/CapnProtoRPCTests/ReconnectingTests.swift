import Primitives
import Synchronization
import Testing

@testable import CapnProtoRPC

/// A server that can be lost, and refuses connections when told to.
private final class Service {
    let loop = ManualLoop()
    let handler: CellServer
    var pairs: [Pair] = []
    let attempts = Box<@Sendable (Result<Session, RPCException>) -> Void>()

    init(_ handler: CellServer) { self.handler = handler }

    func client(maxWaitingCalls: Int = 16, _ onConnect: ((Capability) -> Void)? = nil) -> ReconnectingClient {
        nonisolated(unsafe) let attempts = attempts
        return ReconnectingClient(
            on: loop, backoff: Backoff(seed: 7), maxWaitingCalls: maxWaitingCalls, onConnect: onConnect
        ) { done in attempts.values.append(done) }
    }

    /// Lets the oldest attempt succeed.
    func accept() {
        let pair = Pair(serving: handler)
        pairs.append(pair)
        attempts.values.removeFirst()(.success(pair.client))
        settle()
    }

    func refuse() {
        attempts.values.removeFirst()(.failure(.disconnected("nobody listens")))
        settle()
    }

    func lose() {
        pairs.last?.client.close(.disconnected("cable cut"))
        pairs.last?.server.close(.disconnected("cable cut"))
        settle()
    }

    func settle() {
        while loop.run() {}
        for pair in pairs { pair.settle() }
        while loop.run() {}
    }

    /// Lets the backoff pass.
    func wait() {
        loop.advance(by: loop.nextDeadline ?? .zero)
        settle()
    }
}

@Suite("Clients that reconnect")
struct ReconnectingTests {
    @Test("calls wait for the first connection, and go to the next one when it is lost")
    func reconnects() {
        let service = Service(CellServer(CellServer.adding))
        let client = service.client(), first = Box<CellResult>(), second = Box<CellResult>()
        client.capability.cell(0, 1, into: first)
        service.settle()
        #expect(first.values.isEmpty)
        service.accept()
        #expect(first.number == 2 && client.isConnected)
        service.lose()
        #expect(!client.isConnected)
        client.capability.cell(0, 5, into: second)
        service.wait()
        #expect(second.values.isEmpty && service.attempts.values.count == 1)
        service.accept()
        #expect(second.number == 6 && service.handler.numbers == [1, 5])
        client.close()
        service.settle()
    }

    @Test("a call under way when the connection ends fails as disconnected, and is never sent again")
    func neverRepeated() {
        let kept = Box<CellCall>(), results = Box<CellResult>()
        let service = Service(CellServer([0: { kept.values.append($0) }]))
        let client = service.client()
        service.accept()
        client.capability.cell(0, 3, into: results)
        service.settle()
        #expect(kept.values.count == 1)
        service.lose()
        #expect(results.failure?.kind == .disconnected)
        service.wait()
        service.accept()
        #expect(service.handler.numbers == [3])
        client.close()
        service.settle()
    }

    @Test("calls fail with the attempt that they wait for; the waits double, by chance a little less")
    func backoff() {
        let service = Service(CellServer(CellServer.adding))
        let client = service.client(), results = Box<CellResult>()
        client.capability.cell(0, 1, into: results)
        service.settle()
        service.refuse()
        #expect(results.failure == .disconnected("no connection: nobody listens"))
        for attempt in 0..<10 {
            let longest = min(100 << attempt, 10_000)
            let wait = service.loop.nextDeadline?.milliseconds ?? 0
            #expect(wait >= longest / 2 && wait <= longest, "\(wait) ms after failure \(attempt + 1)")
            service.wait()
            service.refuse()
        }
        service.wait()
        service.accept()
        service.lose()
        #expect((service.loop.nextDeadline?.milliseconds ?? .max) <= 100)
        client.close()
        service.settle()
    }

    @Test("more calls than may wait fail as overloaded")
    func bounded() {
        let service = Service(CellServer(CellServer.adding))
        let client = service.client(maxWaitingCalls: 2)
        let boxes = (0..<3).map { _ in Box<CellResult>() }
        for box in boxes { client.capability.cell(0, 1, into: box) }
        service.settle()
        #expect(boxes[2].failure?.kind == .overloaded)
        service.accept()
        #expect(boxes[0].number == 2 && boxes[1].number == 2)
        client.close()
        service.settle()
    }

    @Test("each connection is announced before the calls that wait for it, so that subscriptions are made anew")
    func onConnect() {
        let service = Service(CellServer(CellServer.adding))
        let client = service.client { bootstrap in bootstrap.cell(0, 100) }
        client.capability.cell(0, 1)
        service.settle()
        service.accept()
        service.lose()
        service.wait()
        service.accept()
        #expect(service.handler.numbers == [100, 1, 100])
        client.close()
        service.settle()
    }

    @Test("closed: no attempt is made any more, calls fail, and nothing is left")
    func closed() {
        let service = Service(CellServer(CellServer.adding))
        let client = service.client(), results = Box<CellResult>()
        service.accept()
        client.close()
        service.settle()
        client.capability.cell(0, into: results)
        service.settle()
        #expect(results.failure?.kind == .disconnected && service.loop.nextDeadline == nil)
        service.pairs[0].server.close(.disconnected("gone"))
        service.pairs[0].expectNoLeaks()
        let late = service.client()
        late.close()
        service.accept()  // nobody waits for it any more
        #expect(service.pairs[1].client.closeReason != nil)
    }
}
