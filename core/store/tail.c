/* tail: a generation is a hash table for single keys and a skip list per table for ranges, over the
 * same keys. See tail.h.
 *
 * A key is complete before it is linked, and links are stored with release, so that a reader who
 * follows one finds a whole key. Nothing is ever unlinked.
 *
 * Memory:  the generation's arena.  Threads: as the header says.  Fails: never. */
#include "store/tail.h"

#include <stdlib.h>

#include "base/checksum.h"

static tail_key *load(const _Atomic(tail_key *) *link) {
  return atomic_load_explicit((_Atomic(tail_key *) *)link, memory_order_acquire);
}

static void link_to(_Atomic(tail_key *) *link, tail_key *key) {
  atomic_store_explicit(link, key, memory_order_release);
}

#define RANDOM_SEED 2463534242u
#define ADDED_LEAST 256 /* room for keys, to begin with */

/* Zeros that the system gives: buckets that nothing came to cost no memory. */
tail_generation *tail_generation_new(void) {
  tail_generation *made = base_alloc_zeros(sizeof *made);
  made->arena = base_arena_new();
  made->random = RANDOM_SEED;
  return made;
}

void tail_generation_clear(tail_generation *generation) {
  base_arena *arena = generation->arena;
  base_arena_rewind(arena);
  memset(generation, 0, sizeof *generation);
  generation->arena = arena;
  generation->random = RANDOM_SEED;
}

void tail_generation_free(tail_generation *generation) {
  if (generation == NULL) return;
  base_arena_free(generation->arena);
  free(generation);
}

size_t tail_bytes(const tail_generation *generation) {
  return base_arena_size(generation->arena);
}

/* --- single keys ------------------------------------------------------------------------------- */

static uint32_t hash_of(store_table table, base_slice key) {
  return (uint32_t)base_checksum((uint64_t)table, key);
}

static const _Atomic(tail_key *) *bucket_of(const tail_generation *generation, uint32_t hash) {
  return &generation->buckets[hash % TAIL_BUCKETS];
}

/* The hash is looked at first: the key lies further away. */
static tail_key *find_in(const _Atomic(tail_key *) *bucket, uint32_t hash, store_table table,
                         base_slice key) {
  for (tail_key *at = load(bucket); at != NULL; at = at->chain) {
    if (at->hash == hash && at->table == table && base_slice_equal(at->key, key)) return at;
  }
  return NULL;
}

/* Most reads come when nothing of their table waits for the drain: they need not look for the key. */
const tail_key *tail_find(const tail_generation *generation, store_table table, base_slice key) {
  if (!atomic_load_explicit(&generation->present[table], memory_order_acquire)) return NULL;
  uint32_t hash = hash_of(table, key);
  return find_in(bucket_of(generation, hash), hash, table, key);
}

const tail_version *tail_version_at(const tail_key *key, uint64_t sequence) {
  const tail_version *version =
      atomic_load_explicit((_Atomic(const tail_version *) *)&key->newest, memory_order_acquire);
  while (version != NULL && version->sequence > sequence) version = version->older;
  return version;
}

/* --- ranges ------------------------------------------------------------------------------------ */

/* On each level the last key below one that was looked for, NULL for the list's beginning. */
typedef struct tail_place {
  tail_key *below[TAIL_HEIGHT];
} tail_place;

static const _Atomic(tail_key *) *links_of(const tail_list *list, const tail_key *key) {
  return key == NULL ? list->next : key->next;
}

/* The last key below `key`, or of all when `key` is empty. `place`, which may be NULL, is that of a key not above
 * `key`: the search begins there; it becomes that of `key`. */
static tail_key *descend(const tail_list *list, base_slice key, tail_place *place) {
  tail_key *below = NULL;
  const tail_key *stop = NULL; /* known not to be below: met on a higher level */
  bool moved = false;          /* beyond all that the place says */
  for (size_t level = TAIL_HEIGHT; level-- > 0;) {
    if (place != NULL && !moved) below = place->below[level];
    for (;;) {
      tail_key *next = load(&links_of(list, below)[level]);
      if (next == NULL || next == stop) break;
      if (key.size > 0 && base_slice_compare(next->key, key) >= 0) {
        stop = next;
        break;
      }
      below = next;
      moved = true;
    }
    if (place != NULL) place->below[level] = below;
  }
  return below;
}

const tail_key *tail_below(const tail_generation *generation, store_table table, base_slice key) {
  return descend(&generation->lists[table], key, NULL);
}

const tail_key *tail_from(const tail_generation *generation, store_table table, base_slice key) {
  const tail_list *list = &generation->lists[table];
  const tail_key *below = key.size == 0 ? NULL : descend(list, key, NULL);
  return load(links_of(list, below));
}

