/// A handler's last word on a message.
public enum Disposition: Hashable, Sendable {
    /// Its effect is done.
    case done
    /// It shall not come again; it becomes a dead letter with this reason, of which its sender is told.
    case refused(String)
}
