/* scan_fuzz: any bytes at all. Scanned whole and scanned in dribbles they must get the same verdict,
 * and what passes must be readable to its last value, from the front and by key. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "data/data.h"

static const data_limits limits = {
    .bytes = 65536, .depth = 24, .items = 20000, .map_entries = 4000};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what) {
  if (holds) return;
  (void)fprintf(stderr, "scan_fuzz: %s\n", what);
  abort();
}

/* A copy of exactly these bytes, so that the sanitizer sees a read past their end. */
static uint8_t *exact_copy(const uint8_t *data, size_t size) {
  uint8_t *copy = base_alloc(size + 1);
  if (size > 0) memcpy(copy, data, size);
  return realloc(copy, size > 0 ? size : 1);
}

/* The steps come from the bytes themselves: one input always dribbles in the same way. */
static size_t step_at(const uint8_t *data, size_t size, size_t come) {
  uint8_t seed = data[(come * 31 + 7) % size];
  return seed < 128 ? 1 : (size_t)seed - 127;
}

static data_scan_state scan_dribbling(const uint8_t *data, size_t size, size_t *at,
                                      base_code *code) {
  data_scan scan;
  base_error error = {.language = BASE_EN};
  data_scan_state state = DATA_SCAN_MORE;
  data_scan_init(&scan, limits);
  for (size_t come = 0; state == DATA_SCAN_MORE && come < size;) {
    come += step_at(data, size, come);
    if (come > size) come = size;
    uint8_t *copy = exact_copy(data, come);
    state = data_scan_run(&scan, base_slice_make(copy, come), &error);
    free(copy);
  }
  *at = scan.at;
  *code = error.code;
  data_scan_fini(&scan);
  return state;
}

/* Visits every value inside; returns how many there are. */
static size_t visit(data_value value) {
  size_t count = 1;
  require(value.raw.size > 0, "a value that passed the scanner does not read");
  require(data_compare(value, value) == 0, "a value differs from itself");
  if (value.type != DATA_ARRAY && value.type != DATA_MAP) return count;
  data_walk walk = data_walk_begin(value.raw);
  while (data_walk_next(&walk)) {
    if (walk.map) {
      data_value found;
      require(data_map_find_slice(value.raw, walk.key.as.bytes, &found), "a key is not found");
      require(found.raw.data == walk.value.raw.data, "a key is found at another place");
      count++;
    }
    count += visit(walk.value);
  }
  require(walk.left == 0 && walk.rest.size == 0, "a container ends at another place");
  return count;
}

static void read_all(base_slice object, size_t items) {
  base_slice rest = object;
  data_value value = data_read(&rest);
  require(rest.size == 0, "the reader ends at another place");
  require(visit(value) == items, "the reader sees another number of values");
  if (value.type != DATA_MAP) return;
  base_buffer patch = {0};
  base_buffer spliced = {0};
  data_difference(object, object, &patch);
  require(data_peek(base_buffer_slice(&patch)).as.count == 0, "a map differs from itself");
  data_splice(object, base_buffer_slice(&patch), &spliced);
  require(data_compare(data_peek(base_buffer_slice(&spliced)), value) == 0,
          "an empty patch changes a map");
  base_buffer_fini(&patch);
  base_buffer_fini(&spliced);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  uint8_t *copy = exact_copy(data, size);
  base_slice bytes = base_slice_make(copy, size);
  base_error error = {.language = BASE_ZH};
  data_scan scan;
  data_scan_init(&scan, limits);
  data_scan_state state = data_scan_run(&scan, bytes, &error);
  size_t at;
  base_code code;
  require(scan_dribbling(data, size, &at, &code) == state, "dribbling changes the verdict");
  require(at == scan.at && code == error.code, "dribbling changes the place or the code");
  require((state == DATA_SCAN_FAILED) == (error.code != BASE_OK), "verdict and error disagree");
  if (state == DATA_SCAN_DONE) read_all(base_slice_make(copy, scan.at), scan.items);
  base_code whole = data_scan_whole(bytes, limits, &error);
  require((whole == BASE_OK) == (state == DATA_SCAN_DONE && scan.at == size), "whole disagrees");
  data_scan_fini(&scan);
  free(copy);
  return 0;
}
