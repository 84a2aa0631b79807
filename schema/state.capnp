@0xd0a5c1f27b9e4836;
# What changes replicated state, and what proves it. Bytes that are hashed or signed are drawn in docs/protocols/.

using Swift = import "swift.capnp";
using Mesh = import "agent-mesh.capnp";
$Swift.module("MeshSchema");

struct CommitBatch {
  # Leaves of one author under one hybrid signature over "hanzo/commit-batch/v1" ‖ networkID ‖ agentID ‖ count ‖ root.
  network @0 :Data;       # NetworkID (32 bytes)
  agent @1 :Data;         # AgentID (32 bytes)
  leaves @2 :List(Leaf);
  ed25519 @3 :Data;
  mldsa65 @4 :Data;

  struct Leaf {
    nonce @0 :UInt64;         # Applies at most once per agent
    expiryHeight @1 :UInt64;  # Last height at which it may apply
    body @2 :Data;            # A stream-framed Transaction
  }
}

struct Transaction {
  union {
    register @0 :Registration;
    commit @1 :AgentWork;
    putFact @2 :PutFact;
    transfer @3 :Transfer;
    hold @4 :Hold;
    releaseHold @5 :ReleaseHold;
    offerTask @6 :OfferTask;
    claimTask @7 :ClaimTask;
    progressTask @8 :ProgressTask;
    completeTask @9 :FinishTask;
    failTask @10 :FinishTask;
    cancelTask @11 :CancelTask;
  }
}

struct KeyBundle {
  ed25519 @0 :Data;       # 32 bytes
  x25519 @1 :Data;        # 32 bytes
  mldsa65 @2 :Data;       # 1952 bytes
  mlkem768 @3 :Data;      # 1184 bytes
}

struct Registration {
  bundle @0 :KeyBundle;
  node @1 :Data;          # The NodeID that the agent means to reach
  nodeNonce @2 :Data;     # 32 bytes, from the challenge
  agentNonce @3 :Data;    # 32 bytes, the agent's own
  homeEpoch @4 :UInt64;   # Higher than the one that the state holds
  name @5 :Text;
  role @6 :Text;
  capabilities @7 :Capabilities;
}

struct Capabilities {
  tools @0 :List(Text);
  languages @1 :List(Text);
  specializations @2 :List(Text);
  prices @3 :List(Price);

  struct Price {
    taskType @0 :Text;
    amount @1 :Mesh.Amount;
  }
}

struct AgentWork {
  taskId @0 :Text;        # Empty: work outside any task
  fence @1 :UInt64;       # The task's current fence, where taskId is set
  result @2 :Text;
  filesChanged @3 :List(Text);
  artifact @4 :Data;      # SHA-256 of what was made, or empty
}

struct PutFact {
  key @0 :Text;
  value @1 :Data;
  expectedVersion @2 :UInt64;  # 0: the fact must not exist
}

struct Transfer {
  to @0 :Data;            # AgentID
  amount @1 :Mesh.Amount;
  memo @2 :Text;
}

struct Hold {
  id @0 :Text;            # Unique per agent
  amount @1 :Mesh.Amount;
  to @2 :Data;            # AgentID that may be paid from it
  expiresAt @3 :Int64;    # Header time in milliseconds
}

struct ReleaseHold {
  id @0 :Text;
  owner @1 :Data;         # AgentID that made the hold
  pay @2 :Bool;           # true: to the payee; false: back to the owner
}

struct OfferTask {
  taskId @0 :Text;
  taskType @1 :Text;
  description @2 :Text;
  parent @3 :Text;
  leaseMs @4 :UInt64;
  deadline @5 :Int64;     # Header time in milliseconds; 0: none
  budget @6 :UInt64;
  escrow @7 :Mesh.Amount; # Held from the offerer, paid to who completes it
  context @8 :Data;
}

struct ClaimTask {
  taskId @0 :Text;
}

struct ProgressTask {
  taskId @0 :Text;
  fence @1 :UInt64;
  note @2 :Text;          # Renews the lease
}

struct FinishTask {
  taskId @0 :Text;
  fence @1 :UInt64;
  result @2 :Data;
  note @3 :Text;
}

struct CancelTask {
  taskId @0 :Text;
  reason @1 :Text;
}

struct ProofBundle {
  # Everything that a verifier needs who trusts nothing but the NetworkID.
  version @0 :UInt16;
  scheme @1 :UInt8;       # Signature scheme of the network: 1 ed25519, 2 mldsa65, 3 hybrid
  genesis @2 :Data;       # Canonical genesis; its SHA-256 is the NetworkID
  epochHops @3 :List(Data);
  signerBundles @4 :List(KeyBundle);
  header @5 :Data;        # Canonical header
  finality :union {
    authority @6 :Certificate;
    certificate @7 :Data;
  }
  key @8 :Data;
  value @9 :Data;
  present @10 :Bool;      # false: an exclusion proof
  statePath @11 :StatePath;
  commit @12 :CommitPath; # Where the key is a commit

  struct Certificate {
    ed25519 @0 :Data;
    mldsa65 @1 :Data;
  }

  struct StatePath {
    # Sibling hashes from the leaf's level up to the root's children.
    siblings @0 :List(Data);
    leafKey @1 :Data;     # The leaf at the end of the path: key hash and value hash; both empty where there is none
    leafValue @2 :Data;
  }

  struct CommitPath {
    leaf @0 :CommitBatch.Leaf;
    count @1 :UInt32;
    index @2 :UInt32;
    path @3 :List(Data);
    agent @4 :KeyBundle;
    ed25519 @5 :Data;
    mldsa65 @6 :Data;
  }
}
