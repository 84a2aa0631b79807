import Foundation
import HanzoNode
import Primitives
import RocksStore
import Settings
import StateTree
import Storage
import ZAP

/// What lies in the data directory.
extension NodeProcess {
    var journalPath: String { directory + "/journal" }
    var mailPath: String { directory + "/state/mail" }
    func statePath(_ name: String = "main") throws -> String {
        directory + "/state/" + (try networkID(name)).digest.hex
    }

    /// The journal's segments, oldest first, with the bytes that they take on disk.
    func journalSegments() throws -> [(first: LSN, path: String, byteCount: Int)] {
        try FileManager.default.contentsOfDirectory(atPath: journalPath).sorted().compactMap { name in
            guard let first = LSN(fileName: name) else { return nil }
            let path = journalPath + "/" + name
            var status = stat()
            // A segment may go while this looks.
            return stat(path, &status) == 0 ? (first, path, Int(status.st_blocks) * 512) : nil
        }
    }

    /// The state's root as the stopped node has it, and that of a tree which is built anew from the values on disk.
    func stoppedRoots() throws -> (stored: [UInt8], built: [UInt8]) {
        var writes: [JellyfishTree.Write] = []
        do {
            let store = try RocksStore(path: statePath())
            try store.scan(.latest, from: [], upTo: nil, reverse: false) { key, value in
                writes.append(JellyfishTree.Write(key: key, value: Array(value.dropFirst(8))))
                return true
            }
        }
        var tree = JellyfishTree(suite: .penumbra)
        let root = try tree.prepare(writes, version: 1, in: MemoryStore()).rootHash
        let settings = NodeSettings.resolve(Inputs(overrides: ["node.data_dir": directory], home: directory)).settings
        guard let stored = try StoppedNode.networks(settings).first else { throw Disappointment("no state") }
        return (stored.stateRoot, root.bytes)
    }

    /// Puts a copy of a file or folder of the stopped node aside.
    /// - Returns: puts the copy back in its place.
    func copy(_ path: String) throws -> () throws -> Void {
        let copy = directory + "/copy-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        return {
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.copyItem(atPath: copy, toPath: path)
        }
    }
}
