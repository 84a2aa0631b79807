import MeshState
import NodeCore
import Primitives

// The core and the wire use the same nouns. Where both are in sight, the core's are called by these names.

typealias CoreRecord = JournalRecord
typealias CoreReceipt = CommitReceipt
typealias CoreMailReceipt = MailReceipt
typealias CoreMailItem = MailItem
typealias CoreMailTier = MailTier
typealias CoreStatus = AgentStatus
typealias CoreChallenge = Challenge
typealias CoreRegistered = Registered
typealias CoreEvent = StateEvent
typealias CoreMetric = Metric
typealias CoreResponse = Response
