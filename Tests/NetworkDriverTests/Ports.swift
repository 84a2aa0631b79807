import NIOPosix
import NetworkDriver

/// Ports for those who can't ask the system for one.
enum Ports {
    /// One that nobody listens on, below those that the system hands out: no test that asks for port 0 gets it meanwhile.
    static func free() async throws(RPCDriverError) -> Int {
        while true {
            let port = Int.random(in: 18_000..<32_000)
            do throws(RPCDriverError) {
                let listener = try await RPCListener.listen(
                    at: .tcp(host: "127.0.0.1", port: port), on: MultiThreadedEventLoopGroup.singleton.next()) { _ in nil }
                await listener.close()
                return port
            } catch {
                guard error.code == .addressInUse else { throw error }
            }
        }
    }
}
