/* chance: a random number generator, xorshift64*. The same seed gives the same load.
 *
 * Memory:  a plain value.  Threads: one.  Fails: never. */
#pragma once

#include <stdint.h>

typedef struct chance {
  uint64_t state; /* never 0 */
} chance;

static inline uint64_t chance_next(chance *dice) {
  dice->state ^= dice->state >> 12;
  dice->state ^= dice->state << 25;
  dice->state ^= dice->state >> 27;
  return dice->state * UINT64_C(2685821657736338717);
}

/* 0 to bound − 1. */
static inline uint64_t chance_below(chance *dice, uint64_t bound) {
  return (uint64_t)(((unsigned __int128)chance_next(dice) * bound) >> 64);
}
