#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
// The C++ implementation of Cap'n Proto at the same work. `workload` counts as in `Workload.all`: 0 carsales, 1 catrank, 2 eval,
// 3 order; 4 is the hits of 1 out of strings. Every function does its work `rounds` times and returns a number that depends on all of it.

/// Opens the frame in place and sums what is in it.
uint64_t peer_read(int workload, const uint8_t *frame, size_t bytes, long rounds);
/// Builds the message and frames it. Returns the bytes of all frames.
uint64_t peer_build(int workload, long rounds);
/// Packs a message that is built. Returns the bytes of all that is packed.
uint64_t peer_pack(int workload, long rounds);
/// Unpacks a message and finds its root.
uint64_t peer_unpack(const uint8_t *packed, size_t bytes, long rounds);
/// Builds the message, frames it, packs it if `packed` isn't 0, and writes that to `out`. Returns its bytes.
size_t peer_frame(int workload, int packed, uint8_t *out, size_t capacity);
#ifdef __cplusplus
}
#endif
