#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
/// Sums the numbers of a framed parking lot `rounds` times; the peer is the C++ implementation of Cap'n Proto.
uint64_t peer_read(const uint8_t *frame, size_t bytes, long rounds);
/// Builds and frames a parking lot of `cars` cars `rounds` times. Returns the bytes of all frames.
uint64_t peer_build(int cars, long rounds);
#ifdef __cplusplus
}
#endif
