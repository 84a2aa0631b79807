import Foundation
import Glibc
import Synchronization

/// A relay between one client and a Unix socket that keeps every byte, for each direction apart.
final class Tap: Sendable {
    enum Direction: Int { case fromAgent, fromNode }

    let path: String
    private let listener: Int32
    private let recordings: Mutex<[[UInt8]]> = Mutex([[], []])
    private let endCount = Mutex(0)

    /// Listens at `path`; the first client that comes is led to `target`.
    init(from path: String, to target: String) throws {
        self.path = path
        listener = try Self.socket(at: path) { bind($0, $1, $2) }
        guard listen(listener, 1) == 0 else { throw Disappointment("\(path) cannot be listened at") }
        Thread.detachNewThread { self.serve(target) }
    }

    deinit { close(listener) }

    /// Whether both sides have ended.
    var isOver: Bool { endCount.withLock { $0 == 2 } }

    func recording(_ direction: Direction) -> [UInt8] { recordings.withLock { $0[direction.rawValue] } }

    private func serve(_ target: String) {
        let client = accept(listener, nil, nil)
        guard client >= 0, let node = try? Self.socket(at: target, { connect($0, $1, $2) }) else { return }
        Thread.detachNewThread { self.pump(.fromNode, node, client) }
        pump(.fromAgent, client, node)
    }

    private func pump(_ direction: Direction, _ source: Int32, _ sink: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            recordings.withLock { $0[direction.rawValue] += buffer[..<count] }
            var written = 0
            while written < count {
                let step = buffer[written..<count].withUnsafeBytes {
                    send(sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard step > 0 else { break }
                written += step
            }
        }
        shutdown(sink, Int32(SHUT_WR))
        endCount.withLock { $0 += 1 }
    }

    private static func socket(
        at path: String, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> Int32 {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw Disappointment("\(path) is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body(descriptor, $0, size) }
        }
        guard status == 0 else { throw Disappointment("\(path): errno \(errno)") }
        return descriptor
    }
}
