import Primitives
import Quorum
import Simplex

/// Says nothing.
struct Silent: Adversary {
    func rewrite(_ outgoing: [Outgoing<SimplexMessage>], _ hands: inout Hands) -> [Outgoing<SimplexMessage>] { [] }
}

/// Shows one block to one half and another to the other.
struct EquivocatingLeader: Adversary {
    private var second: (Block, SignedVote)?

    mutating func rewrite(_ outgoing: [Outgoing<SimplexMessage>], _ hands: inout Hands) -> [Outgoing<SimplexMessage>] {
        guard case .proposal(let block, _)? = outgoing.first?.message else { return outgoing }
        if second?.0.view != block.view {
            let parent = Anchor(view: block.parentView, height: Height(block.height.value - 1), digest: block.parent)
            let rival = hands.application.make(view: block.view, on: parent, [hands.random.next()])
            second = (rival, hands.sign(.notarize(rival.candidate), in: rival.view))
        }
        guard let second else { return outgoing }
        let everyOther = hands.random.next() & 1
        return outgoing.map { item in
            UInt64(item.recipient) & 1 == everyOther
                ? Outgoing(recipient: item.recipient, message: .proposal(second.0, second.1)) : item
        }
    }
}

/// Votes for everything: each candidate that it hears of, against the view, and for its finality.
struct DoubleVoter: Adversary {
    func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands) {
        guard case .proposal(let block, _) = message else { return }
        let choices: [Vote.Choice] = [.notarize(block.candidate), .nullify, .finalize(block.candidate)]
        for choice in choices { hands.broadcast(.votes([hands.sign(choice, in: block.view)])) }
    }
}

/// Sends again what it once heard or said.
struct StaleReplayer: Adversary {
    private var heard: [SimplexMessage] = []

    mutating func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands) {
        if heard.count < 256 {
            heard.append(message)
        } else if hands.chance(1, in: 4) {
            heard[Int(hands.random.next() % 256)] = message
        }
        guard hands.chance(1, in: 4) else { return }
        let old = heard[Int(hands.random.next() % UInt64(heard.count))]
        hands.send(old, to: hands.others[Int(hands.random.next() % UInt64(hands.others.count))])
    }
}

/// Proposes on the final block, or claims a parent that is none, whatever lies between.
struct WrongParentProposer: Adversary {
    func enter(_ view: View, _ hands: inout Hands) {
        guard hands.configuration.leader(of: view) == hands.key.signer else { return }
        var block = hands.application.make(view: view, on: hands.final, [hands.random.next()])
        if hands.chance(1, in: 2) { block.parentView = view.previous }
        hands.broadcast(.proposal(block, hands.sign(.notarize(block.candidate), in: view)))
    }
}

/// Proposes blocks with a false state, or such as no application accepts.
struct WrongBlockProposer: Adversary {
    let isRefusable: Bool

    func rewrite(_ outgoing: [Outgoing<SimplexMessage>], _ hands: inout Hands) -> [Outgoing<SimplexMessage>] {
        guard case .proposal(let block, _)? = outgoing.first?.message else { return outgoing }
        let parent = Anchor(view: block.parentView, height: Height(block.height.value - 1), digest: block.parent)
        let wrong = hands.application.make(
            view: block.view, on: parent, [block.view.value], wrongBy: isRefusable ? 0 : 1, isRefusable: isRefusable)
        let vote = hands.sign(.notarize(wrong.candidate), in: wrong.view)
        return outgoing.map { Outgoing(recipient: $0.recipient, message: .proposal(wrong, vote)) }
    }

    /// And helps them along.
    func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands) {
        guard case .proposal(let block, _) = message else { return }
        hands.broadcast(.votes([hands.sign(.finalize(block.candidate), in: block.view)]))
    }
}

/// Lets only a few see each of its votes.
struct SelectiveVoter: Adversary {
    func rewrite(_ outgoing: [Outgoing<SimplexMessage>], _ hands: inout Hands) -> [Outgoing<SimplexMessage>] {
        outgoing.filter { _ in hands.chance(1, in: 2) }
    }
}

/// Gives every view up as it begins, and finalizes what it hears of all the same.
struct Nullifier: Adversary {
    func enter(_ view: View, _ hands: inout Hands) { hands.broadcast(.votes([hands.sign(.nullify, in: view)])) }

