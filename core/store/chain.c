/* chain: each entry's hash covers its predecessor's hash, its head, and for each change the table,
 * the previous sequence and a digest of the rest:
 *   digest = H(salt, key, deleted, value)
 *   hash   = H(predecessor's hash, sequence, head, then per change table, previous, digest)
 * Erasing a person replaces salt, key and value by the digest, or by the digest and what is left of them: the
 * chain still holds, and without the salt nobody can find the value by trying values. What is left is
 * not covered by the chain any more.
 *
 * Memory:  none.
 * Threads: any.
 * Fails:   INTERNAL for the first entry that does not continue the chain. */
#include <inttypes.h>

#include "store/inside.h"

base_digest store_chain_digest(const store_stored_change *stored) {
  base_digest digest;
  if (stored->digest.size > 0) {
    memcpy(digest.bytes, stored->digest.data, sizeof digest.bytes);
    return digest;
  }
  base_hash hash;
  base_hash_init(&hash);
  base_hash_add(&hash, stored->salt);
  base_hash_add(&hash, stored->change.key);
  base_hash_add_integer(&hash, stored->change.deleted);
  base_hash_add(&hash, stored->change.value);
  return base_hash_final(&hash);
}

void store_chain_begin(base_hash *hash, const base_digest *previous, uint64_t sequence,
                       const store_entry_head *head) {
  base_hash_init(hash);
  base_hash_add(hash, base_slice_make(previous->bytes, sizeof previous->bytes));
  base_hash_add_integer(hash, sequence);
  base_hash_add_integer(hash, (uint64_t)head->at);
  base_hash_add(hash, head->actor);
  base_hash_add(hash, head->op);
  base_hash_add(hash, head->request);
  base_hash_add_integer(hash, head->cause);
  base_hash_add(hash, head->packages);
}

void store_chain_add(base_hash *hash, const store_stored_change *stored) {
  base_digest digest = store_chain_digest(stored);
  base_hash_add_integer(hash, (uint64_t)stored->change.table);
  base_hash_add_integer(hash, stored->change.previous);
  base_hash_add(hash, base_slice_make(digest.bytes, sizeof digest.bytes));
}

bool store_chain_next(base_digest *last, const store_entry *entry, size_t changes) {
  base_hash hash;
  base_slice rest = entry->body;
  store_chain_begin(&hash, last, entry->sequence, &entry->head);
  for (; changes > 0; changes--) {
    store_stored_change stored;
    if (!store_entry_decode_change(&rest, &stored)) return false;
    store_chain_add(&hash, &stored);
  }
  *last = base_hash_final(&hash);
  return rest.size == 0;
}

/* Whether the entry is there and continues `last`, which it then becomes. */
static bool continues(const store_view *view, uint64_t sequence, base_digest *last) {
  size_t changes;
  store_entry entry;
  if (!store_entry_load(view, sequence, &entry, &changes)) return false;
  if (!store_chain_next(last, &entry, changes)) return false;
  base_digest hash = store_entry_hash(view, &entry);
  return memcmp(last->bytes, hash.bytes, sizeof hash.bytes) == 0;
}

static base_code refuse(uint64_t sequence, base_error *error) {
  return base_error_set(error, BASE_INTERNAL, NULL,
                        "日志条目 %" PRIu64 " 缺失或被改动，哈希链在此中断；请从备份恢复",
                        "Journal entry %" PRIu64
                        " is missing or was altered: the hash chain breaks here; restore a backup",
                        sequence);
}

base_code store_chain_verify(const store_view *view, uint64_t first, uint64_t last,
                             void (*progress)(uint64_t sequence, void *self), void *self,
                             base_error *error) {
  base_digest hash = {{0}};
  if (first == 0) first = 1;
  if (first > 1) {
    size_t changes;
    store_entry before;
    if (!store_entry_load(view, first - 1, &before, &changes)) return refuse(first - 1, error);
    hash = store_entry_hash(view, &before);
  }
  for (uint64_t sequence = first; sequence <= last; sequence++) {
    if (!continues(view, sequence, &hash)) return refuse(sequence, error);
    if (progress != NULL) progress(sequence, self);
  }
  return BASE_OK;
}
