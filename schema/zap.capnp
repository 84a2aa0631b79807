@0xf3b6d5a0917c2e48;
# ZAP: the interfaces between a light agent and its node. `Hanzod` is the bootstrap capability of every ZAP listener.
# A method that fails throws an exception whose text is "code: message", code being an ErrorCode of docs/protocols/zap.md.

using Swift = import "swift.capnp";
using Mesh = import "agent-mesh.capnp";
using State = import "state.capnp";
$Swift.module("ZAP");

interface Hanzod {
  info @0 () -> (info :NodeInfo);

  challenge @1 (network :Data, agent :Data, nonce :Data) -> (challenge :Challenge);
  # First step of `register` and, over TCP, of `admin` (with empty network and agent). One challenge per connection is open at a time.

  register @2 (network :Data, registration :State.CommitBatch, inbox :Inbox, tokenProof :Data, services :List(Service))
      -> (session :AgentSession, registered :Registered);
  # `registration` is a batch of one leaf whose body is Transaction.register. Returns when the record is durable.

  admin @3 (tokenProof :Data) -> (admin :NodeAdmin);
  # For the node's owner: by peer uid on the Unix socket, by token proof over TCP.
}

struct NodeInfo {
  nodeId @0 :Data;
  name @1 :Text;
  version @2 :Text;
  startedAt @3 :Int64;
  networks @4 :List(NetworkInfo);
  agentCount @5 :UInt32;
  protocolVersion @6 :UInt16;
}

struct NetworkInfo {
  id @0 :Data;
  name @1 :Text;
  engine @2 :Text;        # "poa" or "bft"
  isDefault @3 :Bool;
  height @4 :UInt64;
  finalHeight @5 :UInt64;
  stateRoot @6 :Data;
  commitCount @7 :UInt64;
  transactionCount @8 :UInt64;
  agentCount @9 :UInt32;
  hashSuite @10 :Text;
  scheme @11 :Text;
  genesis @12 :Data;
  headerTime @13 :Int64;
  term @14 :UInt64;
}

struct Challenge {
  node @0 :Data;          # NodeID
  nonce @1 :Data;         # 32 bytes
  homeEpoch @2 :UInt64;   # The epoch that the state holds for this agent; 0: none
  height @3 :UInt64;
  tokenProof @4 :Data;    # HMAC by which the node proves the token; empty on the Unix socket
}

struct Service {
  name @0 :Text;
  interfaceId @1 :UInt64;
  capability @2 :AnyPointer;
}

struct Registered {
  agent @0 :Data;
  homeEpoch @1 :UInt64;
  height @2 :UInt64;
  headerTime @3 :Int64;
  mailboxCount @4 :UInt32; # Messages that wait and are delivered next
  receipt @5 :CommitReceipt;
}

interface AgentSession {
  commit @0 (batch :State.CommitBatch) -> (receipts :List(CommitReceipt));
  # Carries signed transactions of this agent, one or many; returns when each is durable or rejected, in the batch's order.

  status @1 (network :Data, nonces :List(UInt64)) -> (receipts :List(CommitReceipt));

  send @2 (network :Data, envelope :Mesh.SignedEnvelope, wait :MailTier) -> (receipt :MailReceipt);
  # Returns at the tier asked for: `accepted` or `stored`.

  acknowledge @3 (network :Data, mail :List(MailAck)) -> ();

  mailStatus @4 (network :Data, to :Data, homeEpoch :UInt64, counter :UInt64) -> (receipt :MailReceipt);

  subscribe @5 (network :Data, topics :List(Text), observer :StateObserver) -> (subscription :Subscription, height :UInt64);

  readState @6 (network :Data, key :Data, prove :Bool) -> (present :Bool, value :Data, height :UInt64, bundle :Data);
  # `bundle` is a stream-framed ProofBundle at the newest final height; its value may be older than `value`.

  agents @7 (network :Data, role :Text, afterName :Text, limit :UInt32) -> (agents :List(AgentRecord));
  resolve @8 (network :Data, name :Text, agent :Data) -> (record :AgentRecord);

  tasks @9 (network :Data, state :Text, after :Text, limit :UInt32) -> (tasks :List(TaskRecord));
  task @10 (network :Data, taskId :Text) -> (record :TaskRecord);

  updateStatus @11 (network :Data, status :AgentStatus) -> ();

  info @12 () -> (info :NodeInfo);

  leave @13 () -> ();
}

interface Inbox {
  deliver @0 (network :Data, envelope :Mesh.SignedEnvelope, sender :State.KeyBundle, senderName :Text, redelivered :Bool,
      run :UInt32) -> ();
  # Returning means "delivered"; `acknowledge` follows when the handler's effect is on disk.
  # Deliveries of a run are in order. Whoever fails one fails what follows it in the same run: the node begins
  # a higher run with the one that failed. Runs count from 1; zero is a node that has none.

