/* scan: one pass over the heads of an object, with a stack of what is open. See scan.h.
 *
 * Keys are remembered by where they begin and sorted when their map closes: twins are neighbours
 * then. Unlike a table of hashes this takes n log n whatever a hostile client sends.
 *
 * Memory:  two buffers, kept from object to object.
 * Threads: one at a time.  Fails: see scan.h. */
#include "data/scan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "data/head.h"
#include "data/text.h"

#define FEW_KEYS 24   /* up to here sorting by insertion is faster */
#define QUOTED_MAX 40 /* bytes of a key that a message repeats */

typedef struct level {
  uint64_t left;    /* values still to begin: two for each pair of a map */
  size_t first_key; /* in `keys` */
  bool map;
} level;

void data_scan_init(data_scan *scan, data_limits limits) {
  *scan = (data_scan){.limits = limits};
  if (scan->limits.bytes > UINT32_MAX) scan->limits.bytes = UINT32_MAX;
}

void data_scan_fini(data_scan *scan) {
  base_buffer_fini(&scan->levels);
  base_buffer_fini(&scan->keys);
}

void data_scan_reset(data_scan *scan) {
  scan->at = 0;
  scan->items = 0;
  base_buffer_clear(&scan->levels);
  base_buffer_clear(&scan->keys);
}

/* ---- what is open ---- */

static size_t depth_of(const data_scan *scan) {
  return scan->levels.size / sizeof(level);
}

static level *innermost(data_scan *scan) {
  size_t depth = depth_of(scan);
  return depth == 0 ? NULL : (level *)(void *)scan->levels.data + depth - 1;
}

static size_t key_count(const data_scan *scan) {
  return scan->keys.size / sizeof(uint32_t);
}

static base_slice key_at(const uint8_t *bytes, uint32_t offset) {
  data_value key = {0};
  data_head_read(bytes + offset, &key);
  return key.as.bytes;
}

/* Shorter keys first: most comparisons end at the sizes. */
static int compare_keys(const void *a, const void *b, void *bytes) {
  base_slice left = key_at(bytes, *(const uint32_t *)a);
  base_slice right = key_at(bytes, *(const uint32_t *)b);
  if (left.size != right.size) return left.size < right.size ? -1 : 1;
  return left.size == 0 ? 0 : memcmp(left.data, right.data, left.size);
}

static void sort_few(uint32_t *keys, size_t count, const uint8_t *bytes) {
  for (size_t i = 1; i < count; i++) {
    uint32_t key = keys[i];
    size_t place = i;
    while (place > 0 && compare_keys(&keys[place - 1], &key, (void *)(uintptr_t)bytes) > 0) {
      keys[place] = keys[place - 1];
      place--;
    }
    keys[place] = key;
  }
}

static base_code refuse(const data_scan *scan, base_error *error, const char *zh, const char *en) {
  return base_error_set(error, BASE_BAD_REQUEST, NULL, "数据第 %zu 字节处有误：%s",
                        "the data is malformed at byte %zu: %s", scan->at,
                        error->language == BASE_EN ? en : zh);
}

static base_code refuse_twin(base_slice key, base_error *error) {
  base_slice shown = data_text_cut(key, QUOTED_MAX);
  return base_error_set(error, BASE_BAD_REQUEST, NULL, "数据有误：同一映射中键“%.*s”出现两次",
                        "the data is malformed: the key \"%.*s\" is twice in one map",
                        BASE_SLICE_ARGS(shown));
}

static base_code check_twins(data_scan *scan, const level *map, base_slice bytes,
                             base_error *error) {
  size_t count = key_count(scan) - map->first_key;
  if (count < 2) return BASE_OK;
  uint32_t *keys = (uint32_t *)(void *)scan->keys.data + map->first_key;
  void *start = (void *)(uintptr_t)bytes.data;
  if (count <= FEW_KEYS) {
    sort_few(keys, count, bytes.data);
  } else {
    qsort_r(keys, count, sizeof *keys, compare_keys, start);
  }
  for (size_t i = 1; i < count; i++) {
    if (compare_keys(&keys[i - 1], &keys[i], start) == 0) {
      return refuse_twin(key_at(bytes.data, keys[i]), error);
    }
  }
  return BASE_OK;
}

/* Closes the containers that have all their values. */
static base_code close_full(data_scan *scan, base_slice bytes, base_error *error) {
  for (level *top = innermost(scan); top != NULL && top->left == 0; top = innermost(scan)) {
    if (top->map) BASE_TRY(check_twins(scan, top, bytes, error));
    scan->keys.size = top->first_key * sizeof(uint32_t);
    scan->levels.size -= sizeof(level);
  }
  return BASE_OK;
}

/* ---- one value ---- */

static base_code refuse_large(base_error *error, const char *zh, const char *en, size_t limit) {
  return base_error_set(
      error, BASE_TOO_LARGE, NULL, "数据过大：%s不得超过 %zu，请分成几次发送",
      "the data is too large: its %s may not exceed %zu; send it in several parts",
      error->language == BASE_EN ? en : zh, limit);
}

/* Whether `size` more bytes are allowed, before they have come. */
static bool fits(const data_scan *scan, size_t size, base_error *error) {
  if (size <= scan->limits.bytes - scan->at) return true;
  (void)refuse_large(error, "字节数", "bytes", scan->limits.bytes);
  return false;
}

