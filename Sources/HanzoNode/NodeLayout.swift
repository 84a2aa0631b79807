import Certificates
import FileStore
import Foundation
import Identity
import MeshCrypto
import Primitives
import Settings
import Storage

/// Where a node keeps what. Everything is below the data directory unless the settings say otherwise:
///
///     lock                            held by the running node
///     identity, authority.key         keys, mode 0600
///     token                           for TCP, mode 0600
///     networks/<name>.genesis         canonical bytes; SHA-256 is the NetworkID
///     journal/                        what was promised, in order
///     state/<network id>/             RocksDB: the state at `meta.applied`
///     state/mail/                     RocksDB: mailboxes, written behind
///     hanzod.sock, node.id            for local agents
struct NodeLayout: Sendable {
    let settings: NodeSettings

    init(_ settings: NodeSettings) { self.settings = settings }

    var dataDirectory: String { settings.dataDirectory }
    var journalPath: String { dataDirectory + "/journal" }
    var mailPath: String { settings.state.path + "/mail" }

    func statePath(_ network: NetworkID) -> String { settings.state.path + "/" + network.digest.hex }
    func genesisPath(_ name: String) -> String { dataDirectory + "/networks/\(name).genesis" }

    /// Names of the networks that were founded here, sorted.
    func foundedNetworks() throws(NodeError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: dataDirectory + "/networks")
                .filter { $0.hasSuffix(".genesis") }.map { String($0.dropLast(".genesis".count)) }.sorted()
        } catch { throw NodeError(.notFounded, "there is no node in \(dataDirectory)", remedy: "run `hanzod init`") }
    }

    /// Makes the folders that are missing, for this user alone.
    func makeFolders() throws(NodeError) {
        for path in [
            dataDirectory, dataDirectory + "/networks", settings.state.path, folder(settings.server.socketPath),
        ] {
            do {
                try FileManager.default.createDirectory(
                    atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw NodeError(.storage, "the folder \(path) cannot be made: \(error.localizedDescription)")
            }
        }
    }

    private func folder(_ path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    /// - Returns: nil where the network was never founded here.
    func loadGenesis(_ name: String) throws(NodeError) -> Genesis? {
        let path = genesisPath(name)
        guard let bytes = try storing(path, { () throws(StorageFailure) in try AtomicFile.read(path) }) else {
            return nil
        }
        do { return try Genesis(canonicalBytes: bytes) } catch {
            throw NodeError(
                .damaged, "\(path) is no genesis: \(error)",
                remedy: "restore it from a copy of another node of this network")
        }
    }
}

/// Names the file in what a storage failure says.
func storing<Value>(
    _ path: String, _ body: () throws(StorageFailure) -> Value
) throws(NodeError) -> Value {
    do { return try body() } catch { throw NodeError(.storage, "\(path): \(error)") }
}

/// Random bytes of the operating system.
enum SystemEntropy {
    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
        }
        return Array(bytes.prefix(count))
    }

    static func digest() -> Digest {
        guard let digest = Digest(bytes(Digest.byteCount)) else { preconditionFailure("32 bytes") }
        return digest
    }
}

/// Key files, with failures that say what to do.
enum IdentityAccess {
    static func loadOrGenerate(
        _ path: String, kind: IdentityKind, name: String
    ) throws(NodeError) -> (identity: SecretIdentity, isNew: Bool) {
        do {
            return try IdentityOnDisk.loadOrGenerate(path: path, kind: kind, name: name)
        } catch { throw NodeError(.damaged, "\(error)") }
    }

    static func load(_ path: String, kind: IdentityKind) throws(NodeError) -> SecretIdentity {
        let found: SecretIdentity?
        do { found = try IdentityOnDisk.load(path: path, kind: kind) } catch { throw NodeError(.damaged, "\(error)") }
        guard let found else {
            throw NodeError(.notFounded, "there is no \(kind) identity at \(path)", remedy: "run `hanzod init` first")
        }
        return found
    }
}
