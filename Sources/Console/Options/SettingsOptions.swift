public import ArgumentParser
import Foundation
public import Settings

/// Where settings come from.
public struct SettingsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read settings from this file instead of the usual places.", valueName: "file"))
    public var config: String?

    @Option(
        name: .long, help: ArgumentHelp("Override a setting, as in zap_server.max_agents=50.", valueName: "key=value"))
    public var set: [String] = []

    public init() {}

    /// Everything that settings depend on: the environment, the file and the command line.
    /// - Parameters:
    ///   - places: where the file may be, best first.
    ///   - flags: values of flags of their own, by key; nil where a flag was not given.
    public func inputs(places: (String) -> [String], flags: [String: String?] = [:]) throws(Complaint) -> Inputs {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? FileManager.default.homeDirectoryForCurrentUser.path
        var overrides = flags.compactMapValues(\.self)
        for assignment in set {
            let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw Complaint(.usage, "--set \(assignment): expected key=value") }
            overrides[String(parts[0])] = String(parts[1])
        }
        return Inputs(file: try file(places(home)), environment: environment, overrides: overrides, home: home)
    }

    private func file(_ places: [String]) throws(Complaint) -> Inputs.File? {
        guard let path = config ?? places.first(where: FileManager.default.fileExists) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Complaint(.usage, "cannot read \(path)")
        }
        guard let text = String(data: data, encoding: .utf8) else { throw Complaint(.usage, "\(path) is not UTF-8") }
        return Inputs.File(name: path, text: text)
    }
}

/// A path from the command line, relative to where the command was typed.
public func absolutePath(_ path: String?) -> String? {
    path.map { $0.hasPrefix("~") ? $0 : URL(filePath: $0).standardizedFileURL.path }
}

extension Resolution {
    /// The settings, or all that is wrong with them as one complaint.
    public func orComplain() throws(Complaint) -> Settings {
        do throws(SettingsFailure) { return try validated() } catch { throw Complaint(.usage, error.description) }
    }
}
