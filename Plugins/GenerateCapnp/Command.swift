import Foundation

/// The generation for one target after the other.
struct Command {
    var options: Options
    /// The user's package.
    var package: URL
    /// A folder of the plugin's own.
    var work: URL
    var capnp: URL
    var generator: URL

    /// - Throws: with a text that says how to get it.
    static func findCapnp() throws -> URL {
        let environment = ProcessInfo.processInfo.environment
        let named = environment["CAPNP"].map { [$0] }
        let inPath = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/capnp" }
        for path in named ?? inPath where FileManager.default.isExecutableFile(atPath: path) {
            return URL(fileURLWithPath: path)
        }
        throw Failure(
            """
            the schema compiler `capnp` is not \(named.map { "at \($0[0])" } ?? "installed"): apt-get install capnproto (Debian, Ubuntu), \
            brew install capnp (macOS), or set CAPNP to its path
            """)
    }

    /// The paths of a folder's schemas, relative to it.
    static func schemas(in folder: URL) -> [String] {
        guard let files = FileManager.default.enumerator(atPath: folder.path) else { return [] }
        return files.compactMap { $0 as? String }.filter { $0.hasSuffix(".capnp") && !$0.hasPrefix(".") }.sorted()
    }

    /// - Returns: the files that are not what they would be, where the options ask for a check.
    func generate(_ target: String, in folder: URL) throws -> [String] {
        let schemas = Self.schemas(in: folder)
        let fresh = work.appendingPathComponent(target)
        try? FileManager.default.removeItem(at: fresh)
        try FileManager.default.createDirectory(at: fresh, withIntermediateDirectories: true)
        try compile(schemas, of: folder, to: fresh)
        var stale = [String]()
        for schema in schemas {
            let text = try Data(contentsOf: fresh.appendingPathComponent(schema + ".swift"))
            let file = folder.appendingPathComponent(options.output).appendingPathComponent(schema + ".swift")
            if let current = try? Data(contentsOf: file), current == text { continue }
            if options.isCheck {
                stale.append(file.path)
                continue
            }
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file)
            print("\(target): \(options.output)/\(schema).swift")
        }
        return stale
    }

    private func compile(_ schemas: [String], of folder: URL, to output: URL) throws {
        // swift.capnp lies in the package of this plugin.
        let own = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../schema").standardizedFileURL
        let process = Process()
        process.executableURL = capnp
        process.currentDirectoryURL = package
        process.arguments =
            ["compile"] + (options.importPaths + [own.path]).map { "-I\($0)" }
            + ["--src-prefix=\(folder.path)", "-o\(generator.path):\(output.path)"]
            + schemas.map { folder.appendingPathComponent($0).path }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure("`capnp compile` refused what it says above") }
    }
}
