public import ArgumentParser
import Foundation

/// How a command prints.
public struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one line of JSON with a documented, versioned schema.")
    public var json = false

    @Flag(name: .shortAndLong, help: "Print identifiers only, one a line.")
    public var quiet = false

    public init() {}

    public func validate() throws {
        if json && quiet { throw ValidationError("--json and --quiet exclude each other.") }
    }

    /// Colours only for a person at a terminal who has not set NO_COLOR (no-color.org).
    public var style: OutputStyle {
        let environment = ProcessInfo.processInfo.environment
        let isColored =
            (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb" && isatty(STDOUT_FILENO) == 1
        return OutputStyle(form: json ? .json : quiet ? .identifiers : .people, isColored: isColored)
    }

    public func print(_ report: some Report) { Output.print(style.render(report)) }
}
