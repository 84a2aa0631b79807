// swift-tools-version: 6.2
import PackageDescription

// The encoding's measurements. A package of its own without any dependency, whose CapnProto is a link to the main package's
// folder: so it builds in seconds, and every test run can afford to count instructions in a release build.
let generated: [SwiftSetting] = [
    .enableExperimentalFeature("Lifetimes"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "encoding",
    targets: [
        .target(
            name: "CapnProto",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"), .enableExperimentalFeature("Lifetimes"),
                .enableExperimentalFeature("SuppressedAssociatedTypes"),
            ]),
        .target(
            name: "BenchSchema", dependencies: ["CapnProto"],
            exclude: ["carsales.capnp", "catrank.capnp", "eval.capnp", "order.capnp"], swiftSettings: generated),
        .target(name: "Workloads", dependencies: ["CapnProto", "BenchSchema"], swiftSettings: generated),
        // The C++ implementation, from Debian's libcapnp-dev, built at -O2.
        .target(
            name: "Peer", cxxSettings: [.unsafeFlags(["-O2"])],
            linkerSettings: [.linkedLibrary("capnp"), .linkedLibrary("kj")]),
        .executableTarget(name: "capnp-bench", dependencies: ["Workloads", "Peer", "CapnProto"]),
        .executableTarget(name: "instructions", dependencies: ["Workloads", "CapnProto"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
