/* tail: what is durable in the journal and not yet in LMDB, in memory, ordered like the tables. It
 * consists of generations: the newest takes what is committed, the one before it is being drained.
 * A generation is one insert-only map; under each key stand the versions it had, newest first, each
 * with the sequence of the entry that made it. A reader takes the newest version up to its own
 * sequence, so that what is written meanwhile does not concern it.
 *
 * A key can be found as soon as it is added; for ranges it has to be put in order besides, which may wait
 * until somebody could look for it in a range.
 *
 * Memory:  keys and versions lie in the generation's arena and go with it. Who may still look at a
 *          generation is the business of view.c.
 * Threads: one adds, who holds the store's `writing` mutex; one puts in order, who holds `ordering`; any
 *          number of readers without a lock.
 * Fails:   never. */
#pragma once

#include <stdatomic.h>

#include "store/journal.h"
#include "store/store.h"

#define TAIL_HEIGHT 12
#define TAIL_BUCKETS ((size_t)1 << 17) /* about one key each when a drain's worth of orders is in */

typedef struct tail_version {
  const struct tail_version *older;
  uint64_t sequence;
  base_slice value;
  bool deleted;
} tail_version;

typedef struct tail_key {
  base_slice key;
  uint32_t hash;
  uint8_t table;
  uint8_t height;
  bool ordered;           /* guarded by `ordering` */
  struct tail_key *chain; /* the next in its bucket */
  _Atomic(const tail_version *) newest;
  _Atomic(struct tail_key *) before; /* in order, on the lowest level */
  _Atomic(struct tail_key *) next[];
} tail_key;

typedef struct tail_list {
  _Atomic(tail_key *) next[TAIL_HEIGHT];
} tail_list;

typedef struct tail_generation {
  _Atomic(struct tail_generation *) older; /* the one that is being drained, or NULL */
  base_arena *arena;
  size_t keys;
  uint32_t random;
  store_last last;                    /* draining: the last entry it has */
  size_t entries;                     /* draining: how many; 0 when only dropped groups filled it */
  _Atomic bool present[STORE_TABLES]; /* the table has keys */
  tail_list lists[STORE_TABLES];
  _Atomic(tail_key *) buckets[TAIL_BUCKETS];
} tail_generation;

tail_generation *tail_generation_new(void);
void tail_generation_free(tail_generation *generation);

/* Empties it, for another use of its memory. */
void tail_generation_clear(tail_generation *generation);

/* Memory of its keys and versions; the buckets add a MiB at most. */
size_t tail_bytes(const tail_generation *generation);

/* Adds a version, newer than all before; key and value are copied. Returns the key, for
 * tail_order and tail_take_back. */
tail_key *tail_add(tail_generation *generation, const store_change *change, uint64_t sequence);

/* Keys that were added, to be put in order or taken back. Memory: the owner frees `keys`. */
typedef struct tail_added {
  tail_key **keys;
  size_t count;
  size_t room;
} tail_added;

void tail_note(tail_added *added, tail_key *key);

/* Puts keys that were added in order, as far as they are not yet. The array is sorted by that: most keys
 * come next to the one before them, and are found from there. */
void tail_order(tail_generation *generation, tail_key **keys, size_t count);

/* Takes the key's newest version back: its entry was not committed. The key stays, perhaps without
 * a version. */
void tail_take_back(tail_key *key);

/* The key's entry, or NULL. */
const tail_key *tail_find(const tail_generation *generation, store_table table, base_slice key);

/* The newest version that is not newer than `sequence`; NULL when there is none. */
const tail_version *tail_version_at(const tail_key *key, uint64_t sequence);

/* Of those in order: the first key not below `key`; the last key below it (empty: the last of all); neighbours. */
const tail_key *tail_from(const tail_generation *generation, store_table table, base_slice key);
const tail_key *tail_below(const tail_generation *generation, store_table table, base_slice key);
const tail_key *tail_next(const tail_key *key);
const tail_key *tail_before(const tail_key *key);