/* The limits on what the head of a container announces, before any of it has come. */
static base_code check_announced(const data_scan *scan, const data_value *value,
                                 base_error *error) {
  const data_limits *limits = &scan->limits;
  if (value->type < DATA_ARRAY) return BASE_OK;
  if (depth_of(scan) >= limits->depth) {
    return refuse_large(error, "嵌套层数", "depth", limits->depth);
  }
  if (value->type == DATA_MAP && value->as.count > limits->map_entries) {
    return refuse_large(error, "一个映射的条目数", "entries in one map", limits->map_entries);
  }
  if (scan->items > limits->items || data_head_children(value) > limits->items - scan->items) {
    return refuse_large(error, "数据项数", "items", limits->items);
  }
  return BASE_OK;
}

static bool is_finite(double number) {
  return number - number == 0;
}

/* What the very first byte tells. */
static base_code check_first(data_scan *scan, uint8_t first, bool key, base_error *error) {
  if (data_head_size(first) == 0) {
    return refuse(scan, error, "不支持 ext 类型和字节 0xc1",
                  "ext types and the byte 0xc1 are not supported");
  }
  if (key && !data_head_is_text(first)) {
    return refuse(scan, error, "映射的键须为文本", "the keys of a map must be text");
  }
  return BASE_OK;
}

static base_code check_contents(const data_scan *scan, const data_value *value, base_error *error) {
  if (value->type == DATA_TEXT && !data_text_valid(value->as.bytes)) {
    return refuse(scan, error, "文本不是有效的 UTF-8", "the text is not UTF-8");
  }
  if (value->type == DATA_FLOAT && !is_finite(value->as.number)) {
    return refuse(scan, error, "数字不是有限值", "the number is not finite");
  }
  return BASE_OK;
}

/* The value is whole and good: the scanner moves behind it, or into it. */
static void accept(data_scan *scan, const data_value *value, size_t size, bool key) {
  level *outer = innermost(scan);
  uint32_t offset = (uint32_t)scan->at;
  if (outer != NULL) outer->left--;
  if (key) base_buffer_append(&scan->keys, &offset, sizeof offset);
  scan->at += size;
  if (value->type < DATA_ARRAY) return;
  level inner = {.left = data_head_children(value),
                 .first_key = key_count(scan),
                 .map = value->type == DATA_MAP};
  scan->items += (size_t)inner.left;
  base_buffer_append(&scan->levels, &inner, sizeof inner);
}

/* Each step needs a little more of the value: its first byte, its head, the whole of it. */
static data_scan_state scan_value(data_scan *scan, base_slice bytes, base_error *error) {
  const level *outer = innermost(scan);
  bool key = outer != NULL && outer->map && outer->left % 2 == 0;
  if (!fits(scan, 1, error)) return DATA_SCAN_FAILED;
  if (scan->at == bytes.size) return DATA_SCAN_MORE;
  base_slice rest = base_slice_after(bytes, scan->at);
  if (check_first(scan, rest.data[0], key, error) != BASE_OK) return DATA_SCAN_FAILED;
  size_t head = data_head_size(rest.data[0]);
  if (!fits(scan, head, error)) return DATA_SCAN_FAILED;
  if (rest.size < head) return DATA_SCAN_MORE;
  data_value value = {.type = DATA_NIL};
  data_head_read(rest.data, &value);
  size_t size = head + data_head_body(&value);
  if (!fits(scan, size, error)) return DATA_SCAN_FAILED;
  if (check_announced(scan, &value, error) != BASE_OK) return DATA_SCAN_FAILED;
  if (rest.size < size) return DATA_SCAN_MORE;
  if (check_contents(scan, &value, error) != BASE_OK) return DATA_SCAN_FAILED;
  accept(scan, &value, size, key);
  return DATA_SCAN_DONE;
}

data_scan_state data_scan_run(data_scan *scan, base_slice bytes, base_error *error) {
  if (scan->at == 0) scan->items = 1;
  while (true) {
    if (close_full(scan, bytes, error) != BASE_OK) return DATA_SCAN_FAILED;
    if (scan->at > 0 && depth_of(scan) == 0) return DATA_SCAN_DONE;
    data_scan_state state = scan_value(scan, bytes, error);
    if (state != DATA_SCAN_DONE) return state;
  }
}

base_code data_scan_whole(base_slice bytes, data_limits limits, base_error *error) {
  data_scan scan;
  data_scan_init(&scan, limits);
  data_scan_state state = data_scan_run(&scan, bytes, error);
  base_code code = state == DATA_SCAN_FAILED ? error->code : BASE_OK;
  if (state == DATA_SCAN_MORE) {
    code = base_error_set(error, BASE_BAD_REQUEST, NULL, "数据不完整：在第 %zu 字节处中断",
                          "the data is incomplete: it breaks off at byte %zu", bytes.size);
  } else if (state == DATA_SCAN_DONE && scan.at < bytes.size) {
    code = refuse(&scan, error, "一个数据项之后还有多余的字节", "something follows the one object");
  }
  data_scan_fini(&scan);
  return code;
}