    func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands) {
        guard case .proposal(let block, _) = message, hands.chance(1, in: 2) else { return }
        hands.broadcast(.votes([hands.sign(.finalize(block.candidate), in: block.view)]))
    }
}

/// Votes for views that are far away, and for candidates that nobody has seen.
struct Flooder: Adversary {
    func enter(_ view: View, _ hands: inout Hands) {
        for step in 0..<24 {
            let far = view.advanced(by: hands.random.next() % (step % 3 == 0 ? 1_000_000 : 12))
            let ghost = Candidate(parentView: view, block: MockHash.digest([UInt8(step)]))
            hands.broadcast(.votes([hands.sign(step % 2 == 0 ? .notarize(ghost) : .nullify, in: far)]))
        }
        hands.broadcast(.request((0..<16).map { .nullification(View($0)) }))
    }
}

/// Answers questions with something else: certificates that are too small, runs with gaps, views that never were.
struct Liar: Adversary {
    func rewrite(_ outgoing: [Outgoing<SimplexMessage>], _ hands: inout Hands) -> [Outgoing<SimplexMessage>] {
        outgoing.map { item in
            var item = item
            switch item.message {
            case .certificate(let certificate): item.message = .certificate(bend(certificate, &hands))
            case .run(let blocks, let certificate):
                item.message = .run(Array(hands.chance(1, in: 2) ? blocks.dropLast() : blocks.dropFirst()), certificate)
            case .viewReport(let view, let certificate):
                item.message = .viewReport(view.advanced(by: 1 << 40), certificate)
            default: break
            }
            return item
        }
    }

    func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands) {
        switch message {
        case .viewRequest: hands.send(.viewReport(View(1 << 40), nil), to: peer)
        case .proposal(let block, _):
            let alone = hands.sign(.finalize(block.candidate), in: block.view)
            hands.broadcast(.certificate(QuorumCertificate(alone.vote, from: [alone])))
        default: break
        }
    }

    private func bend(_ certificate: QuorumCertificate, _ hands: inout Hands) -> QuorumCertificate {
        var bent = certificate
        if hands.chance(1, in: 2) {
            bent.vote.view = bent.vote.view.advanced(by: hands.random.next() % 3)
        } else if let first = bent.signers.members.first {
            bent.signers.remove(first)
            bent.signatures.removeFirst()
        }
        return bent
    }
}

/// Votes in others' names, with signatures that don't hold.
struct Forger: Adversary {
    func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands) {
        guard case .proposal(let block, _) = message else { return }
        var certificate: [SignedVote] = []
        for victim in hands.others {
            let vote = Vote(epoch: hands.configuration.epoch, view: block.view, .finalize(block.candidate))
            certificate.append(SignedVote(vote: vote, signer: victim, signature: [1, 2, 3, 4, 5, 6, 7, 8]))
            let against = Vote(epoch: hands.configuration.epoch, view: block.view, .nullify)
            certificate.append(SignedVote(vote: against, signer: victim, signature: [8]))
        }
        hands.broadcast(.votes(certificate))
        guard let first = certificate.first else { return }
        hands.broadcast(.certificate(QuorumCertificate(first.vote, from: certificate)))
    }
}

/// Votes in other epochs, and sends votes with somebody else's block.
struct Wanderer: Adversary {
    func overhear(_ message: SimplexMessage, from peer: ValidatorIndex, _ hands: inout Hands) {
        guard case .proposal(let block, let vote) = message else { return }
        var strange = vote.vote
        strange.epoch = Epoch(strange.epoch.value &+ 1)
        hands.broadcast(.votes([hands.key.forge(strange)]))
        let own = hands.sign(.notarize(Candidate(parentView: block.parentView, block: block.parent)), in: block.view)
        hands.broadcast(.proposal(block, own))
        hands.broadcast(.proposal(block, hands.sign(.notarize(block.candidate), in: block.view)))
    }
}

/// Proposes in everybody's views.
struct Usurper: Adversary {
    func enter(_ view: View, _ hands: inout Hands) {
        var block = hands.application.make(view: view, on: hands.final, [hands.random.next()])
        if hands.final.view != view.previous { block.parentView = hands.final.view }
        hands.broadcast(.proposal(block, hands.sign(.notarize(block.candidate), in: view)))
    }
}
