// swift-tools-version: 6.2
import PackageDescription

// Measurements beside a peer in the same run. A package of its own, so that what the peers need never touches the main build.
// The encoding's are in Encoding/, which needs no other package.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "agent-mesh", path: ".."),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.0"),
    ],
    targets: [
        .executableTarget(
            name: "echo-bench",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "Hummingbird", package: "hummingbird"),
                "EchoSchema",
                .product(name: "CapnProtoRPC", package: "agent-mesh"),
                .product(name: "NetworkDriver", package: "agent-mesh"),
            ]),
        .target(
            name: "EchoSchema",
            dependencies: [
                .product(name: "CapnProto", package: "agent-mesh"), .product(name: "CapnProtoRPC", package: "agent-mesh"),
            ],
            exclude: ["echo.capnp"],
            swiftSettings: [
                .enableExperimentalFeature("Lifetimes"), .enableUpcomingFeature("InternalImportsByDefault"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
