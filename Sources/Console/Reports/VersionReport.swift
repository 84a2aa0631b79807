/// `version`.
public struct VersionReport: Report {
    public static let kind = "version"
    var program: String
    var version: String
    /// Of ZAP, as `NodeInfo.protocolVersion` carries it.
    var protocolVersion: Int
    /// Of the data directory's formats.
    var formatVersion: Int

    public init(program: String) {
        self.program = program
        version = Build.version
        protocolVersion = Build.protocolVersion
        formatVersion = Build.formatVersion
    }

    public var identifiers: [String] { [version] }
    public var blocks: [Block] {
        [.line("\(program) \(version) (protocol \(protocolVersion), data format \(formatVersion))")]
    }
}

/// What this build is.
public enum Build {
    public static let version = "0.1.0"
    public static let protocolVersion = 1
    public static let formatVersion = 1
}
