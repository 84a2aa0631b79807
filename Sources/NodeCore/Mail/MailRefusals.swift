import Primitives

extension Refusal {
    static func sequenceReused(_ sequence: MailSequence) -> Refusal {
        Refusal(.sequenceReused, "\(sequence) stands for another message already; number each message once")
    }

    static func sequencePassed(_ sequence: MailSequence, by pair: MailPair) -> Refusal {
        Refusal(
            .sequencePassed,
            "\(sequence) is behind \(pair.epoch).\(pair.cursor) and no longer remembered; send it under a new number")
    }

    static func windowFull(_ sequence: MailSequence, _ pair: MailPair, _ window: UInt64) -> Refusal {
        let base = sequence.epoch == pair.epoch ? pair.cursor : 0
        return Refusal(
            .windowFull,
            "\(sequence) is more than \(window) ahead of \(base); send the missing numbers from \(base + 1) first")
    }

    /// Says again what a journal record or a peer said.
    init(repeating text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        let code = parts.first.flatMap { ErrorCode(rawValue: String($0)) } ?? .rejected
        let message = parts.count == 2 ? parts[1].drop { $0 == " " } : Substring(text)
        self.init(code, String(message))
    }
}
