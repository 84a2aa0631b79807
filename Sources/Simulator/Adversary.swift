import Primitives
import Quorum
import Simplex

/// A Byzantine behaviour: what a machine does beside, or instead of, what its engine says.
///
/// The engine inside is correct, so an adversary needs to add only its own malice.
protocol Adversary {
    /// What leaves in the place of what the engine sends.
    mutating func rewrite(_ outgoing: [Outgoing<SimplexMessage>], _ hands: inout Hands) -> [Outgoing<SimplexMessage>]
    mutating func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands)
    mutating func enter(_ view: View, _ hands: inout Hands)
}

extension Adversary {
    func rewrite(_ outgoing: [Outgoing<SimplexMessage>], _ hands: inout Hands) -> [Outgoing<SimplexMessage>] {
        outgoing
    }
    func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands) {}
    func enter(_ view: View, _ hands: inout Hands) {}
}

/// What an adversary can reach: its own key, its application, the network.
struct Hands {
    let key: MockKey
    let configuration: SimplexConfiguration
    let application: MockApplication
    let view: View
    let final: Anchor
    var random: PRNG
    private(set) var extra: [Outgoing<SimplexMessage>] = []

    init(
        key: MockKey, configuration: SimplexConfiguration, application: MockApplication, view: View, final: Anchor,
        random: PRNG
    ) {
        self.key = key
        self.configuration = configuration
        self.application = application
        self.view = view
        self.final = final
        self.random = random
    }

    var others: [ValidatorIndex] { configuration.validators.indices.filter { $0 != key.signer } }

    func sign(_ choice: Vote.Choice, in view: View) -> SignedVote {
        key.forge(Vote(epoch: configuration.epoch, view: view, choice))
    }

    mutating func send(_ message: SimplexMessage, to peer: ValidatorIndex) {
        extra.append(Outgoing(recipient: Int(peer.value), message: message))
    }

    mutating func broadcast(_ message: SimplexMessage) { for peer in others { send(message, to: peer) } }

    mutating func chance(_ count: UInt64, in total: UInt64) -> Bool { random.next() % total < count }
}

/// The catalogue. Each is one file below `Adversaries`, or a few lines in a shared one.
public enum AdversaryKind: String, CaseIterable, Hashable, Sendable {
    case equivocatingLeader, doubleVoter, silent, staleReplayer, wrongParent, wrongState, refusedPayload
    case selectiveVoter, nullifier, flooder, liar, forger, wanderer, usurper

    func make() -> any Adversary {
        switch self {
        case .equivocatingLeader: EquivocatingLeader()
        case .doubleVoter: DoubleVoter()
        case .silent: Silent()
        case .staleReplayer: StaleReplayer()
        case .wrongParent: WrongParentProposer()
        case .wrongState: WrongBlockProposer(isRefusable: false)
        case .refusedPayload: WrongBlockProposer(isRefusable: true)
        case .selectiveVoter: SelectiveVoter()
        case .nullifier: Nullifier()
        case .flooder: Flooder()
        case .liar: Liar()
        case .forger: Forger()
        case .wanderer: Wanderer()
        case .usurper: Usurper()
        }
    }
}
