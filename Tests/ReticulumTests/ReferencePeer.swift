import Foundation
import MeshCrypto
import Primitives
import Reticulum
import Testing

/// `Peers/reticulum-peer.py`, a node of the reference implementation, and the connection that it makes to us: a plain blocking socket with
/// HDLC frames. Every wait has a deadline and ends when what it waits for is there.
final class ReferencePeer {
    struct Gone: Error { var what: String }

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())
    private let folder: URL
    private var connection: Int32 = -1
    private var reader = HDLCReader()
    private var text: [UInt8] = []
    private var events: [[String: String]] = []
    private var packets: [Packet] = []
    private let access: InterfaceAccess?
    /// What it said of itself when it was ready.
    private var introduction: [String: String] = [:]

    func introduced(_ name: String) throws -> [UInt8] {
        guard let bytes = introduction[name].flatMap({ Hex.decode($0) }) else { throw Gone(what: "no \(name)") }
        return bytes
    }

    init(networkName: String? = nil, passphrase: String? = nil) throws {
        access = InterfaceAccess(networkName: networkName, passphrase: passphrase)
        folder = FileManager.default.temporaryDirectory.appending(path: "reticulum-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let (listener, port) = try Self.listen()
        defer { close(listener) }
        process.executableURL = Self.repository.appending(path: ".build-python/bin/python3")
        process.arguments =
            [
                Self.repository.appending(path: "Tests/ReticulumTests/Peers/reticulum-peer.py").path, folder.path,
                "\(port)",
            ]
            + (access == nil ? [] : [networkName ?? "", passphrase ?? ""])
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try wait(for: listener)
        connection = accept(listener, nil, nil)
        introduction = try event("ready")
    }

    deinit {
        if process.isRunning { process.terminate() }
        if connection >= 0 { close(connection) }
        do { try FileManager.default.removeItem(at: folder) } catch {}
    }

    private static func listen() throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 1) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard result else { throw Gone(what: "no port") }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private func wait(for descriptor: Int32, line: UInt = #line) throws {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        for _ in 0..<600 {
            if poll(&request, 1, 100) == 1 { return }
            guard process.isRunning else { throw Gone(what: "the peer has ended, line \(line)") }
        }
        throw Gone(what: "nothing came for a minute, line \(line)")
    }

    private func bytes(from descriptor: Int32, for line: UInt) throws -> ArraySlice<UInt8> {
        try wait(for: descriptor, line: line)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { throw Gone(what: "the peer has gone") }
        return buffer[..<count]
    }

    func command(_ words: String...) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((words.joined(separator: " ") + "\n").utf8))
    }

    /// The next event of this name; others are kept.
    func event(_ name: String, line: UInt = #line) throws -> [String: String] {
        while true {
            if let index = events.firstIndex(where: { $0["event"] == name }) { return events.remove(at: index) }
            text += try bytes(from: output.fileHandleForReading.fileDescriptor, for: line)
            while let end = text.firstIndex(of: UInt8(ascii: "\n")) {
                events.append(try JSONDecoder().decode([String: String].self, from: Data(text[..<end])))
                text.removeSubrange(...end)
            }
        }
    }

    func send(_ packet: Packet) throws {
        let frame = try access?.seal(packet.frame) ?? packet.frame
        var bytes = HDLC.encode(frame)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw Gone(what: "the peer does not read") }
            bytes.removeFirst(count)
        }
    }

    /// The next packet that fits; others are kept.
    func packet(line: UInt = #line, where fits: (Packet) -> Bool) throws -> Packet {
        while true {
            if let index = packets.firstIndex(where: fits) { return packets.remove(at: index) }
            try readPackets(for: line)
        }
    }

    /// The same, or nil where nothing more came for so many milliseconds.
    func packet(within milliseconds: Int32, where fits: (Packet) -> Bool) throws -> Packet? {
        var request = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
        if !packets.contains(where: fits) {
            guard poll(&request, 1, milliseconds) == 1 else { return nil }
            try readPackets(for: #line)
        }
        return packets.firstIndex(where: fits).map { packets.remove(at: $0) }
    }

    private func readPackets(for line: UInt) throws {
        for frame in reader.read(try bytes(from: connection, for: line)) {
            var packet = try Packet(frame: try access?.open(frame[...])[...] ?? frame[...], limit: 20_000)
            try packet.arrive()
            packets.append(packet)
        }
    }
}
