public import Settings

/// What `config show` and `config validate` of both programs do with their own settings.
public enum ConfigurationCommand {
    /// Prints every key with its value and origin. Fails like `validate` where something is wrong, after printing.
    public static func show(_ resolution: Resolution<some Sendable>, _ output: OutputOptions) throws(Complaint) {
        output.print(ConfigurationReport(resolution, listsEntries: true))
        _ = try resolution.orComplain()
    }

    /// Prints all problems at once and ends with status 2 where there are any.
    public static func validate(_ resolution: Resolution<some Sendable>, _ output: OutputOptions) throws(Complaint) {
        if output.json || resolution.problems.isEmpty {
            output.print(ConfigurationReport(resolution, listsEntries: false))
        }
        _ = try resolution.orComplain()
    }
}
