/* tail: a generation against a sorted array with all versions, and with readers beside the writer. */
#include "store/tail.h"

#include <pthread.h>
#include <sched.h>

#include "oracle.h"

enum { VERSIONS_MOST = 40000, STEPS = 30000, DEPTH = 6, GROUP_ENTRIES = 3, ENTRY_CHANGES = 4 };
#define GROUP_MOST (GROUP_ENTRIES * ENTRY_CHANGES)

typedef struct version_kept {
  store_table table;
  size_t key;
  uint64_t sequence;
  uint32_t number; /* 0: deleted */
  tail_key *place;
} version_kept;

typedef struct model {
  tail_generation *generation;
  uint64_t seed;
  uint64_t sequence;
  oracle_keys keys;
  size_t count;
  version_kept versions[VERSIONS_MOST];
} model;

static uint32_t draw(model *self, uint32_t below) {
  return oracle_random(&self->seed, below);
}

/* --- what is expected -------------------------------------------------------------------------- */

static const version_kept *expected_at(const model *self, store_table table, size_t key,
                                       uint64_t sequence) {
  for (size_t i = self->count; i-- > 0;) {
    const version_kept *version = &self->versions[i];
    if (version->table == table && version->key == key && version->sequence <= sequence) {
      return version;
    }
  }
  return NULL;
}

static void check_version(const version_kept *expected, const tail_version *found) {
  uint8_t bytes[ORACLE_VALUE_MAX];
  assert_int_equal(found == NULL, expected == NULL);
  if (expected == NULL) return;
  assert_int_equal(found->sequence, expected->sequence);
  assert_int_equal(found->deleted, expected->number == 0);
  base_slice value =
      expected->number == 0 ? base_slice_make(NULL, 0) : oracle_value(expected->number, bytes);
  assert_true(base_slice_equal(found->value, value));
}

static void check_key(const model *self, store_table table, size_t key, uint64_t sequence) {
  const tail_key *found = tail_find(self->generation, table, oracle_key(&self->keys, key));
  check_version(expected_at(self, table, key, sequence),
                found == NULL ? NULL : tail_version_at(found, sequence));
}

/* Keys that only had versions which were taken back may stand there, without a version. */
static const tail_key *skip_empty(const tail_key *key, uint64_t sequence, bool descending) {
  while (key != NULL && tail_version_at(key, sequence) == NULL) {
    key = descending ? tail_before(key) : tail_next(key);
  }
  return key;
}

static void check_range(const model *self, store_table table, base_slice bound, uint64_t sequence,
                        bool descending) {
  const tail_key *at = descending ? tail_below(self->generation, table, bound)
                                  : tail_from(self->generation, table, bound);
  for (size_t i = 0; i < ORACLE_KEYS; i++) {
    size_t index = descending ? ORACLE_KEYS - 1 - i : i;
    base_slice key = oracle_key(&self->keys, index);
    bool in = descending ? bound.size == 0 || base_slice_compare(key, bound) < 0
                         : base_slice_compare(key, bound) >= 0;
    const version_kept *expected = in ? expected_at(self, table, index, sequence) : NULL;
    if (expected == NULL) continue;
    at = skip_empty(at, sequence, descending);
    assert_non_null(at);
    assert_true(base_slice_equal(at->key, key));
    check_version(expected, tail_version_at(at, sequence));
    at = descending ? tail_before(at) : tail_next(at);
  }
  assert_null(skip_empty(at, sequence, descending));
}

/* --- steps ------------------------------------------------------------------------------------- */

static void add(model *self) {
  uint8_t bytes[ORACLE_VALUE_MAX];
  version_kept *version = &self->versions[self->count];
  *version = (version_kept){.table = (store_table)draw(self, STORE_TABLES),
                            .key = draw(self, ORACLE_KEYS),
                            .sequence = self->sequence,
                            .number = draw(self, 4) == 0 ? 0 : 1 + draw(self, 1000)};
  store_change change = {.table = version->table,
                         .key = oracle_key(&self->keys, version->key),
                         .deleted = version->number == 0};
  if (!change.deleted) change.value = oracle_value(version->number, bytes);
  version->place = tail_add(self->generation, &change, self->sequence);
  assert_true(base_slice_equal(version->place->key, change.key));
  self->count++;
}

