// swift-tools-version: 6.2
import PackageDescription

// libFuzzer around the entries of the main package. A package of its own, as everything in it is built with sanitizers.
// Two programs: `fuzz` needs no cryptography and builds in a minute or two; `fuzz-mesh` builds swift-crypto's C as well.
// SwiftPM renames an executable's `main` to `<target>_main`, so that is the name of the C function in each.
let main: [SwiftSetting] = [.unsafeFlags(["-parse-as-library"])]

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "agent-mesh", path: "..")],
    targets: [
        .target(name: "FuzzDriver", dependencies: [.product(name: "FuzzEntries", package: "agent-mesh")]),
        .executableTarget(
            name: "fuzz",
            dependencies: ["FuzzDriver", .product(name: "FuzzEntries", package: "agent-mesh")], swiftSettings: main),
        .executableTarget(
            name: "fuzz-mesh",
            dependencies: [
                "FuzzDriver", .product(name: "FuzzEntries", package: "agent-mesh"),
                .product(name: "FuzzMeshEntries", package: "agent-mesh"),
            ], swiftSettings: main),
    ],
    swiftLanguageModes: [.v6]
)
