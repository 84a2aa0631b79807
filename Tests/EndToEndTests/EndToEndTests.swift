import Testing

// EndToEndTests: the mesh as somebody meets it. Real `hanzod` processes on real directories, agents over real sockets.
//
// One suite, one test at a time: nodes, agents and clocks share two cores with whatever else runs. What needs time waits for a
// condition with a deadline; what measures time takes the best of a few rounds, since a shared machine can only ever be slower.
//
//     Document/     the tests of the architecture document that fit on one machine, under its names
//     Python/       Examples/python/agent.py against a node
//     Crash/        power cuts under load: what was acknowledged is there afterwards
//     Tasks/        a hundred agents and fifty tasks
//     Refusals/     what must not work, each with the name of its error
//     Support/      a node as a process, an agent on the bare interfaces

@Suite(.serialized) enum EndToEnd {}