/* Those added since, some of them perhaps before the others. */
static void order_from(model *self, size_t before) {
  tail_key *keys[GROUP_MOST];
  size_t count = 0;
  for (size_t i = before; i < self->count; i++) keys[count++] = self->versions[i].place;
  size_t first = draw(self, (uint32_t)count + 1);
  tail_order(self->generation, keys, first);
  tail_order(self->generation, keys + first, count - first);
}

/* As a group does: its entries come, are put in order before anybody looks, and perhaps all of them go, in
 * order or not. */
static void add_group(model *self) {
  size_t before = self->count;
  uint64_t sequence = self->sequence;
  bool kept = draw(self, 4) != 0;
  for (uint32_t entries = 1 + draw(self, GROUP_ENTRIES); entries > 0; entries--) {
    self->sequence++;
    for (uint32_t changes = 1 + draw(self, ENTRY_CHANGES); changes > 0; changes--) add(self);
  }
  if (kept || draw(self, 2) == 0) order_from(self, before);
  if (kept) return;
  while (self->count > before) tail_take_back(self->versions[--self->count].place);
  self->sequence = sequence;
}

static void check_something(model *self) {
  uint8_t room[480];
  store_table table = (store_table)draw(self, STORE_TABLES);
  uint64_t behind = draw(self, DEPTH) == 0 ? draw(self, 500) : draw(self, 4);
  uint64_t sequence = behind > self->sequence ? 0 : self->sequence - behind;
  check_key(self, table, draw(self, ORACLE_KEYS), sequence);
  if (draw(self, 8) != 0) return;
  base_slice bound = draw(self, 2) == 0
                         ? base_slice_make(room, oracle_random_key(&self->seed, room))
                         : oracle_key(&self->keys, draw(self, ORACLE_KEYS));
  if (draw(self, 6) == 0) bound = base_slice_make(NULL, 0);
  check_range(self, table, bound, sequence, draw(self, 2) == 0);
}

static void versions_and_order_equal_a_sorted_array(void **state) {
  (void)state;
  model *self = base_alloc(sizeof *self);
  *self = (model){.generation = tail_generation_new(), .seed = oracle_seed(4)};
  oracle_keys_init(&self->keys, &self->seed);
  for (int i = 0; i < STEPS && self->count + 16 < VERSIONS_MOST; i++) {
    if (i % 4 == 0) add_group(self);
    check_something(self);
  }
  for (store_table table = 0; table < STORE_TABLES; table++) {
    check_range(self, table, base_slice_make(NULL, 0), self->sequence, false);
    check_range(self, table, base_slice_make(NULL, 0), self->sequence, true);
  }
  tail_generation_free(self->generation);
  free(self);
}

static void an_empty_generation_has_nothing(void **state) {
  (void)state;
  base_slice none = base_slice_make(NULL, 0), key = text("k");
  tail_generation *generation = tail_generation_new();
  assert_null(tail_find(generation, STORE_RECORD, key));
  assert_null(tail_from(generation, STORE_RECORD, none));
  assert_null(tail_from(generation, STORE_RECORD, key));
  assert_null(tail_below(generation, STORE_RECORD, none));
  assert_null(tail_below(generation, STORE_RECORD, key));
  size_t bytes = tail_bytes(generation);
  store_change change = {.table = STORE_META, .key = key, .value = text("值")};
  tail_key *added = tail_add(generation, &change, 7);
  assert_true(tail_bytes(generation) > bytes);
  assert_null(tail_version_at(added, 6));
  assert_null(tail_find(generation, STORE_RECORD, key));
  assert_null(tail_from(generation, STORE_RECORD, none));
  assert_null(tail_from(generation, STORE_META, none));
  tail_order(generation, (tail_key *[]){added, added}, 2);
  tail_order(generation, &added, 1);
  assert_ptr_equal(tail_from(generation, STORE_META, none), added);
  assert_null(tail_next(added));
  tail_take_back(added);
  assert_null(tail_version_at(added, UINT64_MAX));
  assert_non_null(tail_find(generation, STORE_META, key));
  tail_generation_free(generation);
}

/* --- readers beside the writer ----------------------------------------------------------------- */

enum { READERS = 3, WRITTEN = 8000, SPREAD = 400 };

