public import ArgumentParser
import Foundation

/// Runs a program: parses, runs the command, prints what went wrong, and ends with the documented exit status.
public enum CommandRunner {
    public static func run(_ root: (some ParsableCommand).Type) async -> Never {
        do {
            var command = try root.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            exit(ExitStatus.success.rawValue)
        } catch {
            end(root, with: error)
        }
    }

    private static func end(_ root: (some ParsableCommand).Type, with error: any Error) -> Never {
        if let complaint = error as? Complaint {
            let style = OutputStyle(form: CommandLine.arguments.contains("--json") ? .json : .people)
            Output.complain(complaint, style)
            exit(complaint.status.rawValue)
        }
        let text = root.fullMessage(for: error)
        if root.exitCode(for: error) == .success {  // --help, --version and completion scripts
            Output.print(text)
            exit(ExitStatus.success.rawValue)
        }
        if let code = error as? ExitCode { exit(code.rawValue) }
        Output.printError(text)
        exit(root.exitCode(for: error) == .validationFailure ? ExitStatus.usage.rawValue : ExitStatus.failed.rawValue)
    }
}

/// Standard output and standard error, written at once: nothing is left in a buffer when a program is killed.
public enum Output {
    public static func print(_ text: String) { write(text, to: .standardOutput) }
    public static func printError(_ text: String) { write(text, to: .standardError) }

    public static func complain(_ complaint: Complaint, _ style: OutputStyle) {
        let report = ErrorReport(complaint)
        switch style.form {
        case .json: printError(style.render(report))
        case .people, .identifiers: printError(report.blocks.map { OutputStyle().render($0) }.joined(separator: "\n"))
        }
    }

    private static func write(_ text: String, to file: FileHandle) {
        guard !text.isEmpty else { return }
        // A closed pipe (`| head`) is no mistake of ours.
        try? file.write(contentsOf: Data((text + "\n").utf8))
    }
}
