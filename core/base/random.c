/* random: libsodium's generator, seeded by the kernel. See random.h.
 * Memory:  the caller's.  Threads: any, after base_random_init.  Fails: base_fatal. */
#include "base/random.h"

#include <sodium.h>

#include "base/log.h"

void base_random_init(void) {
  if (sodium_init() < 0) {
    base_fatal("base.random", "reason=\"the machine has no source of randomness\"");
  }
}

void base_random_bytes(void *out, size_t size) {
  randombytes_buf(out, size);
}
