// swift-tools-version: 6.2
import PackageDescription

// The floors of the house. A target may depend on the floors below its own and on the listed peers of its floor;
// ArchitectureTests reads every `import` line and holds it to the same table.

/// Settings that every target shares: Swift 6 mode, explicit existentials, internal imports, warnings as errors.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
/// Targets that declare or return `~Escapable` values (the Cap'n Proto runtime and generated schemas).
let lifetimes: [SwiftSetting] = strict + [.enableExperimentalFeature("Lifetimes")]
/// Targets whose whole surface also passes strict memory safety.
let memorySafe: [SwiftSetting] = strict + [.strictMemorySafety()]

/// Optimised in debug builds too: simulations are the larger part of what the tests spend. Not where this package is a
/// dependency by version, because there no target may have such flags.
let isCheckout = Context.packageDirectory.contains("/checkouts/")
let fast: [SwiftSetting] = isCheckout ? strict : strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// lld links a debug executable six times faster than the default linker.
let fastLink: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"])]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")

let package = Package(
    name: "agent-mesh",
    products: [
        .library(name: "CapnProto", targets: ["CapnProto"]),
        .library(name: "CapnProtoDynamic", targets: ["CapnProtoDynamic"]),
        .library(name: "CapnProtoRPC", targets: ["CapnProtoRPC"]),
        .library(name: "AgentMesh", targets: ["AgentMesh"]),
        .library(name: "HanzoNode", targets: ["HanzoNode"]),
        .library(name: "NetworkDriver", targets: ["NetworkDriver"]),
        .library(name: "FuzzEntries", targets: ["FuzzEntries"]),
        .library(name: "FuzzMeshEntries", targets: ["FuzzMeshEntries"]),
        .executable(name: "hanzod", targets: ["hanzod"]),
        .executable(name: "hanzo-dev", targets: ["hanzo-dev"]),
        .executable(name: "capnpc-swift", targets: ["capnpc-swift"]),
        .plugin(name: "GenerateCapnp", targets: ["GenerateCapnp"]),
        .executable(name: "simulate", targets: ["simulate"]),
        .executable(name: "zap-peer", targets: ["zap-peer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: ground
        .target(name: "Primitives", swiftSettings: memorySafe),
        .target(
            name: "CapnProto",
            swiftSettings: lifetimes + [.enableExperimentalFeature("SuppressedAssociatedTypes")]),
        .systemLibrary(name: "CRocksDB"),

        // Floor 1: codecs, keys, bytes at rest
        .target(name: "CapnProtoSchema", dependencies: ["CapnProto"], swiftSettings: lifetimes),
        .target(name: "CapnProtoDynamic", dependencies: ["CapnProto", "CapnProtoSchema"], swiftSettings: lifetimes),
        .target(name: "CapnProtoCodegen", dependencies: ["CapnProto", "CapnProtoSchema"], swiftSettings: lifetimes),
        .target(name: "MeshSchema", dependencies: ["CapnProto"], swiftSettings: lifetimes),
        .target(name: "MeshCrypto", dependencies: ["Primitives", crypto, cryptoExtras], swiftSettings: strict),
        .target(name: "Storage", dependencies: ["Primitives"], swiftSettings: strict),

        // Floor 2: protocols, sans-IO
        .target(name: "Identity", dependencies: ["Primitives", "MeshCrypto"], swiftSettings: strict),
        .target(name: "PQTunnel", dependencies: ["Primitives", "MeshCrypto", "Identity"], swiftSettings: strict),
        .target(name: "TunnelStreams", dependencies: ["Primitives"], swiftSettings: strict),
        .target(name: "Reticulum", dependencies: ["Primitives", "MeshCrypto"], swiftSettings: strict),
        .target(name: "CapnProtoRPC", dependencies: ["Primitives", "CapnProto"], swiftSettings: lifetimes),
        .target(name: "StateTree", dependencies: ["Primitives", "MeshCrypto", "Storage"], swiftSettings: strict),
        .target(
            name: "Certificates", dependencies: ["Primitives", "CapnProto", "MeshSchema", "MeshCrypto", "Identity", "StateTree"],
            swiftSettings: lifetimes),
        .target(name: "Quorum", dependencies: ["Primitives"], swiftSettings: fast),
        .target(name: "Simplex", dependencies: ["Primitives", "Storage", "Quorum"], swiftSettings: fast),
        .target(
            name: "Consensus",
            dependencies: ["Primitives", "MeshCrypto", "Identity", "Certificates", "Storage", "Quorum", "Simplex"],
            swiftSettings: strict),

        // Floor 3: composition, sans-IO
        .target(
            name: "ZAP",
            dependencies: [
                "Primitives", "CapnProto", "CapnProtoRPC", "MeshSchema", "MeshCrypto", "Identity", "Certificates",
            ],
            swiftSettings: lifetimes),
        .target(
            name: "MeshState",
            dependencies: [
                "Primitives", "CapnProto", "MeshSchema", "MeshCrypto", "Identity", "Storage", "StateTree",
                "Certificates", collections,
            ], swiftSettings: lifetimes),
        .target(
            name: "NodeCore",
            dependencies: [
                "Primitives", "MeshCrypto", "Identity", "Storage", "StateTree", "Certificates", "Consensus", "MeshState",
                "ZAP", "MeshSchema", "CapnProto", collections,
            ], swiftSettings: lifetimes),

        .target(
            name: "Simulator", dependencies: ["Primitives", "Storage", "Quorum", "Simplex"], swiftSettings: fast),

        // Floor 4: drivers
        .target(
            name: "NetworkDriver",
            dependencies: ["Primitives", "CapnProto", "CapnProtoRPC", nioCore, nioPosix],
            swiftSettings: lifetimes),
        .target(
            name: "FileStore", dependencies: ["Primitives", "MeshCrypto", "Identity", "Storage"], swiftSettings: strict),
        .target(name: "RocksStore", dependencies: ["Primitives", "Storage", "CRocksDB"], swiftSettings: strict),
        .target(name: "Settings", dependencies: ["Primitives"], swiftSettings: strict),

        // Floor 5: products
        .target(name: "Console", dependencies: ["Primitives", "Settings", "MeshSchema", "ZAP", arguments], swiftSettings: strict),
        .target(
            name: "HanzoNode",
            dependencies: [
                "NodeCore", "NetworkDriver", "RocksStore", "FileStore", "MeshSchema", "Settings", "ZAP", "MeshState", "Consensus", "Certificates",
                "StateTree", "Storage", "Identity", "MeshCrypto", "Primitives", "CapnProto", "CapnProtoRPC",
                nioCore, nioPosix, logging, lifecycle,
            ], swiftSettings: lifetimes),
        .target(
            name: "AgentMesh",
            dependencies: [
                "NetworkDriver", "FileStore", "MeshSchema", "Settings", "ZAP", "Certificates", "StateTree", "Storage", "Identity", "MeshCrypto",
                "Primitives", "CapnProto", "CapnProtoRPC", nioCore, nioPosix, logging,
            ], swiftSettings: lifetimes),
        .target(
            name: "Showcase",
            dependencies: [
                "HanzoNode", "NetworkDriver", "MeshSchema", "Settings", "Console", "ZAP", "Certificates", "Identity", "MeshCrypto", "Primitives",
                "CapnProto", "CapnProtoRPC", nioCore, nioPosix, logging,
            ], swiftSettings: lifetimes),
        .executableTarget(
            name: "hanzod", dependencies: ["HanzoNode", "Showcase", "AgentMesh", "Console", "Settings", "Primitives", "CapnProtoRPC", "MeshSchema", "ZAP", "NetworkDriver", "Certificates", "Identity", "MeshCrypto", "FileStore", "Storage", nioCore, nioPosix, arguments, logging],
            swiftSettings: strict, linkerSettings: fastLink),
        .executableTarget(
            name: "hanzo-dev", dependencies: ["AgentMesh", "Console", "Settings", "Certificates", "MeshCrypto", "MeshSchema", "Identity", "ZAP", "Primitives", arguments, logging],
            swiftSettings: strict, linkerSettings: fastLink),
        .executableTarget(
            // No unsafe flags: packages that depend on this one by a version may not use what has them.
            name: "capnpc-swift", dependencies: ["CapnProto", "CapnProtoSchema", "CapnProtoCodegen"],
            swiftSettings: lifetimes),

        // Examples
        .executableTarget(
            name: "zap-peer", dependencies: ["Primitives", "NetworkDriver", "CapnProto", "CapnProtoRPC", nioCore, nioPosix],
            path: "Examples/zap-peer", exclude: ["peer.capnp"], swiftSettings: lifetimes, linkerSettings: fastLink),

        .plugin(
            name: "GenerateCapnp",
            capability: .command(
                intent: .custom(verb: "generate-capnp", description: "Writes the Swift of Cap'n Proto schemas."),
                permissions: [
                    .writeToPackageDirectory(reason: "The generated Swift is written into the folders of your targets.")
                ]),
            dependencies: ["capnpc-swift"]),
        .executableTarget(
            name: "simulate", dependencies: ["Simulator", "Simplex"], swiftSettings: strict, linkerSettings: fastLink),

        // The decoders that Fuzz/ drives and FuzzReplayTests replays
        .target(
            name: "FuzzEntries",
            dependencies: ["Primitives", "CapnProto", "CapnProtoDynamic", "CapnProtoRPC", "MeshSchema", "Storage", "TunnelStreams"],
            path: "Fuzz/Entries", swiftSettings: lifetimes),
        .target(
            name: "FuzzMeshEntries",
            dependencies: [
                "FuzzEntries", "Primitives", "CapnProto", "MeshCrypto", "Identity", "MeshSchema", "Certificates", "NodeCore",
                "PQTunnel", "Reticulum",
            ],
            path: "Fuzz/MeshEntries", swiftSettings: lifetimes),

        // Tests
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        .testTarget(
            name: "ArchitectureTests", dependencies: [],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "FuzzReplayTests", dependencies: ["FuzzEntries", "FuzzMeshEntries"],
            swiftSettings: strict, linkerSettings: fastLink),
        .testTarget(
            name: "PrimitivesTests", dependencies: ["Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "CapnProtoTests", dependencies: ["CapnProto", "Primitives", "AllocationCounter"], exclude: ["Vectors"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "CapnProtoCodegenTests",
            dependencies: ["CapnProto", "CapnProtoSchema", "CapnProtoCodegen", "CapnProtoRPC", "Primitives"],
            exclude: ["Schemas"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "CapnProtoDynamicTests",
            dependencies: ["CapnProto", "CapnProtoSchema", "CapnProtoDynamic", "Primitives"],
            exclude: ["Judges", "Schemas"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "CapnProtoDifferentialTests",
            dependencies: ["CapnProto", "CapnProtoSchema", "CapnProtoCodegen", "CapnProtoDynamic", "Primitives"],
            exclude: ["Judges", "Schemas", "Vectors"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "CapnProtoRPCTests", dependencies: ["CapnProto", "CapnProtoRPC", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "MeshCryptoTests", dependencies: ["MeshCrypto", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "IdentityTests", dependencies: ["Identity", "MeshCrypto", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "StorageTests", dependencies: ["Storage", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "FileStoreTests", dependencies: ["FileStore", "Storage", "Identity", "MeshCrypto", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "RocksStoreTests", dependencies: ["RocksStore", "Storage", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "StateTreeTests", dependencies: ["StateTree", "Storage", "MeshCrypto", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "CertificatesTests", dependencies: ["Certificates", "StateTree", "Storage", "Identity", "MeshCrypto", "MeshSchema", "CapnProto", "Primitives"], exclude: ["Vectors"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "QuorumTests", dependencies: ["Quorum", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "SimplexTests", dependencies: ["Simplex", "Quorum", "Storage", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "SimulatorTests", dependencies: ["Simulator", "Simplex", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "ConsensusTests", dependencies: ["Consensus", "Simplex", "Quorum", "Certificates", "Identity", "MeshCrypto", "Storage", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "MeshStateTests", dependencies: ["MeshState", "Certificates", "StateTree", "Storage", "Identity", "MeshCrypto", "MeshSchema", "CapnProto", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "NodeCoreTests", dependencies: ["NodeCore", "MeshState", "Consensus", "Certificates", "StateTree", "Storage", "Identity", "MeshCrypto", "MeshSchema", "ZAP", "CapnProto", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "NetworkDriverTests", dependencies: ["AllocationCounter", "NetworkDriver", "ZAP", "CapnProto", "CapnProtoRPC", "Primitives", nioCore, nioPosix],
            exclude: ["Peers"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "SettingsTests", dependencies: ["Settings", "Primitives"], exclude: ["Fixtures"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "ConsoleTests", dependencies: ["Console", "Settings", "Primitives"],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "TunnelStreamsTests", dependencies: ["TunnelStreams", "Primitives"],
            swiftSettings: strict, linkerSettings: fastLink),
        .testTarget(
            name: "ReticulumTests", dependencies: ["Reticulum", "Primitives", "MeshCrypto"], exclude: ["Peers"],
            swiftSettings: strict, linkerSettings: fastLink),
        .testTarget(
            name: "PQTunnelTests", dependencies: ["PQTunnel", "Primitives", "MeshCrypto", "Identity"],
            swiftSettings: strict, linkerSettings: fastLink),
        .testTarget(
            name: "InteropTests", dependencies: ["CapnProto", "CapnProtoRPC", "CapnProtoSchema", "MeshSchema", "MeshCrypto", "Identity", "Certificates", "StateTree", "Storage", "NetworkDriver", "ZAP", "PQTunnel", "Primitives", nioCore, nioPosix],
            exclude: ["Judges"], swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "AgentMeshTests", dependencies: ["AgentMesh", "NetworkDriver", "ZAP", "FileStore", "Storage", "Settings", "Certificates", "Identity", "MeshCrypto", "MeshSchema", "CapnProto", "CapnProtoRPC", "Primitives", nioCore, nioPosix],
            swiftSettings: lifetimes, linkerSettings: fastLink),
        .testTarget(
            name: "EndToEndTests", dependencies: ["HanzoNode", "CapnProtoRPC", "NetworkDriver", "StateTree", "MeshState", "FileStore", "RocksStore", "Storage", "AgentMesh", "Settings", "ZAP", "Certificates", "Identity", "MeshCrypto", "MeshSchema", "CapnProto", "Primitives", nioCore, nioPosix, logging],
            exclude: ["CrashShim"], swiftSettings: lifetimes, linkerSettings: fastLink),
    ],
    swiftLanguageModes: [.v6]
)
