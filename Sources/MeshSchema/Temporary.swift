public import CapnProto
import FoundationEssentials

// Stands in for the generated code until the generator lands: the same names, another encoding.

public enum AgentMessage {
    public struct Value: Sendable, Hashable, Codable {
        public var id: String
        public var from: [UInt8]
        public var to: [UInt8]
        public var timestamp: Int64
        public var payload: AgentMessage.Payload.Value
        public var signature: [UInt8]
        public var network: [UInt8]
        public var homeEpoch: UInt64
        public var counter: UInt64
        public var expiresAt: Int64
        public var replyTo: String
        public var `class`: MessageClass
        public var traceparent: String
        public var delegation: [Delegation.Value]
        public var contentType: String
        public init(id: String = "", from: [UInt8] = [], to: [UInt8] = [], timestamp: Int64 = 0, payload: AgentMessage.Payload.Value = AgentMessage.Payload.Value(), signature: [UInt8] = [], network: [UInt8] = [], homeEpoch: UInt64 = 0, counter: UInt64 = 0, expiresAt: Int64 = 0, replyTo: String = "", `class`: MessageClass = .normal, traceparent: String = "", delegation: [Delegation.Value] = [], contentType: String = "") { self.id = id; self.from = from; self.to = to; self.timestamp = timestamp; self.payload = payload; self.signature = signature; self.network = network; self.homeEpoch = homeEpoch; self.counter = counter; self.expiresAt = expiresAt; self.replyTo = replyTo; self.`class` = `class`; self.traceparent = traceparent; self.delegation = delegation; self.contentType = contentType }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
    public enum Payload {
        public indirect enum Which: Sendable, Hashable, Codable {
            case request(TaskRequest.Value)
            case response(TaskResponse.Value)
            case gossip(GossipMessage.Value)
            case vote(ConsensusVote.Value)
            case proposal(ConsensusProposal.Value)
            case payment(PaymentRequest.Value)
            case receipt(PaymentReceipt.Value)
            case content([UInt8])
            case unknown(UInt16)
        }
        public struct Value: Sendable, Hashable, Codable {
            public var which: AgentMessage.Payload.Which
            public init(which: AgentMessage.Payload.Which = .request(TaskRequest.Value())) { self.which = which }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
    }
}

public enum MessageClass: Sendable, Hashable, Codable {
    case normal, urgent, steer, cancel, unknown(UInt16)
    public init(rawValue: UInt16) { switch rawValue { case 0: self = .normal; case 1: self = .urgent; case 2: self = .steer; case 3: self = .cancel; default: self = .unknown(rawValue) } }
    public var rawValue: UInt16 { switch self { case .normal: 0; case .urgent: 1; case .steer: 2; case .cancel: 3; case .unknown(let raw): raw } }
}

public enum Delegation {
    public struct Value: Sendable, Hashable, Codable {
        public var principal: [UInt8]
        public var role: String
        public var grant: String
        public var signature: [UInt8]
        public init(principal: [UInt8] = [], role: String = "", grant: String = "", signature: [UInt8] = []) { self.principal = principal; self.role = role; self.grant = grant; self.signature = signature }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum SignedEnvelope {
    public struct Value: Sendable, Hashable, Codable {
        public var body: [UInt8]
        public var signatures: [SignedEnvelope.Signature.Value]
        public init(body: [UInt8] = [], signatures: [SignedEnvelope.Signature.Value] = []) { self.body = body; self.signatures = signatures }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
    public enum Signature {
        public struct Value: Sendable, Hashable, Codable {
            public var algorithm: SignedEnvelope.Algorithm
            public var keyId: [UInt8]
            public var bytes: [UInt8]
            public var batch: SignedEnvelope.Signature.Batch.Value
            public init(algorithm: SignedEnvelope.Algorithm = .ed25519, keyId: [UInt8] = [], bytes: [UInt8] = [], batch: SignedEnvelope.Signature.Batch.Value = SignedEnvelope.Signature.Batch.Value()) { self.algorithm = algorithm; self.keyId = keyId; self.bytes = bytes; self.batch = batch }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
        public enum Batch {
            public indirect enum Which: Sendable, Hashable, Codable {
                case none
                case path(SignedEnvelope.Signature.Batch.Path.Value)
                case unknown(UInt16)
            }
            public struct Value: Sendable, Hashable, Codable {
                public var which: SignedEnvelope.Signature.Batch.Which
                public init(which: SignedEnvelope.Signature.Batch.Which = .none) { self.which = which }
                public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
                public func framed() -> [UInt8] { temporaryEncode(self) }
            }
            public enum Path {
                public struct Value: Sendable, Hashable, Codable {
                    public var count: UInt32
                    public var index: UInt32
                    public var siblings: [[UInt8]]
                    public init(count: UInt32 = 0, index: UInt32 = 0, siblings: [[UInt8]] = []) { self.count = count; self.index = index; self.siblings = siblings }
                    public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
                    public func framed() -> [UInt8] { temporaryEncode(self) }
                }
            }
        }
    }
    public enum Algorithm: Sendable, Hashable, Codable {
        case ed25519, mldsa65, unknown(UInt16)
        public init(rawValue: UInt16) { switch rawValue { case 0: self = .ed25519; case 1: self = .mldsa65; default: self = .unknown(rawValue) } }
        public var rawValue: UInt16 { switch self { case .ed25519: 0; case .mldsa65: 1; case .unknown(let raw): raw } }
    }
}

public enum TaskRequest {
    public struct Value: Sendable, Hashable, Codable {
        public var taskId: String
        public var taskType: TaskRequest.TaskType
        public var description: String
        public var context: [UInt8]
        public var deadline: Int64
        public var payment: PaymentOffer.Value?
        public init(taskId: String = "", taskType: TaskRequest.TaskType = .code, description: String = "", context: [UInt8] = [], deadline: Int64 = 0, payment: PaymentOffer.Value? = nil) { self.taskId = taskId; self.taskType = taskType; self.description = description; self.context = context; self.deadline = deadline; self.payment = payment }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
    public enum TaskType: Sendable, Hashable, Codable {
        case code, review, test, deploy, design, research, unknown(UInt16)
        public init(rawValue: UInt16) { switch rawValue { case 0: self = .code; case 1: self = .review; case 2: self = .test; case 3: self = .deploy; case 4: self = .design; case 5: self = .research; default: self = .unknown(rawValue) } }
        public var rawValue: UInt16 { switch self { case .code: 0; case .review: 1; case .test: 2; case .deploy: 3; case .design: 4; case .research: 5; case .unknown(let raw): raw } }
    }
}

public enum TaskResponse {
    public struct Value: Sendable, Hashable, Codable {
        public var taskId: String
        public var outcome: TaskResponse.Outcome.Value
        public var resultHash: [UInt8]
        public init(taskId: String = "", outcome: TaskResponse.Outcome.Value = TaskResponse.Outcome.Value(), resultHash: [UInt8] = []) { self.taskId = taskId; self.outcome = outcome; self.resultHash = resultHash }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
    public enum Outcome {
        public indirect enum Which: Sendable, Hashable, Codable {
            case accepted
            case result([UInt8])
            case failed(String)
            case paymentRequired(PaymentRequest.Value)
            case unknown(UInt16)
        }
        public struct Value: Sendable, Hashable, Codable {
            public var which: TaskResponse.Outcome.Which
            public init(which: TaskResponse.Outcome.Which = .accepted) { self.which = which }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
    }
}

public enum GossipMessage {
    public struct Value: Sendable, Hashable, Codable {
        public var topic: String
        public var data: [UInt8]
        public var ttl: UInt32
        public var seen: [[UInt8]]
        public var id: [UInt8]
        public var origin: [UInt8]
        public var networkId: [UInt8]
        public var sequence: UInt64
        public var signatures: [SignedEnvelope.Signature.Value]
        public init(topic: String = "", data: [UInt8] = [], ttl: UInt32 = 0, seen: [[UInt8]] = [], id: [UInt8] = [], origin: [UInt8] = [], networkId: [UInt8] = [], sequence: UInt64 = 0, signatures: [SignedEnvelope.Signature.Value] = []) { self.topic = topic; self.data = data; self.ttl = ttl; self.seen = seen; self.id = id; self.origin = origin; self.networkId = networkId; self.sequence = sequence; self.signatures = signatures }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum ConsensusVote {
    public struct Value: Sendable, Hashable, Codable {
        public var round: UInt64
        public var proposalHash: [UInt8]
        public var vote: ConsensusVote.Vote
        public init(round: UInt64 = 0, proposalHash: [UInt8] = [], vote: ConsensusVote.Vote = .yes) { self.round = round; self.proposalHash = proposalHash; self.vote = vote }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
    public enum Vote: Sendable, Hashable, Codable {
        case yes, no, abstain, unknown(UInt16)
        public init(rawValue: UInt16) { switch rawValue { case 0: self = .yes; case 1: self = .no; case 2: self = .abstain; default: self = .unknown(rawValue) } }
        public var rawValue: UInt16 { switch self { case .yes: 0; case .no: 1; case .abstain: 2; case .unknown(let raw): raw } }
    }
}

public enum ConsensusProposal {
    public struct Value: Sendable, Hashable, Codable {
        public var round: UInt64
        public var parentHash: [UInt8]
        public var header: [UInt8]
        public var payload: [[UInt8]]
        public init(round: UInt64 = 0, parentHash: [UInt8] = [], header: [UInt8] = [], payload: [[UInt8]] = []) { self.round = round; self.parentHash = parentHash; self.header = header; self.payload = payload }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum Amount {
    public struct Value: Sendable, Hashable, Codable {
        public var asset: String
        public var units: [UInt8]
        public init(asset: String = "", units: [UInt8] = []) { self.asset = asset; self.units = units }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum PaymentOffer {
    public struct Value: Sendable, Hashable, Codable {
        public var amount: Amount.Value?
        public var scheme: String
        public var network: String
        public var expiresAt: Int64
        public init(amount: Amount.Value? = nil, scheme: String = "", network: String = "", expiresAt: Int64 = 0) { self.amount = amount; self.scheme = scheme; self.network = network; self.expiresAt = expiresAt }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum PaymentRequest {
    public struct Value: Sendable, Hashable, Codable {
        public var id: String
        public var scheme: String
        public var network: String
        public var amount: Amount.Value?
        public var payTo: String
        public var resource: String
        public var expiresAt: Int64
        public var invoice: String
        public var extra: String
        public init(id: String = "", scheme: String = "", network: String = "", amount: Amount.Value? = nil, payTo: String = "", resource: String = "", expiresAt: Int64 = 0, invoice: String = "", extra: String = "") { self.id = id; self.scheme = scheme; self.network = network; self.amount = amount; self.payTo = payTo; self.resource = resource; self.expiresAt = expiresAt; self.invoice = invoice; self.extra = extra }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum PaymentReceipt {
    public struct Value: Sendable, Hashable, Codable {
        public var id: String
        public var requestHash: [UInt8]
        public var resultHash: [UInt8]
        public var amount: Amount.Value?
        public var network: String
        public var transaction: String
        public var time: Int64
        public var signatures: [SignedEnvelope.Signature.Value]
        public init(id: String = "", requestHash: [UInt8] = [], resultHash: [UInt8] = [], amount: Amount.Value? = nil, network: String = "", transaction: String = "", time: Int64 = 0, signatures: [SignedEnvelope.Signature.Value] = []) { self.id = id; self.requestHash = requestHash; self.resultHash = resultHash; self.amount = amount; self.network = network; self.transaction = transaction; self.time = time; self.signatures = signatures }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum CommitBatch {
    public struct Value: Sendable, Hashable, Codable {
        public var network: [UInt8]
        public var agent: [UInt8]
        public var leaves: [CommitBatch.Leaf.Value]
        public var ed25519: [UInt8]
        public var mldsa65: [UInt8]
        public init(network: [UInt8] = [], agent: [UInt8] = [], leaves: [CommitBatch.Leaf.Value] = [], ed25519: [UInt8] = [], mldsa65: [UInt8] = []) { self.network = network; self.agent = agent; self.leaves = leaves; self.ed25519 = ed25519; self.mldsa65 = mldsa65 }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
    public enum Leaf {
        public struct Value: Sendable, Hashable, Codable {
            public var nonce: UInt64
            public var expiryHeight: UInt64
            public var body: [UInt8]
            public init(nonce: UInt64 = 0, expiryHeight: UInt64 = 0, body: [UInt8] = []) { self.nonce = nonce; self.expiryHeight = expiryHeight; self.body = body }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
    }
}

public enum Transaction {
    public indirect enum Which: Sendable, Hashable, Codable {
        case register(Registration.Value)
        case commit(AgentWork.Value)
        case putFact(PutFact.Value)
        case transfer(Transfer.Value)
        case hold(Hold.Value)
        case releaseHold(ReleaseHold.Value)
        case offerTask(OfferTask.Value)
        case claimTask(ClaimTask.Value)
        case progressTask(ProgressTask.Value)
        case completeTask(FinishTask.Value)
        case failTask(FinishTask.Value)
        case cancelTask(CancelTask.Value)
        case unknown(UInt16)
    }
    public struct Value: Sendable, Hashable, Codable {
        public var which: Transaction.Which
        public init(which: Transaction.Which = .register(Registration.Value())) { self.which = which }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum KeyBundle {
    public struct Value: Sendable, Hashable, Codable {
        public var ed25519: [UInt8]
        public var x25519: [UInt8]
        public var mldsa65: [UInt8]
        public var mlkem768: [UInt8]
        public init(ed25519: [UInt8] = [], x25519: [UInt8] = [], mldsa65: [UInt8] = [], mlkem768: [UInt8] = []) { self.ed25519 = ed25519; self.x25519 = x25519; self.mldsa65 = mldsa65; self.mlkem768 = mlkem768 }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum Registration {
    public struct Value: Sendable, Hashable, Codable {
        public var bundle: KeyBundle.Value?
        public var node: [UInt8]
        public var nodeNonce: [UInt8]
        public var agentNonce: [UInt8]
        public var homeEpoch: UInt64
        public var name: String
        public var role: String
        public var capabilities: Capabilities.Value?
        public init(bundle: KeyBundle.Value? = nil, node: [UInt8] = [], nodeNonce: [UInt8] = [], agentNonce: [UInt8] = [], homeEpoch: UInt64 = 0, name: String = "", role: String = "", capabilities: Capabilities.Value? = nil) { self.bundle = bundle; self.node = node; self.nodeNonce = nodeNonce; self.agentNonce = agentNonce; self.homeEpoch = homeEpoch; self.name = name; self.role = role; self.capabilities = capabilities }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum Capabilities {
    public struct Value: Sendable, Hashable, Codable {
        public var tools: [String]
        public var languages: [String]
        public var specializations: [String]
        public var prices: [Capabilities.Price.Value]
        public init(tools: [String] = [], languages: [String] = [], specializations: [String] = [], prices: [Capabilities.Price.Value] = []) { self.tools = tools; self.languages = languages; self.specializations = specializations; self.prices = prices }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
    public enum Price {
        public struct Value: Sendable, Hashable, Codable {
            public var taskType: String
            public var amount: Amount.Value?
            public init(taskType: String = "", amount: Amount.Value? = nil) { self.taskType = taskType; self.amount = amount }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
    }
}

public enum AgentWork {
    public struct Value: Sendable, Hashable, Codable {
        public var taskId: String
        public var fence: UInt64
        public var result: String
        public var filesChanged: [String]
        public var artifact: [UInt8]
        public init(taskId: String = "", fence: UInt64 = 0, result: String = "", filesChanged: [String] = [], artifact: [UInt8] = []) { self.taskId = taskId; self.fence = fence; self.result = result; self.filesChanged = filesChanged; self.artifact = artifact }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum PutFact {
    public struct Value: Sendable, Hashable, Codable {
        public var key: String
        public var value: [UInt8]
        public var expectedVersion: UInt64
        public init(key: String = "", value: [UInt8] = [], expectedVersion: UInt64 = 0) { self.key = key; self.value = value; self.expectedVersion = expectedVersion }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum Transfer {
    public struct Value: Sendable, Hashable, Codable {
        public var to: [UInt8]
        public var amount: Amount.Value?
        public var memo: String
        public init(to: [UInt8] = [], amount: Amount.Value? = nil, memo: String = "") { self.to = to; self.amount = amount; self.memo = memo }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum Hold {
    public struct Value: Sendable, Hashable, Codable {
        public var id: String
        public var amount: Amount.Value?
        public var to: [UInt8]
        public var expiresAt: Int64
        public init(id: String = "", amount: Amount.Value? = nil, to: [UInt8] = [], expiresAt: Int64 = 0) { self.id = id; self.amount = amount; self.to = to; self.expiresAt = expiresAt }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum ReleaseHold {
    public struct Value: Sendable, Hashable, Codable {
        public var id: String
        public var owner: [UInt8]
        public var pay: Bool
        public init(id: String = "", owner: [UInt8] = [], pay: Bool = false) { self.id = id; self.owner = owner; self.pay = pay }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum OfferTask {
    public struct Value: Sendable, Hashable, Codable {
        public var taskId: String
        public var taskType: String
        public var description: String
        public var parent: String
        public var leaseMs: UInt64
        public var deadline: Int64
        public var budget: UInt64
        public var escrow: Amount.Value?
        public var context: [UInt8]
        public init(taskId: String = "", taskType: String = "", description: String = "", parent: String = "", leaseMs: UInt64 = 0, deadline: Int64 = 0, budget: UInt64 = 0, escrow: Amount.Value? = nil, context: [UInt8] = []) { self.taskId = taskId; self.taskType = taskType; self.description = description; self.parent = parent; self.leaseMs = leaseMs; self.deadline = deadline; self.budget = budget; self.escrow = escrow; self.context = context }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum ClaimTask {
    public struct Value: Sendable, Hashable, Codable {
        public var taskId: String
        public init(taskId: String = "") { self.taskId = taskId }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum ProgressTask {
    public struct Value: Sendable, Hashable, Codable {
        public var taskId: String
        public var fence: UInt64
        public var note: String
        public init(taskId: String = "", fence: UInt64 = 0, note: String = "") { self.taskId = taskId; self.fence = fence; self.note = note }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum FinishTask {
    public struct Value: Sendable, Hashable, Codable {
        public var taskId: String
        public var fence: UInt64
        public var result: [UInt8]
        public var note: String
        public init(taskId: String = "", fence: UInt64 = 0, result: [UInt8] = [], note: String = "") { self.taskId = taskId; self.fence = fence; self.result = result; self.note = note }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum CancelTask {
    public struct Value: Sendable, Hashable, Codable {
        public var taskId: String
        public var reason: String
        public init(taskId: String = "", reason: String = "") { self.taskId = taskId; self.reason = reason }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
}

public enum ProofBundle {
    public struct Value: Sendable, Hashable, Codable {
        public var version: UInt16
        public var scheme: UInt8
        public var genesis: [UInt8]
        public var epochHops: [[UInt8]]
        public var signerBundles: [KeyBundle.Value]
        public var header: [UInt8]
        public var finality: ProofBundle.Finality.Value
        public var key: [UInt8]
        public var value: [UInt8]
        public var present: Bool
        public var statePath: ProofBundle.StatePath.Value?
        public var commit: ProofBundle.CommitPath.Value?
        public init(version: UInt16 = 0, scheme: UInt8 = 0, genesis: [UInt8] = [], epochHops: [[UInt8]] = [], signerBundles: [KeyBundle.Value] = [], header: [UInt8] = [], finality: ProofBundle.Finality.Value = ProofBundle.Finality.Value(), key: [UInt8] = [], value: [UInt8] = [], present: Bool = false, statePath: ProofBundle.StatePath.Value? = nil, commit: ProofBundle.CommitPath.Value? = nil) { self.version = version; self.scheme = scheme; self.genesis = genesis; self.epochHops = epochHops; self.signerBundles = signerBundles; self.header = header; self.finality = finality; self.key = key; self.value = value; self.present = present; self.statePath = statePath; self.commit = commit }
        public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
        public func framed() -> [UInt8] { temporaryEncode(self) }
    }
    public enum Finality {
        public indirect enum Which: Sendable, Hashable, Codable {
            case authority(ProofBundle.Certificate.Value)
            case certificate([UInt8])
            case unknown(UInt16)
        }
        public struct Value: Sendable, Hashable, Codable {
            public var which: ProofBundle.Finality.Which
            public init(which: ProofBundle.Finality.Which = .authority(ProofBundle.Certificate.Value())) { self.which = which }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
    }
    public enum Certificate {
        public struct Value: Sendable, Hashable, Codable {
            public var ed25519: [UInt8]
            public var mldsa65: [UInt8]
            public init(ed25519: [UInt8] = [], mldsa65: [UInt8] = []) { self.ed25519 = ed25519; self.mldsa65 = mldsa65 }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
    }
    public enum StatePath {
        public struct Value: Sendable, Hashable, Codable {
            public var siblings: [[UInt8]]
            public var leafKey: [UInt8]
            public var leafValue: [UInt8]
            public init(siblings: [[UInt8]] = [], leafKey: [UInt8] = [], leafValue: [UInt8] = []) { self.siblings = siblings; self.leafKey = leafKey; self.leafValue = leafValue }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
    }
    public enum CommitPath {
        public struct Value: Sendable, Hashable, Codable {
            public var leaf: CommitBatch.Leaf.Value?
            public var count: UInt32
            public var index: UInt32
            public var path: [[UInt8]]
            public var agent: KeyBundle.Value?
            public var ed25519: [UInt8]
            public var mldsa65: [UInt8]
            public init(leaf: CommitBatch.Leaf.Value? = nil, count: UInt32 = 0, index: UInt32 = 0, path: [[UInt8]] = [], agent: KeyBundle.Value? = nil, ed25519: [UInt8] = [], mldsa65: [UInt8] = []) { self.leaf = leaf; self.count = count; self.index = index; self.path = path; self.agent = agent; self.ed25519 = ed25519; self.mldsa65 = mldsa65 }
            public init(framed bytes: [UInt8], limits: ReadLimits = .default) throws(CapnProtoError) { self = try temporaryDecode(bytes) }
            public func framed() -> [UInt8] { temporaryEncode(self) }
        }
    }
}

private func temporaryEncode(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let data = try? encoder.encode(value) else { preconditionFailure("values are encodable") }
    return [UInt8](data)
}
private func temporaryDecode<T: Decodable>(_ bytes: [UInt8]) throws(CapnProtoError) -> T {
    do { return try JSONDecoder().decode(T.self, from: Data(bytes)) } catch { throw CapnProtoError.truncated }
}
