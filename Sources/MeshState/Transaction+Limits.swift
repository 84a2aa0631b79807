import CapnProto
import MeshSchema
import Primitives

extension StateLimits {
    /// What decoding a body may cost: four times its largest size, so that shared pointers cannot unfold it, and no deeper
    /// than transactions are.
    static let reading = ReadLimits(traversalWords: bodyByteCount / 8 * 4, nesting: 16)
}

/// What can be said about a transaction without looking at the state: lengths, counts, alphabets.
extension Transaction.Value {
    var isWithinLimits: Bool {
        switch which {
        case .register(let value): value.isWithinLimits
        case .commit(let value): value.isWithinLimits
        case .putFact(let value): value.key.isIdentifier && value.value.count <= StateLimits.factByteCount
        case .transfer(let value): value.memo.isNote && value.amount?.isPayable == true
        case .hold(let value): value.id.isIdentifier && value.amount?.isPayable == true
        case .releaseHold(let value): value.id.isIdentifier
        case .offerTask(let value): value.isWithinLimits
        case .claimTask(let value): value.taskId.isIdentifier
        case .progressTask(let value): value.taskId.isIdentifier && value.note.isNote
        case .completeTask(let value), .failTask(let value): value.isWithinLimits
        case .cancelTask(let value): value.taskId.isIdentifier && value.reason.isNote
        case .unknown: false
        }
    }
}

extension Registration.Value {
    var isWithinLimits: Bool {
        node.count == 32 && nodeNonce.count == 32 && agentNonce.count == 32
            && (name.isEmpty || name.isName) && role.utf8.count <= StateLimits.roleByteCount
            && capabilities?.isWithinLimits != false
    }
}

extension Capabilities.Value {
    var isWithinLimits: Bool {
        [tools, languages, specializations].allSatisfy { list in
            list.count <= StateLimits.capabilityCount
                && list.allSatisfy { $0.utf8.count <= StateLimits.capabilityByteCount }
        } && prices.count <= StateLimits.capabilityCount
            && prices.allSatisfy { $0.taskType.utf8.count <= StateLimits.roleByteCount && $0.amount?.isAmount != false }
    }
}

extension AgentWork.Value {
    var isWithinLimits: Bool {
        (taskId.isEmpty || taskId.isIdentifier) && result.utf8.count <= StateLimits.resultByteCount
            && filesChanged.count <= StateLimits.fileCount
            && filesChanged.allSatisfy { $0.utf8.count <= StateLimits.fileByteCount }
            && (artifact.isEmpty || artifact.count == Digest.byteCount)
    }
}

extension OfferTask.Value {
    var isWithinLimits: Bool {
        taskId.isIdentifier && taskType.utf8.count <= StateLimits.roleByteCount && (parent.isEmpty || parent.isIdentifier)
            && description.utf8.count <= StateLimits.descriptionByteCount && context.count <= StateLimits.contextByteCount
            && leaseMs <= StateLimits.leaseMilliseconds && escrow?.isStake != false
    }
}

extension FinishTask.Value {
    var isWithinLimits: Bool {
        taskId.isIdentifier && result.count <= StateLimits.resultByteCount && note.isNote
    }
}

extension Amount.Value {
    /// An asset and at most 256 bits.
    var isAmount: Bool { asset.isIdentifier && units.count <= UInt256.maxByteCount }
    /// More than nothing of an asset.
    var isPayable: Bool { isAmount && positiveUnits != nil }
    /// An escrow: an amount, or nothing of nothing.
    var isStake: Bool { isAmount || (asset.isEmpty && units.isEmpty) }
}

extension String {
    /// 1 to 128 bytes of printable ASCII without spaces.
    var isIdentifier: Bool {
        (1...StateLimits.identifierByteCount).contains(utf8.count) && utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// An identifier of at most 64 bytes without a slash.
    var isName: Bool { isIdentifier && utf8.count <= StateLimits.nameByteCount && !utf8.contains(StateKey.slash) }

    var isNote: Bool { utf8.count <= StateLimits.noteByteCount }
}