  receipts @1 (network :Data, receipts :List(MailReceipt)) -> ();
  # Later tiers of what this agent has sent.

  fenced @2 (network :Data, homeEpoch :UInt64) -> ();
  # The same key has registered elsewhere with this epoch; the session is over.
}

interface StateObserver {
  event @0 (event :StateEvent) -> stream;
}

interface Subscription {
  cancel @0 () -> ();
}

struct StateEvent {
  network @0 :Data;
  height @1 :UInt64;
  headerTime @2 :Int64;
  stateRoot @3 :Data;
  changes @4 :List(Change);
  missed @5 :UInt64;      # Events left out because this observer was too slow
  final @6 :Bool;

  struct Change {
    topic @0 :Text;       # "agents", "commits", "tasks", "facts", "balances"
    key @1 :Text;
    value @2 :Data;
  }
}

enum CommitState {
  unknown @0;
  pending @1;
  included @2;
  final @3;
  rolledBack @4;
  expired @5;
  rejected @6;
}

struct CommitReceipt {
  nonce @0 :UInt64;
  leafHash @1 :Data;
  state @2 :CommitState;
  height @3 :UInt64;
  reason @4 :Text;        # Where rejected: "code: message"
  fence @5 :UInt64;       # Of a claim
}

enum MailTier {
  accepted @0;
  stored @1;
  delivered @2;
  acknowledged @3;
  expired @4;
  deadLetter @5;
}

struct MailReceipt {
  id @0 :Text;
  digest @1 :Data;        # SHA-256 of the envelope's body
  to @2 :Data;
  homeEpoch @3 :UInt64;
  counter @4 :UInt64;
  tier @5 :MailTier;
  time @6 :Int64;
  reason @7 :Text;
}

struct MailAck {
  from @0 :Data;
  homeEpoch @1 :UInt64;
  counter @2 :UInt64;
  digest @3 :Data;
  accepted @4 :Bool = true; # false: the handler refused it; it becomes a dead letter
  reason @5 :Text;
}

struct AgentRecord {
  agent @0 :Data;
  name @1 :Text;
  role @2 :Text;
  destination @3 :Data;
  homeEpoch @4 :UInt64;
  home @5 :Data;          # NodeID
  capabilities @6 :State.Capabilities;
  bundle @7 :State.KeyBundle;
  online @8 :Bool;
  status @9 :AgentStatus;
  lastSeen @10 :Int64;
  registeredHeight @11 :UInt64;
}

struct AgentStatus {
  state @0 :Text;         # "idle", "busy", "waiting", or what the agent calls it
  taskId @1 :Text;
  note @2 :Text;
  progressAt @3 :Int64;
  processId @4 :UInt32;
}

struct TaskRecord {
  taskId @0 :Text;
  taskType @1 :Text;
  description @2 :Text;
  state @3 :Text;         # "offered", "claimed", "done", "failed", "cancelled"
  offeredBy @4 :Data;
  holder @5 :Data;
  fence @6 :UInt64;
  leaseExpiresAt @7 :Int64;
  leaseMs @8 :UInt64;
  parent @9 :Text;
  budget @10 :UInt64;
  deadline @11 :Int64;
  escrow @12 :Mesh.Amount;
  result @13 :Data;
  note @14 :Text;
  context @15 :Data;
}

interface NodeAdmin {
  status @0 () -> (info :NodeInfo, metrics :List(Metric));

  agents @1 (network :Data, afterName :Text, limit :UInt32) -> (agents :List(AgentRecord));
  # Lists come in pages, to be read until an empty one: what is `after` is what the last element of the page before is listed by.

  state @2 (network :Data) -> (info :NetworkInfo);
  readState @3 (network :Data, key :Data, prove :Bool) -> (present :Bool, value :Data, height :UInt64, bundle :Data);
  tasks @4 (network :Data, after :Text, limit :UInt32) -> (tasks :List(TaskRecord));
  mail @5 (network :Data, deadOnly :Bool, agent :Data, limit :UInt32, afterTime :Int64, afterDigest :Data) -> (mail :List(MailItem));
  # By `acceptedAt`, then by `digest`; an empty `afterDigest` begins at the beginning.

  mailItem @6 (network :Data, digest :Data) -> (item :MailItem, envelope :Mesh.SignedEnvelope);
  retryMail @7 (network :Data, digest :Data) -> ();
  stop @8 () -> ();
  keys @9 (network :Data, prefix :Data, after :Data, limit :UInt32) -> (keys :List(Data));
}

struct Metric {
  name @0 :Text;
  value @1 :Float64;
}

struct MailItem {
  digest @0 :Data;
  id @1 :Text;
  from @2 :Data;
  to @3 :Data;
  homeEpoch @4 :UInt64;
  counter @5 :UInt64;
  tier @6 :MailTier;
  byteCount @7 :UInt32;
  acceptedAt @8 :Int64;
  expiresAt @9 :Int64;
  attempts @10 :UInt32;
  reason @11 :Text;
}
