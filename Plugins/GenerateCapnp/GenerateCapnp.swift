import Foundation
import PackagePlugin

/// `swift package generate-capnp`: runs `capnp compile` with `capnpc-swift` over the schemas of a package's targets.
///
/// The Swift is written into the package and committed, so that those who build it need neither compiler nor plugin.
@main struct GenerateCapnp: CommandPlugin {
    func performCommand(context: PluginContext, arguments: [String]) async throws {
        do {
            let options = try Options(arguments)
            if options.isHelp { return print(Options.help) }
            let command = Command(
                options: options, package: context.package.directoryURL, work: context.pluginWorkDirectoryURL,
                capnp: try Command.findCapnp(), generator: try context.tool(named: "capnpc-swift").url)
            let targets = try Self.targets(of: context.package, options)
            var stale = [String]()
            for target in targets { stale += try command.generate(target.name, in: target.directoryURL) }
            if !stale.isEmpty { throw Failure("stale: \(stale.joined(separator: ", ")). Run it without --check.") }
        } catch let failure as Failure {
            Diagnostics.error("generate-capnp: \(failure)")
        }
    }

    private static func targets(of package: Package, _ options: Options) throws -> [any Target] {
        let all = package.targets
        if options.targets.isEmpty {
            let withSchemas = all.filter { !Command.schemas(in: $0.directoryURL).isEmpty }
            if withSchemas.isEmpty {
                throw Failure("no target of \(package.displayName) has a .capnp file in its folder")
            }
            return withSchemas
        }
        return try options.targets.map { name in
            guard let target = all.first(where: { $0.name == name }) else {
                throw Failure("\(package.displayName) has no target \(name)")
            }
            guard !Command.schemas(in: target.directoryURL).isEmpty else {
                throw Failure("\(name) has no .capnp file in its folder, \(target.directoryURL.path)")
            }
            return target
        }
    }
}
