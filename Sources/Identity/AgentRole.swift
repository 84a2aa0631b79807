/// What an agent does in its team. The document's roles by name, any other as text.
public enum AgentRole: Hashable, Sendable, CustomStringConvertible {
    case architect, developer, reviewer, tester, devops, ui, backend
    case custom(String)

    private static let named: [(AgentRole, String)] = [
        (.architect, "architect"), (.developer, "developer"), (.reviewer, "reviewer"), (.tester, "tester"),
        (.devops, "devops"),
        (.ui, "ui"), (.backend, "backend"),
    ]

    /// Any text is a role; the known ones are recognised in any case.
    public init(_ text: String) {
        let lower = text.lowercased()
        self = Self.named.first { $0.1 == lower }?.0 ?? .custom(text)
    }

    public var description: String {
        if case .custom(let text) = self { return text }
        return Self.named.first { $0.0 == self }?.1 ?? ""
    }
}
