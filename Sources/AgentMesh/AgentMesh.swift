// AgentMesh: the library that a program links to be an agent of the mesh.
//
// A *light agent* (`LightAgent`) lives on one node, over one connection. It commits signed transactions, sends and receives
// signed messages, takes tasks, and reads the replicated state, with proofs where it doesn't want to trust its node. It never
// links consensus: what it believes without proof, it believes its node.
//
// Vocabulary. The agent *joins* by registering: a committed transaction that its key signs for exactly one node, under a
// *home epoch* higher than any before. A second registration of the same key *fences* the first for good. Its transactions
// are numbered `homeEpoch << 32 | counter` and travel in *batches*, many leaves under one hybrid signature. Its messages are
// numbered per recipient; the *outbox* remembers them until the node has them on disk. The *cursor* remembers which numbers
// of each sender have been handled, and is written together with the handler's effects.
//
//                ┌───────────── back-off ◀──────────────┐
//                ▼                                      │ connection lost, node refuses for now
//     connect ─▶ joining ──────────▶ joined ────────────┘
//                   │                  │ fenced, left, or the node refuses for good
//                   └──────────────────┴──▶ ended
//
// Threads. All state of an agent is confined to one event loop, that of its connection (`AgentCore`); a thousand agents may
// share one loop. Calls from elsewhere hop there and back; calls made on the loop, and `onMessage(onLoop:)`, don't hop at all.
// Signatures that cost more than a system call (ML-DSA) are made on a thread pool, Ed25519 on the loop. The state machines
// (`CommitBatcher`, `Outbox`, `MailCursor`, `Backoff`) are plain values without threads, clocks and I/O.
//
// There are two pieces of unstructured concurrency: each joining runs as a job of the loop, because it outlives whoever
// noticed that the connection was lost; and `onMessage` starts one task for its handler. Both end with the agent.
