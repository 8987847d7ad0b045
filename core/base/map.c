/* map: uthash behind slices. See map.h.
 * Memory:  one object per pair, the key's bytes inside it.  Threads: one writer or many readers.
 * Fails:   base_fatal without memory. */
#include "base/map.h"

#include <stdlib.h>

#include "base/arena.h"

/* uthash asks these; base_alloc never returns NULL, so its own way out is never taken. */
#define uthash_malloc(size) base_alloc(size)
#define uthash_free(memory, size) free(memory)
#include <uthash.h>

/* Longer words are no typing errors, and the comparison is quadratic. */
#define WORD_LIMIT ((size_t)128)

typedef struct map_pair {
  UT_hash_handle hh;
  void *value;
  size_t size;
  uint8_t bytes[];
} map_pair;

struct base_map {
  map_pair *pairs;
};

base_map *base_map_new(void) {
  base_map *map = base_alloc(sizeof *map);
  map->pairs = NULL;
  return map;
}

void base_map_free(base_map *map) {
  if (map == NULL) return;
  map_pair *pair = map->pairs;
  HASH_CLEAR(hh, map->pairs);
  while (pair != NULL) {
    map_pair *next = pair->hh.next;
    free(pair);
    pair = next;
  }
  free(map);
}

size_t base_map_count(const base_map *map) {
  return HASH_COUNT(map->pairs);
}

static map_pair *find_pair(const base_map *map, base_slice key) {
  map_pair *pair = NULL;
  const void *bytes = key.size == 0 ? "" : (const void *)key.data;
  HASH_FIND(hh, map->pairs, bytes, (unsigned)key.size, pair);
  return pair;
}

void *base_map_get(const base_map *map, base_slice key) {
  map_pair *pair = find_pair(map, key);
  return pair == NULL ? NULL : pair->value;
}

void *base_map_put(base_map *map, base_slice key, void *value) {
  map_pair *pair = find_pair(map, key);
  if (pair != NULL) {
    void *before = pair->value;
    pair->value = value;
    return before;
  }
  pair = base_alloc(sizeof *pair + key.size);
  pair->value = value;
  pair->size = key.size;
  if (key.size > 0) memcpy(pair->bytes, key.data, key.size);
  HASH_ADD_KEYPTR(hh, map->pairs, pair->bytes, (unsigned)pair->size, pair);
  return NULL;
}

void *base_map_remove(base_map *map, base_slice key) {
  map_pair *pair = find_pair(map, key);
  if (pair == NULL) return NULL;
  void *value = pair->value;
  HASH_DELETE(hh, map->pairs, pair);
  free(pair);
  return value;
}

void base_map_each(const base_map *map, bool (*visit)(base_slice key, void *value, void *self),
                   void *self) {
  for (map_pair *pair = map->pairs; pair != NULL; pair = pair->hh.next) {
    if (!visit(base_slice_make(pair->bytes, pair->size), pair->value, self)) return;
  }
}

base_slice base_map_nearest(const base_map *map, base_slice word) {
  base_slice nearest = base_slice_make(NULL, 0);
  /* A third of the word, in bytes: one wrong Chinese character in three counts like one letter. */
  size_t limit = word.size == 2 ? 1 : word.size / 3;
  for (map_pair *pair = map->pairs; pair != NULL; pair = pair->hh.next) {
    base_slice key = base_slice_make(pair->bytes, pair->size);
    size_t distance = base_map_distance(key, word, limit);
    if (distance > limit) continue;
    nearest = key;
    if (distance == 0) break;
    limit = distance - 1;
  }
  return nearest;
}

static size_t smallest(size_t a, size_t b, size_t c) {
  size_t least = a < b ? a : b;
  return least < c ? least : c;
}

/* One row of the table of distances: `row` from the one and the two rows before it. Returns its
 * least value: no later row can be smaller. */
static size_t fill_row(size_t *row, const size_t *above, const size_t *two_above, base_slice a,
                       base_slice b, size_t i) {
  size_t least = row[0] = i;
  for (size_t j = 1; j <= b.size; j++) {
    bool same = a.data[i - 1] == b.data[j - 1];
    row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
    bool swapped =
        i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1];
    if (swapped && two_above[j - 2] + 1 < row[j]) row[j] = two_above[j - 2] + 1;
    if (row[j] < least) least = row[j];
  }
  return least;
}

size_t base_map_distance(base_slice a, base_slice b, size_t limit) {
  size_t difference = a.size > b.size ? a.size - b.size : b.size - a.size;
  if (base_slice_equal(a, b)) return 0;
  if (difference > limit || a.size > WORD_LIMIT || b.size > WORD_LIMIT) return limit + 1;
  size_t rows[3][WORD_LIMIT + 1];
  for (size_t j = 0; j <= b.size; j++) rows[0][j] = j;
  for (size_t i = 1; i <= a.size; i++) {
    size_t least = fill_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], a, b, i);
    if (least > limit) return limit + 1;
  }
  size_t distance = rows[a.size % 3][b.size];
  return distance > limit ? limit + 1 : distance;
}
