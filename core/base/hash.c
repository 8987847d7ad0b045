/* hash: libsodium's generichash, which is BLAKE2b. See hash.h.
 * Memory:  plain values.  Threads: one per base_hash.  Fails: never. */
#include "base/hash.h"

#include <sodium.h>

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(((base_hash *)0)->state),
               "base_hash must hold libsodium's state");

static crypto_generichash_state *state_of(base_hash *hash) {
  return (crypto_generichash_state *)(void *)hash->state;
}

void base_hash_init(base_hash *hash) {
  (void)crypto_generichash_init(state_of(hash), NULL, 0, BASE_HASH_SIZE);
}

void base_hash_add_integer(base_hash *hash, uint64_t value) {
  uint8_t bytes[8];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(value >> (56 - 8 * i));
  (void)crypto_generichash_update(state_of(hash), bytes, sizeof bytes);
}

void base_hash_add(base_hash *hash, base_slice part) {
  base_hash_add_integer(hash, part.size);
  (void)crypto_generichash_update(state_of(hash), part.data, part.size);
}

base_digest base_hash_final(base_hash *hash) {
  base_digest digest;
  (void)crypto_generichash_final(state_of(hash), digest.bytes, sizeof digest.bytes);
  return digest;
}

base_digest base_hash_slice(base_slice part) {
  base_digest digest;
  (void)crypto_generichash(digest.bytes, sizeof digest.bytes, part.data, part.size, NULL, 0);
  return digest;
}

base_digest base_hash_sha256(base_slice part) {
  base_digest digest;
  (void)crypto_hash_sha256(digest.bytes, part.data, part.size);
  return digest;
}
