/* hash: BLAKE2b-256, for chains, digests and fingerprints (libsodium).
 *
 * Memory:  plain values.  Threads: one per base_hash.  Fails: never. */
#pragma once

#include "base/slice.h"

#define BASE_HASH_SIZE 32

typedef struct base_hash {
  _Alignas(64) uint8_t state[384];
} base_hash;

typedef struct base_digest {
  uint8_t bytes[BASE_HASH_SIZE];
} base_digest;

void base_hash_init(base_hash *hash);
void base_hash_add(base_hash *hash, base_slice part);        /* length first, then the bytes */
void base_hash_add_integer(base_hash *hash, uint64_t value); /* eight bytes, big-endian */
base_digest base_hash_final(base_hash *hash);

/* SHA-256 of the bytes alone: what "sha256sum" prints. */
base_digest base_hash_sha256(base_slice part);

/* The digest of the bytes alone, without their length: what "b2sum -l 256" prints. */
base_digest base_hash_slice(base_slice part);
