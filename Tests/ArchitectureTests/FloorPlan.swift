/// The floor table of ARCHITECTURE.md as data.
///
/// A target may import every target of the floors below its own, the peers of its own floor that are listed with it, and the
/// outside modules that are listed with it. Nothing else: SwiftPM lets a target import whatever its dependencies happen to
/// reach, so the table is held here.
struct FloorPlan {
    struct Entry {
        /// 0 is the ground.
        var floor: Int
        /// Targets of the same floor that it may import.
        var peers: Set<String> = []
        /// Modules of other packages, of the toolchain and of the system.
        var outside: Set<String> = []
        /// Targets below that it must not reach, not even through others.
        var unreachable: Set<String> = []
        /// A program: its files only parse, build and run.
        var isProgram = false
    }

    var entries: [String: Entry]

    /// Modules that come with the language and do neither input nor output.
    static let language: Set<String> = ["Swift"]
    /// What drivers and products may use besides what is listed with them.
    static let system: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch"]
    /// Floors 0 to 3 are values without clock, socket, disk, randomness or `async`.
    static let highestSansIOFloor = 3

    private static let collections: Set<String> = [
        "Collections", "DequeModule", "OrderedCollections", "HeapModule", "HashTreeCollections", "BitCollections",
    ]
    private static let networking: Set<String> = ["NIOCore", "NIOPosix", "Logging"]
    /// Agents verify with `Certificates`; they never link the node's inside.
    private static let insideOfTheNode: Set<String> = ["NodeCore", "Consensus", "Simplex", "MeshState", "RocksStore", "CRocksDB"]

    static let house = FloorPlan(entries: [
        // Floor 0: ground
        "Primitives": Entry(floor: 0),
        "CapnProto": Entry(floor: 0, outside: ["Synchronization"]),  // readers of one message share its traversal budget
        "CRocksDB": Entry(floor: 0),

        // Floor 1: codecs, keys, bytes at rest
        "CapnProtoSchema": Entry(floor: 1),
        "CapnProtoDynamic": Entry(floor: 1, peers: ["CapnProtoSchema"]),
        "CapnProtoCodegen": Entry(floor: 1, peers: ["CapnProtoSchema"]),
        "MeshSchema": Entry(floor: 1),
        "MeshCrypto": Entry(floor: 1, outside: ["Crypto", "CryptoExtras", "FoundationEssentials"]),
        "Storage": Entry(floor: 1, outside: ["Synchronization"]),  // a store in memory is shared by threads, as one on disk is

        // Floor 2: protocols
        "Identity": Entry(floor: 2),
        "PQTunnel": Entry(floor: 2, peers: ["Identity"]),
        "TunnelStreams": Entry(floor: 2),
        "Reticulum": Entry(floor: 2),
        "CapnProtoRPC": Entry(floor: 2, outside: collections.union(["Synchronization"])),
        "StateTree": Entry(floor: 2),
        "Certificates": Entry(floor: 2, peers: ["Identity", "StateTree"]),
        "Quorum": Entry(floor: 2),
        "Simplex": Entry(floor: 2, peers: ["Quorum"]),
        "Consensus": Entry(floor: 2, peers: ["Identity", "Certificates", "Quorum", "Simplex"]),

        // Floor 3: composition
        "ZAP": Entry(floor: 3),
        "MeshState": Entry(floor: 3, outside: collections),
        "NodeCore": Entry(floor: 3, peers: ["ZAP", "MeshState"], outside: collections),

        "Simulator": Entry(floor: 3, peers: []),

        // Floor 4: drivers
        "NetworkDriver": Entry(floor: 4, outside: networking, unreachable: insideOfTheNode),
        "FileStore": Entry(floor: 4, unreachable: insideOfTheNode),
        "RocksStore": Entry(floor: 4),
        "Settings": Entry(floor: 4),

        // Floor 5: products
        "Console": Entry(floor: 5, outside: ["ArgumentParser"], unreachable: insideOfTheNode),
        "HanzoNode": Entry(floor: 5, outside: networking.union(["ServiceLifecycle"])),
        "AgentMesh": Entry(floor: 5, outside: networking.union(collections), unreachable: insideOfTheNode),
        "Showcase": Entry(floor: 5, peers: ["HanzoNode", "Console"], outside: networking),
        "hanzod": Entry(
            floor: 5, peers: ["HanzoNode", "AgentMesh", "Console", "Showcase"], outside: ["ArgumentParser", "Logging"],
            isProgram: true),
        "hanzo-dev": Entry(
            floor: 5, peers: ["AgentMesh", "Console"], outside: ["ArgumentParser", "Logging"],
            unreachable: insideOfTheNode, isProgram: true),
        "capnpc-swift": Entry(floor: 5, isProgram: true),
        "simulate": Entry(floor: 5, isProgram: true),
    ])

    /// Whether a file of `target` may say `import module`.
    func allows(_ target: String, toImport module: String) -> Bool {
        guard let importer = entries[target] else { return false }
        if let imported = entries[module] {
            if importer.unreachable.contains(module) { return false }
            return imported.floor < importer.floor || importer.peers.contains(module)
        }
        if Self.language.contains(module) || importer.outside.contains(module) { return true }
        return importer.floor > Self.highestSansIOFloor && Self.system.contains(module)
    }

    func isSansIO(_ target: String) -> Bool {
        entries[target].map { $0.floor <= Self.highestSansIOFloor } ?? false
    }
}
