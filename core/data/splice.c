/* splice: maps written anew pair by pair. See splice.h.
 *
 * Memory:  the caller's buffer.  Threads: any.  Fails: never. */
#include "data/splice.h"

#include "data/append.h"

static void append_pair(base_buffer *out, const data_walk *walk, size_t *pairs) {
  data_append_raw(out, walk->key.raw);
  data_append_raw(out, walk->value.raw);
  (*pairs)++;
}

/* What lies from `begin` to `end` in one map, as it is. */
static void append_run(base_buffer *out, const uint8_t *begin, const uint8_t *end) {
  base_buffer_append(out, begin, (size_t)(end - begin));
}

void data_splice(base_slice map, base_slice patch, base_buffer *out) {
  size_t place = data_append_open_map(out);
  size_t pairs = 0;
  data_value value;
  data_walk old = data_walk_begin(map);
  const uint8_t *kept = old.rest.data;
  while (data_walk_next(&old)) {
    if (!data_map_find_slice(patch, old.key.as.bytes, &value)) {
      pairs++;
      continue;
    }
    append_run(out, kept, old.key.raw.data);
    kept = old.rest.data;
    if (value.type == DATA_NIL) continue;
    old.value = value;
    append_pair(out, &old, &pairs);
  }
  append_run(out, kept, old.rest.data);
  data_walk new = data_walk_begin(patch);
  while (data_walk_next(&new)) {
    bool known = data_map_find_slice(map, new.key.as.bytes, &value);
    if (!known && new.value.type != DATA_NIL) append_pair(out, &new, &pairs);
  }
  data_append_close(out, place, pairs);
}

static bool listed(base_slice key, const base_slice *keys, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (base_slice_equal(key, keys[i])) return true;
  }
  return false;
}

void data_pick(base_slice map, const base_slice *keys, size_t count, base_buffer *out) {
  size_t place = data_append_open_map(out);
  size_t pairs = 0;
  data_walk walk = data_walk_begin(map);
  while (data_walk_next(&walk)) {
    if (listed(walk.key.as.bytes, keys, count)) append_pair(out, &walk, &pairs);
  }
  data_append_close(out, place, pairs);
}

static bool same(data_value a, data_value b) {
  return base_slice_equal(a.raw, b.raw) || (a.type == b.type && data_compare(a, b) == 0);
}

void data_difference(base_slice before, base_slice after, base_buffer *out) {
  size_t place = data_append_open_map(out);
  size_t pairs = 0;
  data_value value;
  data_walk new = data_walk_begin(after);
  while (data_walk_next(&new)) {
    bool known = data_map_find_slice(before, new.key.as.bytes, &value);
    if (!known || !same(value, new.value)) append_pair(out, &new, &pairs);
  }
  data_walk old = data_walk_begin(before);
  while (data_walk_next(&old)) {
    if (data_map_find_slice(after, old.key.as.bytes, &value)) continue;
    data_append_raw(out, old.key.raw);
    data_append_nil(out);
    pairs++;
  }
  data_append_close(out, place, pairs);
}
