// swift-tools-version: 6.2
import PackageDescription

// JSON of dynamic structs, to be measured beside libcapnp-json by Scripts/bench-json.
let package = Package(
    name: "json-bench",
    dependencies: [.package(name: "agent-mesh", path: "../..")],
    targets: [
        .executableTarget(
            name: "json-bench",
            dependencies: [
                .product(name: "CapnProto", package: "agent-mesh"),
                .product(name: "CapnProtoDynamic", package: "agent-mesh"),
            ],
            swiftSettings: [.enableExperimentalFeature("Lifetimes")])
    ],
    swiftLanguageModes: [.v6]
)
