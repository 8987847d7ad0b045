/* oracle: what a store must answer, kept as plainly as can be: a fixed set of sorted keys, and per
 * table and key a number that stands for the value, 0 for none.
 *
 * Memory:  plain values; copying an oracle is a snapshot.
 * Threads: the test's.
 * Fails:   the checks fail the test. */
#pragma once

#include "scratch.h"

#define ORACLE_KEYS 96
#define ORACLE_VALUE_MAX 9000

typedef struct oracle_keys {
  size_t sizes[ORACLE_KEYS];
  uint8_t bytes[ORACLE_KEYS][480];
} oracle_keys;

typedef struct oracle {
  const oracle_keys *keys;
  uint32_t values[STORE_TABLES][ORACLE_KEYS];
  uint64_t changed[ORACLE_KEYS]; /* records: the sequence that changed it last */
} oracle;

/* A number below `below`, from a sequence that the seed determines. */
static inline uint32_t oracle_random(uint64_t *seed, uint32_t below) {
  *seed += 0x9e3779b97f4a7c15u;
  uint64_t mixed = *seed;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
  return (uint32_t)((mixed ^ (mixed >> 31)) % below);
}

/* HAOKE_TEST_SEED repeats a run. */
static inline uint64_t oracle_seed(uint64_t fixed) {
  const char *wanted = getenv("HAOKE_TEST_SEED");
  uint64_t seed = wanted == NULL ? fixed : strtoull(wanted, NULL, 10);
  print_message("seed %" PRIu64 "\n", seed);
  return seed;
}

static inline base_slice oracle_key(const oracle_keys *keys, size_t index) {
  return base_slice_make(keys->bytes[index], keys->sizes[index]);
}

/* Few different bytes make keys that begin one another. */
static inline size_t oracle_random_key(uint64_t *seed, uint8_t *bytes) {
  static const uint8_t letters[] = {0x00, 0x01, 'a', 'b', 0x7f, 0x80, 0xfe, 0xff};
  size_t size = 1 + oracle_random(seed, oracle_random(seed, 8) == 0 ? 480 : 6);
  for (size_t i = 0; i < size; i++) bytes[i] = letters[oracle_random(seed, sizeof letters)];
  return size;
}

static inline void oracle_keys_init(oracle_keys *keys, uint64_t *seed) {
  for (size_t count = 0; count < ORACLE_KEYS;) {
    uint8_t bytes[480];
    size_t size = oracle_random_key(seed, bytes);
    size_t at = 0;
    while (at < count && base_slice_compare(oracle_key(keys, at), base_slice_make(bytes, size)) < 0)
      at++;
    if (at < count && base_slice_equal(oracle_key(keys, at), base_slice_make(bytes, size)))
      continue;
    memmove(keys->bytes[at + 1], keys->bytes[at], (count - at) * sizeof keys->bytes[0]);
    memmove(&keys->sizes[at + 1], &keys->sizes[at], (count - at) * sizeof keys->sizes[0]);
    memcpy(keys->bytes[at], bytes, size);
    keys->sizes[at] = size;
    count++;
  }
}

/* The bytes that a number stands for: none, a few, or enough for pages of their own. */
static inline base_slice oracle_value(uint32_t number, uint8_t bytes[ORACLE_VALUE_MAX]) {
  uint64_t seed = number;
  uint32_t most = number % 40 == 0 ? ORACLE_VALUE_MAX : 120;
  size_t size = oracle_random(&seed, most);
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(number + i * 7);
  return base_slice_make(bytes, size);
}

static inline void oracle_check_value(uint32_t number, bool found, base_slice value) {
  uint8_t bytes[ORACLE_VALUE_MAX];
  assert_int_equal(found, number != 0);
  if (found && !base_slice_equal(value, oracle_value(number, bytes))) {
    fail_msg("a value of %zu bytes is not number %" PRIu32, value.size, number);
  }
}

