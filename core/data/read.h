/* read: looks at msgpack bytes in place. The bytes must have passed the scanner or come from the
 * store; nothing is checked twice.
 *
 * Memory:  nothing is allocated; slices point into the bytes read.
 * Threads: any.
 * Fails:   reading past the end gives DATA_NIL with an empty raw slice; nothing else can. */
#pragma once

#include "base/slice.h"

typedef enum data_type {
  DATA_NIL,
  DATA_BOOLEAN,
  DATA_INTEGER,
  DATA_FLOAT,
  DATA_TEXT,
  DATA_BINARY,
  DATA_ARRAY,
  DATA_MAP,
} data_type;

typedef struct data_value {
  data_type type;
  union {
    bool boolean;
    int64_t integer; /* an unsigned value beyond INT64_MAX reads as DATA_FLOAT */
    double number;
    base_slice bytes; /* text, binary */
    uint32_t count;   /* elements of an array, pairs of a map */
  } as;
  base_slice raw; /* the whole value as bytes, its contents included */
} data_value;

/* Reads the value at the front of `rest` whole and moves `rest` behind it. */
data_value data_read(base_slice *rest);

/* Reads the value at the front without moving. */
data_value data_peek(base_slice bytes);

/* Moves `rest` behind the head of an array or map, in front of its first element. */
void data_enter(base_slice *rest);

/* The value of `key` in a map; false and nil when it is not there or `map` is not a map. */
bool data_map_find(base_slice map, const char *key, data_value *value);
bool data_map_find_slice(base_slice map, base_slice key, data_value *value);

/* Convenience: the value when it has that type, else the fallback. */
int64_t data_map_integer(base_slice map, const char *key, int64_t fallback);
bool data_map_boolean(base_slice map, const char *key, bool fallback);
base_slice data_map_text(base_slice map, const char *key); /* empty when absent */

/* Walks a container:
 *   data_walk walk = data_walk_begin(bytes);
 *   while (data_walk_next(&walk)) use(walk.key, walk.value);      (key is nil for arrays) */
typedef struct data_walk {
  base_slice rest;
  uint32_t left;
  bool map;
  uint32_t index;
  data_value key;
  data_value value;
} data_walk;

data_walk data_walk_begin(base_slice container);
bool data_walk_next(data_walk *walk);

/* Walks the keys of a map alone: `value` and `index` say nothing. Not to be mixed with the above. */
bool data_walk_key(data_walk *walk);

/* Total order of values: nil, booleans, numbers, text and binary by bytes, arrays, maps. */
int data_compare(data_value a, data_value b);