const tail_key *tail_next(const tail_key *key) {
  return load(key->next);
}

const tail_key *tail_before(const tail_key *key) {
  return load(&key->before);
}

/* --- adding ------------------------------------------------------------------------------------ */

/* Each further level with a chance of one in four. */
static unsigned random_height(tail_generation *generation) {
  generation->random ^= generation->random << 13;
  generation->random ^= generation->random >> 17;
  generation->random ^= generation->random << 5;
  unsigned height = 1 + (unsigned)__builtin_ctz(generation->random) / 2;
  return height < TAIL_HEIGHT ? height : TAIL_HEIGHT;
}

static tail_key *new_key(tail_generation *generation, uint32_t hash, store_table table,
                         base_slice key) {
  unsigned height = random_height(generation);
  size_t links = height * sizeof(tail_key *);
  tail_key *made = base_arena_alloc(generation->arena, sizeof *made + links + key.size);
  uint8_t *copy = (uint8_t *)made->next + links;
  memcpy(copy, key.data, key.size);
  memset(made, 0, sizeof *made);
  made->key = base_slice_make(copy, key.size);
  made->hash = hash;
  made->table = (uint8_t)table;
  made->height = (uint8_t)height;
  generation->keys++;
  return made;
}

/* `place` is that of a key not above this one, and becomes this one's. */
static void put_in_order(tail_list *list, tail_key *key, tail_place *place) {
  tail_key *below = descend(list, key->key, place);
  atomic_init(&key->before, below);
  for (unsigned level = 0; level < key->height; level++) {
    atomic_init(&key->next[level], load(&links_of(list, place->below[level])[level]));
  }
  for (unsigned level = 0; level < key->height; level++) {
    tail_key *at = place->below[level];
    link_to(at == NULL ? &list->next[level] : &at->next[level], key);
    place->below[level] = key;
  }
  tail_key *next = load(key->next);
  if (next != NULL) link_to(&next->before, key);
  key->ordered = true;
}

static int compare(const void *left, const void *right) {
  const tail_key *a = *(tail_key *const *)left;
  const tail_key *b = *(tail_key *const *)right;
  return a->table != b->table ? a->table - b->table : base_slice_compare(a->key, b->key);
}

void tail_order(tail_generation *generation, tail_key **keys, size_t count) {
  tail_place place = {0};
  if (count > 1) qsort(keys, count, sizeof(tail_key *), compare);
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && keys[i]->table != keys[i - 1]->table) place = (tail_place){0};
    if (!keys[i]->ordered) put_in_order(&generation->lists[keys[i]->table], keys[i], &place);
  }
}

static void add_version(tail_generation *generation, tail_key *key, const store_change *change,
                        uint64_t sequence) {
  tail_version *version = base_arena_alloc(generation->arena, sizeof *version + change->value.size);
  uint8_t *copy = (uint8_t *)(version + 1);
  if (change->value.size > 0) memcpy(copy, change->value.data, change->value.size);
  *version = (tail_version){
      .older = atomic_load_explicit(&key->newest, memory_order_relaxed),
      .sequence = sequence,
      .value = base_slice_make(change->value.size > 0 ? copy : NULL, change->value.size),
      .deleted = change->deleted};
  atomic_store_explicit(&key->newest, version, memory_order_release);
}

tail_key *tail_add(tail_generation *generation, const store_change *change, uint64_t sequence) {
  uint32_t hash = hash_of(change->table, change->key);
  _Atomic(tail_key *) *bucket = (_Atomic(tail_key *) *)bucket_of(generation, hash);
  tail_key *key = find_in(bucket, hash, change->table, change->key);
  if (key != NULL) {
    add_version(generation, key, change, sequence);
  } else {
    key = new_key(generation, hash, change->table, change->key);
    add_version(generation, key, change, sequence);
    key->chain = load(bucket);
    link_to(bucket, key);
    atomic_store_explicit(&generation->present[change->table], true, memory_order_release);
  }
  return key;
}

void tail_note(tail_added *added, tail_key *key) {
  if (added->count == added->room) {
    added->room = added->room == 0 ? ADDED_LEAST : added->room * 2;
    added->keys = base_realloc(added->keys, added->room * sizeof(tail_key *));
  }
  added->keys[added->count++] = key;
}

void tail_take_back(tail_key *key) {
  const tail_version *newest = atomic_load_explicit(&key->newest, memory_order_relaxed);
  atomic_store_explicit(&key->newest, newest->older, memory_order_release);
}