static inline void oracle_check_get(const oracle *self, const store_change_set *set,
                                    store_table table, size_t index) {
  base_slice value;
  bool found = store_get(set, table, oracle_key(self->keys, index), &value);
  oracle_check_value(self->values[table][index], found, value);
}

static inline bool oracle_in_range(base_slice key, base_slice lower, base_slice upper) {
  return base_slice_compare(key, lower) >= 0 &&
         (upper.size == 0 || base_slice_compare(key, upper) < 0);
}

static inline void oracle_check_range(const oracle *self, const store_change_set *set,
                                      store_table table, base_slice lower, base_slice upper,
                                      bool descending) {
  base_slice key, value;
  store_cursor *cursor = store_cursor_open(set, table, lower, upper, descending);
  for (size_t i = 0; i < ORACLE_KEYS; i++) {
    size_t index = descending ? ORACLE_KEYS - 1 - i : i;
    base_slice expected = oracle_key(self->keys, index);
    if (self->values[table][index] == 0 || !oracle_in_range(expected, lower, upper)) continue;
    assert_true(store_cursor_next(cursor, &key, &value));
    assert_true(base_slice_equal(key, expected));
    oracle_check_value(self->values[table][index], true, value);
  }
  assert_false(store_cursor_next(cursor, &key, &value));
  assert_false(store_cursor_next(cursor, &key, &value));
  store_cursor_close(cursor);
}

/* A bound: none, one of the keys, or something between them. */
static inline base_slice oracle_random_bound(const oracle *self, uint64_t *seed,
                                             uint8_t room[480]) {
  uint32_t kind = oracle_random(seed, 4);
  if (kind == 0) return base_slice_make(NULL, 0);
  if (kind == 1) return base_slice_make(room, oracle_random_key(seed, room));
  return oracle_key(self->keys, oracle_random(seed, ORACLE_KEYS));
}

static inline void oracle_check_random_range(const oracle *self, const store_change_set *set,
                                             uint64_t *seed) {
  uint8_t room[2][480];
  store_table table = (store_table)oracle_random(seed, STORE_TABLES);
  base_slice lower = oracle_random_bound(self, seed, room[0]);
  base_slice upper = oracle_random_bound(self, seed, room[1]);
  oracle_check_range(self, set, table, lower, upper, oracle_random(seed, 2) == 1);
}

/* Everything in all tables, both ways. */
static inline void oracle_check(const oracle *self, const store_change_set *set) {
  base_slice none = base_slice_make(NULL, 0);
  for (store_table table = 0; table < STORE_TABLES; table++) {
    for (size_t i = 0; i < ORACLE_KEYS; i++) oracle_check_get(self, set, table, i);
    oracle_check_range(self, set, table, none, none, false);
    oracle_check_range(self, set, table, none, none, true);
  }
}

/* The sequences of the records, which come from the view and not from the set. */
static inline void oracle_check_sequences(const oracle *self, const store_change_set *set) {
  for (size_t i = 0; i < ORACLE_KEYS; i++) {
    uint64_t expected = self->values[STORE_RECORD][i] == 0 ? 0 : self->changed[i];
    assert_int_equal(store_record_sequence(set, oracle_key(self->keys, i)), expected);
  }
}

/* One random put or delete, in the set and here. Returns the key's index. */
static inline size_t oracle_change(oracle *self, store_change_set *set, store_table table,
                                   uint64_t *seed, base_error *error) {
  uint8_t bytes[ORACLE_VALUE_MAX];
  size_t index = oracle_random(seed, ORACLE_KEYS);
  base_slice key = oracle_key(self->keys, index);
  uint32_t number = oracle_random(seed, 3) == 0 ? 0 : 1 + oracle_random(seed, 1000000);
  base_code code = number == 0 ? store_delete(set, table, key, error)
                               : store_put(set, table, key, oracle_value(number, bytes), error);
  assert_int_equal(code, BASE_OK);
  self->values[table][index] = number;
  return index;
}
