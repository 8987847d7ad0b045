/* checksum: libxxhash. See checksum.h.
 * Memory:  none.  Threads: any.  Fails: never. */
#include "base/checksum.h"

#include <xxhash.h>

uint64_t base_checksum(uint64_t before, base_slice bytes) {
  return XXH3_64bits_withSeed(bytes.data, bytes.size, before);
}
