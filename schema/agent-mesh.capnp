@0xabc123def456789a;
# Messages between agents. Ordinals 0 to 11 of AgentMessage are those of the architecture document; what came later is appended.

using Swift = import "swift.capnp";
$Swift.module("MeshSchema");

struct AgentMessage {
  id @0 :Text;            # Message UUID
  from @1 :Data;          # Sender's AgentID (32 bytes)
  to @2 :Data;            # Recipient's AgentID (32 bytes), or a 16-byte destination that the node resolves
  timestamp @3 :Int64;    # Unix time in milliseconds

  payload :union {
    # Direct messages
    request @4 :TaskRequest;
    response @5 :TaskResponse;
    # Gossip protocol
    gossip @6 :GossipMessage;
    # Consensus
    vote @7 :ConsensusVote;
    proposal @8 :ConsensusProposal;
    # Payment
    payment @9 :PaymentRequest;
    receipt @10 :PaymentReceipt;
    # Anything else, typed by contentType
    content @12 :Data;
  }

  signature @11 :Data;    # Kept for compatibility; empty inside a SignedEnvelope

  network @13 :Data;      # NetworkID (32 bytes)
  homeEpoch @14 :UInt64;  # With `counter` the message's sequence: ordered per (sender, recipient), first by epoch
  counter @15 :UInt64;    # Starts at 1 in every epoch, without gaps per recipient
  expiresAt @16 :Int64;   # Unix time in milliseconds; 0: the node's default
  replyTo @17 :Text;      # The id of the message that this one answers
  class @18 :MessageClass;
  traceparent @19 :Text;  # W3C trace context
  delegation @20 :List(Delegation);
  contentType @21 :Text;  # Media type of `content`
}

enum MessageClass {
  normal @0;
  urgent @1;
  steer @2;
  cancel @3;
}

struct Delegation {
  # One link of the chain from the agent that acts to the principal on whose behalf it does.
  principal @0 :Data;     # AgentID
  role @1 :Text;
  grant @2 :Text;         # What was granted; a link never widens the one before it
  signature @3 :Data;
}

struct SignedEnvelope {
  # What is stored and sent: the exact bytes of an AgentMessage (stream-framed) and signatures over them, never a re-encoded form.
  body @0 :Data;
  signatures @1 :List(Signature);

  struct Signature {
    algorithm @0 :Algorithm;
    keyId @1 :Data;       # First 16 bytes of the signer's bundle digest
    bytes @2 :Data;
    batch :union {
      none @3 :Void;
      path :group {       # The signature covers a batch of envelopes of which this one is a leaf
        count @4 :UInt32;
        index @5 :UInt32;
        siblings @6 :List(Data);
      }
    }
  }

  enum Algorithm {
    ed25519 @0;
    mldsa65 @1;
  }
}

struct TaskRequest {
  taskId @0 :Text;
  taskType @1 :TaskType;
  description @2 :Text;
  context @3 :Data;       # Compressed context
  deadline @4 :Int64;
  payment @5 :PaymentOffer;

  enum TaskType {
    code @0;
    review @1;
    test @2;
    deploy @3;
    design @4;
    research @5;
  }
}

struct TaskResponse {
  taskId @0 :Text;
  outcome :union {
    accepted @1 :Void;
    result @2 :Data;
    failed @3 :Text;
    paymentRequired @4 :PaymentRequest;
  }
  resultHash @5 :Data;    # SHA-256 of the result
}

struct GossipMessage {
  topic @0 :Text;
  data @1 :Data;
  ttl @2 :UInt32;         # Hops remaining
  seen @3 :List(Data);    # Accepted, ignored and never sent
  id @4 :Data;
  origin @5 :Data;        # NodeID or AgentID
  networkId @6 :Data;
  sequence @7 :UInt64;
  signatures @8 :List(SignedEnvelope.Signature);
}

struct ConsensusVote {
  round @0 :UInt64;
  proposalHash @1 :Data;
  vote @2 :Vote;

  enum Vote {
    yes @0;
    no @1;
    abstain @2;
  }
}

struct ConsensusProposal {
  round @0 :UInt64;
  parentHash @1 :Data;
  header @2 :Data;        # The header's canonical bytes
  payload @3 :List(Data); # Digests of the commit batches, in order
}

struct Amount {
  asset @0 :Text;         # CAIP-19 identifier or the ledger's own asset id
  units @1 :Data;         # Unsigned, big-endian, shortest form, at most 32 bytes
}

struct PaymentOffer {
  amount @0 :Amount;
  scheme @1 :Text;
  network @2 :Text;       # CAIP-2
  expiresAt @3 :Int64;
}

struct PaymentRequest {
  id @0 :Text;
  scheme @1 :Text;
  network @2 :Text;       # CAIP-2
  amount @3 :Amount;
  payTo @4 :Text;
  resource @5 :Text;
  expiresAt @6 :Int64;
  invoice @7 :Text;
  extra @8 :Text;         # JSON
}

struct PaymentReceipt {
  id @0 :Text;
  requestHash @1 :Data;
  resultHash @2 :Data;
  amount @3 :Amount;
  network @4 :Text;
  transaction @5 :Text;
  time @6 :Int64;
  signatures @7 :List(SignedEnvelope.Signature);
}
