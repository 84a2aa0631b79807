import CapnProto
import Testing

@testable import CapnProtoRPC

/// Two sessions on one loop with two queues of messages between them, which a test moves one by one or until nothing
/// moves.
final class Pair {
    /// One direction.
    final class Line: Transport {
        let name: String
        private(set) var queue: [[UInt8]] = []
        private(set) var sent: [[UInt8]] = []
        private(set) var transcript: [String] = []
        private(set) var closeReason: CloseReason?

        init(_ name: String) { self.name = name }

        func send(_ message: Message) {
            let bytes = message.framed()
            queue.append(bytes)
            sent.append(bytes)
            transcript.append("\(name): \(Self.describe(bytes))")
        }

        func flush() {}

        func close(_ reason: CloseReason) { closeReason = reason }

        func popFirst() -> [UInt8]? { queue.isEmpty ? nil : queue.removeFirst() }

        static func describe(_ bytes: [UInt8]) -> String {
            do {
                return "\(try WireReader(bounds: ConnectionConfiguration()).read(Message(framed: bytes)))"
            } catch {
                return "\(error)"
            }
        }
    }

    let loop = ManualLoop()
    let toServer = Line("client")
    let toClient = Line("server")
    let client: Session
    let server: Session
    private(set) var transcript: [String] = []

    init(
        serving handler: CellServer = CellServer(), hosting clientHandler: CellServer? = nil,
        client clientConfiguration: ConnectionConfiguration = ConnectionConfiguration(),
        server serverConfiguration: ConnectionConfiguration = ConnectionConfiguration()
    ) {
        let loop = loop
        client = Session(
            on: loop, transport: toServer, bootstrap: clientHandler.map { Capability(hosting: $0, on: loop) },
            configuration: clientConfiguration)
        server = Session(
            on: loop, transport: toClient, bootstrap: Capability(hosting: handler, on: loop),
            configuration: serverConfiguration)
    }

    /// Hands the oldest message of the client to the server.
    @discardableResult
    func moveToServer() -> Bool { move(toServer, to: server) }

    @discardableResult
    func moveToClient() -> Bool { move(toClient, to: client) }

    private func move(_ line: Line, to session: Session) -> Bool {
        guard let bytes = line.popFirst() else { return false }
        transcript.append("\(line.name): \(Line.describe(bytes))")
        do {
            session.receive(try Message(framed: bytes))
        } catch {
            session.receive(fault: .malformed("\(error)"))
        }
        return true
    }

    /// Moves messages until nothing moves any more; gives up, loudly, where that takes too long.
    func settle(limit: Int = 10_000) {
        for _ in 0..<limit {
            let moved = [moveToServer(), moveToClient(), loop.run()]
            if !moved.contains(true) { return }
        }
        Issue.record("the connection does not come to rest")
    }

    /// Nothing of any call or capability may be left. Bootstrap objects are held by their sessions and count nowhere.
    func expectNoLeaks(_ location: SourceLocation = #_sourceLocation) {
        settle()
        #expect(client.tableCounts == .empty, sourceLocation: location)
        #expect(server.tableCounts == .empty, sourceLocation: location)
    }

    func expectTranscript(_ expected: String, _ location: SourceLocation = #_sourceLocation) {
        let drawn = transcript.joined(separator: "\n")
        #expect(drawn == expected, sourceLocation: location)
        transcript = []
    }
}

/// What a completion brought, for tests that look at it afterwards.
final class Box<Value> {
    var values: [Value] = []
}

typealias CellResult = Result<Response<Cell>, RPCException>

extension Box where Value == CellResult {
    /// The number of the only result.
    var number: UInt64? {
        guard values.count == 1, case .success(let response) = values[0] else { return nil }
        return response.results.number
    }
    /// The failure of the only result.
    var failure: RPCException? {
        guard values.count == 1, case .failure(let exception) = values[0] else { return nil }
        return exception
    }
    var capability: Capability? {
        guard values.count == 1, case .success(let response) = values[0] else { return nil }
        return response.results.capability(in: response.capabilities)
    }
}

extension Capability {
    /// Calls a method of `Cell` with a number and perhaps a capability.
    @discardableResult
    func cell(
        _ id: UInt16, _ number: UInt64 = 0, _ capability: Capability? = nil, into box: Box<CellResult> = Box()
    ) -> PendingCall {
        send(method(id)) { (params: inout Cell.Builder, list: inout CapabilityList) in
            params.number = number
            params.setCapability(capability, in: &list)
        } completion: { box.values.append($0) }
    }
}
