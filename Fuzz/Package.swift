// swift-tools-version: 6.2
import PackageDescription

// libFuzzer around the entries of the main package. A package of its own, as everything in it is built with sanitizers.
// SwiftPM renames an executable's `main` to `<target>_main`, so that is the name of the C function in Fuzz.swift.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "agent-mesh", path: "..")],
    targets: [
        .executableTarget(
            name: "fuzz",
            dependencies: [.product(name: "FuzzEntries", package: "agent-mesh")],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    ],
    swiftLanguageModes: [.v6]
)
