/* checksum: XXH3-64, to tell a torn or rotten write from a whole one (libxxhash). No protection
 * against anybody who wants to deceive; that is what hash.h is for.
 *
 * Memory:  none.  Threads: any.  Fails: never. */
#pragma once

#include "base/slice.h"

/* `before` is the checksum of what stands before the bytes; 0 at the beginning. */
uint64_t base_checksum(uint64_t before, base_slice bytes);
