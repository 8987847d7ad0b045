/* read: values in place, found by their heads. See read.h.
 *
 * Memory:  none.  Threads: any.  Fails: never; what is cut off reads as nil. */
#include "data/read.h"

#include "data/head.h"

/* Bytes of the whole value that begins with this byte, where the byte alone tells; else 0. */
// clang-format off
#define FIXED_16(size) size, size, size, size, size, size, size, size, size, size, size, size, size, size, size, size
static const uint8_t fixed_sizes[256] = {
    FIXED_16(1), FIXED_16(1), FIXED_16(1), FIXED_16(1), FIXED_16(1), FIXED_16(1), FIXED_16(1), FIXED_16(1),
    1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* an empty map; others */
    1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* an empty array; others */
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, /* short texts */
    17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
    1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, /* nil, booleans, floats, unsigned */
    2, 3, 5, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* signed; what tells its length or count */
    FIXED_16(1), FIXED_16(1),
};
// clang-format on

/* Bytes of the whole value at `at`, its contents included; 0 when it does not end within `left`. A
 * count of values still to pass replaces a stack: all that matters of nesting is where it ends. */
static size_t measure(const uint8_t *at, size_t left) {
  size_t pos = 0;
  uint64_t ahead = 1;
  while (ahead > 0) {
    if (ahead > left - pos) return 0;
    size_t whole = fixed_sizes[at[pos]];
    if (whole > 0) {
      if (whole > left - pos) return 0;
      pos += whole;
      ahead -= 1;
      continue;
    }
    data_value value;
    size_t head = data_head_size(at[pos]);
    if (head == 0 || head > left - pos) return 0;
    data_head_read(at + pos, &value);
    pos += head;
    size_t body = data_head_body(&value);
    if (body > left - pos) return 0;
    pos += body;
    ahead = ahead - 1 + data_head_children(&value);
  }
  return pos;
}

/* Most values of a record are passed over, not read. */
static inline void skip(base_slice *rest) {
  size_t size = rest->size == 0 ? 0 : fixed_sizes[rest->data[0]];
  if (size == 0 || size > rest->size) size = measure(rest->data, rest->size);
  *rest = base_slice_after(*rest, size > 0 ? size : rest->size);
}

static data_value past_end(base_slice *rest) {
  *rest = base_slice_make(rest->data, 0);
  return (data_value){.type = DATA_NIL};
}

data_value data_read(base_slice *rest) {
  const uint8_t *at = rest->data;
  size_t whole = rest->size == 0 ? 0 : data_head_size(at[0]);
  if (whole == 0 || whole > rest->size) return past_end(rest);
  data_value value = {.type = DATA_NIL};
  data_head_read(at, &value);
  if (value.type == DATA_TEXT || value.type == DATA_BINARY) {
    if (value.as.bytes.size > rest->size - whole) return past_end(rest);
    whole += value.as.bytes.size;
  } else if (value.type >= DATA_ARRAY) {
    whole = measure(at, rest->size);
    if (whole == 0) return past_end(rest);
  }
  value.raw = base_slice_make(at, whole);
  *rest = base_slice_after(*rest, whole);
  return value;
}

data_value data_peek(base_slice bytes) {
  return data_read(&bytes);
}

/* Moves behind the head of a container and returns it; nil when there is none at the front. */
static data_value enter(base_slice *rest) {
  data_value value = {.type = DATA_NIL};
  size_t head = rest->size == 0 ? 0 : data_head_size(rest->data[0]);
  if (head == 0 || head > rest->size) return value;
  data_head_read(rest->data, &value);
  if (value.type < DATA_ARRAY) return (data_value){.type = DATA_NIL};
  *rest = base_slice_after(*rest, head);
  return value;
}

void data_enter(base_slice *rest) {
  (void)enter(rest);
}

/* Nearly every key is one: its first byte tells its size. */
static inline bool is_short_text(uint8_t first) {
  return first >= 0xa0 && first < 0xc0;
}

/* Takes a key from the front; false when it is another, or no text. */
static inline bool take_key(base_slice *rest, base_slice key) {
  uint8_t first = rest->data[0];
  size_t size = first & 0x1fu;
  if (!is_short_text(first) || size >= rest->size) {
    data_value name = data_read(rest);
    return name.type == DATA_TEXT && base_slice_equal(name.as.bytes, key);
  }
  const uint8_t *name = rest->data + 1;
  *rest = base_slice_after(*rest, size + 1);
  if (size != key.size) return false;
  return size == 0 || (name[0] == key.data[0] && memcmp(name, key.data, size) == 0);
}

bool data_map_find_slice(base_slice map, base_slice key, data_value *value) {
  base_slice rest = map;
  data_value head = enter(&rest);
  uint32_t left = head.type == DATA_MAP ? head.as.count : 0;
  for (; left > 0 && rest.size > 0; left--) {
    if (take_key(&rest, key)) {
      *value = data_read(&rest);
      return true;
    }
    skip(&rest);
  }
  *value = (data_value){.type = DATA_NIL};
  return false;
}

bool data_map_find(base_slice map, const char *key, data_value *value) {
  return data_map_find_slice(map, base_slice_text(key), value);
}

int64_t data_map_integer(base_slice map, const char *key, int64_t fallback) {
  data_value value;
  data_map_find(map, key, &value);
  return value.type == DATA_INTEGER ? value.as.integer : fallback;
}

bool data_map_boolean(base_slice map, const char *key, bool fallback) {
  data_value value;
  data_map_find(map, key, &value);
  return value.type == DATA_BOOLEAN ? value.as.boolean : fallback;
}

base_slice data_map_text(base_slice map, const char *key) {
  data_value value;
  data_map_find(map, key, &value);
  return value.type == DATA_TEXT ? value.as.bytes : base_slice_make(NULL, 0);
}

data_walk data_walk_begin(base_slice container) {
  data_walk walk = {.rest = container};
  data_value head = enter(&walk.rest);
  walk.map = head.type == DATA_MAP;
  walk.left = head.type == DATA_NIL ? 0 : head.as.count;
  return walk;
}

bool data_walk_key(data_walk *walk) {
  if (walk->left == 0 || walk->rest.size == 0) return false;
  uint8_t first = walk->rest.data[0];
  size_t size = first & 0x1fu;
  walk->left--;
  if (is_short_text(first) && size < walk->rest.size) {
    walk->key = (data_value){.type = DATA_TEXT,
                             .as.bytes = base_slice_make(walk->rest.data + 1, size),
                             .raw = base_slice_make(walk->rest.data, size + 1)};
    walk->rest = base_slice_after(walk->rest, size + 1);
  } else {
    walk->key = data_read(&walk->rest);
  }
  skip(&walk->rest);
  return true;
}

bool data_walk_next(data_walk *walk) {
  if (walk->left == 0 || walk->rest.size == 0) return false;
  /* Before the first step no value was read, and the index stays 0. */
  if (walk->value.raw.size > 0) walk->index++;
  walk->left--;
  if (walk->map) walk->key = data_read(&walk->rest);
  walk->value = data_read(&walk->rest);
  return walk->value.raw.size > 0;
}