typedef struct sharing {
  tail_generation *generation;
  tail_key *keys[WRITTEN + 1]; /* by sequence */
  _Atomic uint64_t added;
  _Atomic uint64_t head;
  _Atomic bool done;
  _Atomic int wrong;
} sharing;

static base_slice spread_key(uint64_t sequence, char room[16]) {
  int size = snprintf(room, 16, "k%03u", (unsigned)(sequence * 37 % SPREAD));
  return base_slice_make(room, (size_t)size);
}

/* Entry n puts its key with n as its value: up to `head`, key k has the newest n of its own, and all
 * keys that had one are in order. */
static bool range_is_whole(const sharing *self, uint64_t head, bool descending) {
  uint64_t seen = 0;
  const tail_key *before = NULL;
  const tail_key *at = descending
                           ? tail_below(self->generation, STORE_INDEX, base_slice_make(NULL, 0))
                           : tail_from(self->generation, STORE_INDEX, base_slice_make(NULL, 0));
  for (; at != NULL; at = descending ? tail_before(at) : tail_next(at)) {
    const tail_version *version = tail_version_at(at, head);
    if (version == NULL) continue;
    char room[16];
    if (!base_slice_equal(at->key, spread_key(version->sequence, room))) return false;
    if (version->sequence > head || version->sequence + SPREAD <= head) return false;
    if (before != NULL && base_slice_compare(before->key, at->key) * (descending ? -1 : 1) >= 0) {
      return false;
    }
    before = at;
    seen++;
  }
  return seen == (head < SPREAD ? head : SPREAD);
}

static bool keys_are_there(const sharing *self, uint64_t head) {
  for (uint64_t sequence = head; sequence > 0 && head - sequence < 20; sequence--) {
    char room[16];
    const tail_key *found = tail_find(self->generation, STORE_INDEX, spread_key(sequence, room));
    const tail_version *version = found == NULL ? NULL : tail_version_at(found, head);
    if (version == NULL || version->sequence != sequence) return false;
  }
  return true;
}

/* As a flush does, while the next are added. */
static void *order_all(void *argument) {
  sharing *self = argument;
  for (uint64_t sequence = 1; sequence <= WRITTEN; sequence++) {
    while (self->added < sequence) (void)sched_yield();
    tail_order(self->generation, &self->keys[sequence], 1);
    self->head = sequence;
  }
  return NULL;
}

static void *read_until_done(void *argument) {
  sharing *self = argument;
  bool descending = false;
  while (!self->done) {
    uint64_t head = self->head;
    if (!range_is_whole(self, head, descending) || !keys_are_there(self, head)) self->wrong++;
    descending = !descending;
  }
  return NULL;
}

/* Every third entry is written, taken back, and written again. */
static void write_one(sharing *self, uint64_t sequence) {
  char room[16];
  store_change change = {
      .table = STORE_INDEX, .key = spread_key(sequence, room), .value = text("x")};
  tail_key *added = tail_add(self->generation, &change, sequence);
  if (sequence % 3 == 0) {
    tail_take_back(added);
    (void)tail_add(self->generation, &change, sequence);
  }
  self->keys[sequence] = added;
  self->added = sequence;
}

static void readers_see_what_is_committed(void **state) {
  (void)state;
  pthread_t readers[READERS], orderer;
  sharing self = {.generation = tail_generation_new()};
  assert_int_equal(pthread_create(&orderer, NULL, order_all, &self), 0);
  for (int i = 0; i < READERS; i++) {
    assert_int_equal(pthread_create(&readers[i], NULL, read_until_done, &self), 0);
  }
  for (uint64_t sequence = 1; sequence <= WRITTEN; sequence++) write_one(&self, sequence);
  assert_int_equal(pthread_join(orderer, NULL), 0);
  self.done = true;
  for (int i = 0; i < READERS; i++) assert_int_equal(pthread_join(readers[i], NULL), 0);
  assert_int_equal(self.wrong, 0);
  assert_true(range_is_whole(&self, WRITTEN, false) && range_is_whole(&self, WRITTEN, true));
  tail_generation_free(self.generation);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(versions_and_order_equal_a_sorted_array),
      cmocka_unit_test(an_empty_generation_has_nothing),
      cmocka_unit_test(readers_see_what_is_committed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
