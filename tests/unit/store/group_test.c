/* group: ops that become durable together, and the ones that do not. */
#include <pthread.h>

#include "base/failpoint.h"
#include "oracle.h"
#include "store/inside.h"

/* One op: a set over the group with one put, appended. */
static uint64_t append_put(scratch *self, store_group *group, store_table table, const char *key,
                           const char *value) {
  uint64_t sequence = 0;
  store_entry_head head = scratch_head(1772848800000);
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  ASSERT_OK(self, store_put(set, table, text(key), text(value), &self->error));
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  return sequence;
}

static store_group *begin(scratch *self) {
  store_group *group;
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  return group;
}

static void commit_keeps_over_a_restart(void **state) {
  scratch *self = *state;
  store_group *group = begin(self);
  assert_int_equal(append_put(self, group, STORE_RECORD, "customer 1", "张建国"), 1);
  assert_int_equal(append_put(self, group, STORE_UNIQUE, "13800001001", "1"), 2);
  ASSERT_OK(self, store_group_commit(group, &self->error));
  assert_int_equal(store_info_get(self->store).sequence, 2);
  scratch_reopen(self);
  assert_committed(self, STORE_RECORD, "customer 1", "张建国");
  assert_committed(self, STORE_UNIQUE, "13800001001", "1");
  assert_int_equal(store_info_get(self->store).sequence, 2);
  assert_int_equal(store_info_get(self->store).at, 1772848800000);
  assert_int_equal(scratch_commit(self, STORE_RECORD, "customer 2", "李静"), 3);
}

static void abort_keeps_nothing(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国");
  store_group *group = begin(self);
  append_put(self, group, STORE_RECORD, "customer 1", "改名");
  append_put(self, group, STORE_RECORD, "customer 2", "李静");
  store_group_abort(group);
  assert_committed(self, STORE_RECORD, "customer 1", "张建国");
  assert_committed(self, STORE_RECORD, "customer 2", NULL);
  assert_int_equal(store_info_get(self->store).sequence, 1);
  assert_int_equal(scratch_commit(self, STORE_META, "after", "放弃之后"), 2);
  assert_int_equal(scratch_commit(self, STORE_META, "after", "放弃之后"), 3);
  assert_committed(self, STORE_RECORD, "customer 1", "张建国");
  assert_committed(self, STORE_RECORD, "customer 2", NULL);
}

static void failing_op_disturbs_nobody_in_its_group(void **state) {
  scratch *self = *state;
  store_group *group = begin(self);
  assert_int_equal(append_put(self, group, STORE_RECORD, "order 1", "3 盒"), 1);
  store_change_set *failed = store_change_set_new(store_group_view(group), self->arena);
  ASSERT_OK(self, store_put(failed, STORE_RECORD, text("order 1"), text("-1 盒"), &self->error));
  ASSERT_OK(self, store_put(failed, STORE_RECORD, text("order 2"), text("0 盒"), &self->error));
  assert_int_equal(append_put(self, group, STORE_RECORD, "order 3", "1 盒"), 2);
  ASSERT_OK(self, store_group_commit(group, &self->error));
  assert_committed(self, STORE_RECORD, "order 1", "3 盒");
  assert_committed(self, STORE_RECORD, "order 2", NULL);
  assert_committed(self, STORE_RECORD, "order 3", "1 盒");
}

static void each_op_sees_the_ops_before_it(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_META, "stock", "10");
  scratch_commit(self, STORE_RECORD, "product 1", "钙片");
  store_group *group = begin(self);
  append_put(self, group, STORE_META, "stock", "7");
  append_put(self, group, STORE_RECORD, "product 1", "钙片 60 粒");
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  assert_get(set, STORE_META, "stock", "7");
  assert_int_equal(store_record_sequence(set, text("product 1")), 4);
  assert_int_equal(store_view_sequence(store_group_view(group)), 4);
  assert_committed(self, STORE_META, "stock", "10");
  ASSERT_OK(self, store_group_commit(group, &self->error));
  assert_committed(self, STORE_META, "stock", "7");
}

/* What the set sees of the index, keys in order, one behind the other. */
static void assert_keys(const store_change_set *set, const char *expected) {
  char found[64];
  size_t size = 0;
  base_slice none = base_slice_make(NULL, 0), key, value;
  store_cursor *cursor = store_cursor_open(set, STORE_INDEX, none, none, false);
  while (store_cursor_next(cursor, &key, &value)) {
    assert_true(size + key.size < sizeof found);
    memcpy(found + size, key.data, key.size);
    size += key.size;
  }
  store_cursor_close(cursor);
  found[size] = 0;
  assert_string_equal(found, expected);
}

/* Keys of the tail are put in order by the flush; a range within a group may ask before. */
static void ranges_see_the_ops_before(void **state) {
  scratch *self = *state;
  store_group *groups[3];
  const char *seen[] = {"d", "bd", "bcd", "abcd"};
  scratch_commit(self, STORE_INDEX, "d", "1");
  for (int i = 0; i < 3; i++) {
    const char *keys[] = {"b", "c", "a"};
    groups[i] = begin(self);
    store_change_set *set = store_change_set_new(store_group_view(groups[i]), self->arena);
    assert_keys(set, seen[i]);
    append_put(self, groups[i], STORE_INDEX, keys[i], "1");
    set = store_change_set_new(store_group_view(groups[i]), self->arena);
    assert_keys(set, seen[i + 1]);
    if (i > 0) ASSERT_OK(self, store_group_flush(groups[i - 1], &self->error));
    ASSERT_OK(self, store_group_seal(groups[i], &self->error));
  }
  ASSERT_OK(self, store_group_flush(groups[2], &self->error));
  store_view *view = scratch_view(self);
  assert_keys(store_change_set_new(view, self->arena), "abcd");
  store_view_close(view);
}

static base_digest hash_of(const store_view *view, uint64_t sequence) {
  store_entry entry;
  assert_true(store_entry_get(view, sequence, &entry));
  return store_entry_hash(view, &entry);
}

/* The chain is the flush's work; an op that asks for a hash gets the one that is written. */
static void hash_of_an_entry_is_known_in_its_group(void **state) {
  scratch *self = *state;
  base_digest within[4];
  store_group *first = begin(self);
  append_put(self, first, STORE_META, "stock", "10");
  append_put(self, first, STORE_META, "stock", "9");
  within[1] = hash_of(store_group_view(first), 1);
  within[2] = hash_of(store_group_view(first), 2);
  append_put(self, first, STORE_META, "stock", "8");
  within[3] = hash_of(store_group_view(first), 3);
  ASSERT_OK(self, store_group_commit(first, &self->error));
  ASSERT_OK(self, store_group_commit(begin(self), &self->error)); /* an empty one */
  assert_int_equal(scratch_commit(self, STORE_META, "stock", "7"), 4);
  scratch_reopen(self);
  store_view *view = scratch_view(self);
  for (uint64_t sequence = 1; sequence <= 3; sequence++) {
    base_digest written = hash_of(view, sequence);
    assert_memory_equal(within[sequence].bytes, written.bytes, sizeof written.bytes);
  }
  ASSERT_OK(self, store_chain_verify(view, 1, 4, NULL, NULL, &self->error));
  store_view_close(view);
}

/* A reply is sent after the commit and may hold what its op read long before. */
static void slices_of_a_group_outlive_its_appends(void **state) {
  scratch *self = *state;
  base_slice none = base_slice_make(NULL, 0), early, key, value;
  scratch_commit(self, STORE_RECORD, "a", "第一次回访");
  scratch_commit(self, STORE_RECORD, "b", "第二次回访");
  store_group *group = begin(self);
  append_put(self, group, STORE_RECORD, "c", "第三次回访");
  store_change_set *reader = store_change_set_new(store_group_view(group), self->arena);
  assert_true(store_get(reader, STORE_RECORD, text("c"), &early));
  store_cursor *cursor = store_cursor_open(reader, STORE_RECORD, none, none, false);
  assert_true(store_cursor_next(cursor, &key, &value));
  store_cursor_close(cursor);
  for (int i = 0; i < 300; i++) {
    char name[16];
    (void)snprintf(name, sizeof name, "b%03d", i);
    append_put(self, group, STORE_RECORD, name, "回访任务");
    append_put(self, group, STORE_RECORD, "a", "改写");
    append_put(self, group, STORE_RECORD, "c", "改写");
  }
  assert_slice(early, "第三次回访");
  assert_slice(key, "a");
  assert_slice(value, "第一次回访");
  ASSERT_OK(self, store_group_commit(group, &self->error));
  assert_slice(early, "第三次回访");
}

static void instant_never_goes_back(void **state) {
  scratch *self = *state;
  static const int64_t given[] = {1000, 500, 2000, 1999, 2000, -5};
  static const int64_t kept[] = {1000, 1000, 2000, 2000, 2000, 2000};
  for (size_t i = 0; i < 6; i++) {
    uint64_t sequence;
    store_group *group = begin(self);
    store_entry_head head = scratch_head(given[i]);
    store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
    ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
    ASSERT_OK(self, store_group_commit(group, &self->error));
    assert_int_equal(store_info_get(self->store).at, kept[i]);
    if (i == 3) scratch_reopen(self);
  }
  store_entry entry;
  store_view *view = scratch_view(self);
  for (size_t i = 0; i < 6; i++) {
    assert_true(store_entry_get(view, i + 1, &entry));
    assert_int_equal(entry.head.at, kept[i]);
  }
  store_view_close(view);
}

static void empty_group_is_nothing_and_empty_set_an_entry(void **state) {
  scratch *self = *state;
  store_entry entry;
  store_change change;
  ASSERT_OK(self, store_group_commit(begin(self), &self->error));
  assert_int_equal(store_info_get(self->store).sequence, 0);
  uint64_t sequence;
  store_group *group = begin(self);
  store_entry_head head = scratch_head(0);
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  ASSERT_OK(self, store_group_commit(group, &self->error));
  store_view *view = scratch_view(self);
  assert_true(store_entry_get(view, 1, &entry));
  assert_false(store_entry_next(&entry.body, &change));
  store_view_close(view);
}

static void set_of_another_view_is_refused(void **state) {
  scratch *self = *state;
  uint64_t sequence;
  store_view *view = scratch_view(self);
  store_group *group = begin(self);
  store_entry_head head = scratch_head(0);
  store_change_set *set = store_change_set_new(view, self->arena);
  ASSERT_OK(self, store_put(set, STORE_META, text("k"), text("v"), &self->error));
  assert_int_equal(store_group_append(group, set, &head, &sequence, &self->error), BASE_INTERNAL);
  store_group_abort(group);
  store_view_close(view);
}

/* --- what does not fit --- */

static void assert_file(scratch *self, int number, size_t size) {
  char key[16];
  base_slice value;
  (void)snprintf(key, sizeof key, "file %d", number);
  store_view *view = scratch_view(self);
  const store_change_set *set = store_change_set_new(view, self->arena);
  assert_true(store_get(set, STORE_META, text(key), &value));
  assert_int_equal(value.size, size);
  store_view_close(view);
}

static base_code append_large(scratch *self, store_group *group, int number, size_t size) {
  char key[16];
  uint64_t sequence;
  store_entry_head head = scratch_head(0);
  base_arena_reset(self->arena);
  uint8_t *bytes = base_arena_zero(self->arena, size);
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  (void)snprintf(key, sizeof key, "file %d", number);
  ASSERT_OK(self,
            store_put(set, STORE_META, text(key), base_slice_make(bytes, size), &self->error));
  return store_group_append(group, set, &head, &sequence, &self->error);
}

/* The journal has the room that the data file lacks: nothing is refused, nothing is lost, and what
 * cannot be drained stays in memory until there is room. */
static void full_data_file_stops_the_drain_and_nothing_else(void **state) {
  scratch *self = *state;
  self->options.map_bytes = (size_t)4 << 20;
  scratch_open(self);
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国");
  scratch_drain(self);
  store_group *group = begin(self);
  for (int i = 0; i < 100; i++) ASSERT_OK(self, append_large(self, group, i, 200000));
  ASSERT_OK(self, store_group_commit(group, &self->error));
  for (int round = 0; round < 3; round++) {
    assert_int_equal(store_drain(self->store, &self->error), BASE_STORAGE_FULL);
    assert_non_null(strstr(self->error.message, "4194304 bytes (store.map_bytes)"));
    assert_file(self, 99, 200000);
    assert_int_equal(scratch_commit(self, STORE_RECORD, "customer 1", "张建国，已搬家"),
                     102 + (uint64_t)round);
    if (round == 1) scratch_reopen(self);
  }
  self->options.map_bytes = (size_t)64 << 20;
  scratch_reopen(self);
  scratch_drain(self);
  scratch_reopen(self);
  for (int i = 0; i < 100; i++) assert_file(self, i, 200000);
  assert_committed(self, STORE_RECORD, "customer 1", "张建国，已搬家");
  assert_int_equal(store_info_get(self->store).sequence, 104);
}

/* A group is one frame of one file. */
static void group_larger_than_a_file_is_refused(void **state) {
  scratch *self = *state;
  self->options.segment_bytes = 65536;
  scratch_open(self);
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国");
  store_group *group = begin(self);
  ASSERT_OK(self, append_large(self, group, 0, 40000));
  assert_int_equal(append_large(self, group, 1, 40000), BASE_TOO_LARGE);
  assert_non_null(strstr(self->error.message, "65536 bytes (store.segment_bytes)"));
  assert_int_equal(append_large(self, group, 2, 1), BASE_INTERNAL);
  store_group_abort(group);
  assert_committed(self, STORE_META, "file 0", NULL);
  assert_committed(self, STORE_META, "file 2", NULL);
  assert_int_equal(scratch_commit(self, STORE_RECORD, "customer 1", "张建国，已搬家"), 2);
  scratch_reopen(self);
  assert_committed(self, STORE_META, "file 0", NULL);
  assert_committed(self, STORE_RECORD, "customer 1", "张建国，已搬家");
}

static void commit_after_a_failed_append_keeps_nothing(void **state) {
  scratch *self = *state;
  self->options.segment_bytes = 65536;
  scratch_open(self);
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国");
  store_group *group = begin(self);
  ASSERT_OK(self, append_large(self, group, 0, 40000));
  assert_int_equal(append_large(self, group, 1, 40000), BASE_TOO_LARGE);
  assert_int_equal(store_group_commit(group, &self->error), BASE_INTERNAL);
  assert_committed(self, STORE_META, "file 0", NULL);
  assert_int_equal(scratch_commit(self, STORE_RECORD, "customer 1", "张建国，已搬家"), 2);
}

/* Dropped groups leave keys in memory: they are not kept for ever, though nothing is committed. */
static void dropped_groups_do_not_fill_the_memory(void **state) {
  scratch *self = *state;
  self->options.drain_bytes = (size_t)2 << 20;
  scratch_open(self);
  for (int i = 0; i < 200; i++) {
    store_group *group = begin(self);
    ASSERT_OK(self, append_large(self, group, i, 200000));
    store_group_abort(group);
    assert_true(tail_bytes(atomic_load(&self->store->filling)) < ((size_t)3 << 20));
  }
  assert_int_equal(store_info_get(self->store).sequence, 0);
  assert_committed(self, STORE_META, "file 7", NULL);
}

/* --- one is filled while one is on its way -------------------------------------------------------- */

/* On its way, with that stock. */
static store_group *sealed(scratch *self, const char *stock) {
  store_group *group = begin(self);
  append_put(self, group, STORE_META, "stock", stock);
  ASSERT_OK(self, store_group_seal(group, &self->error));
  return group;
}

static void sealed_group_is_seen_by_the_next_and_by_nobody_else(void **state) {
  scratch *self = *state;
  store_entry entry;
  scratch_commit(self, STORE_META, "stock", "10");
  store_group *first = begin(self);
  assert_int_equal(append_put(self, first, STORE_META, "stock", "7"), 2);
  ASSERT_OK(self, store_group_seal(first, &self->error));
  store_group *second = begin(self);
  store_change_set *set = store_change_set_new(store_group_view(second), self->arena);
  assert_get(set, STORE_META, "stock", "7");
  assert_true(store_entry_get(store_group_view(second), 2, &entry));
  assert_int_equal(append_put(self, second, STORE_META, "stock", "4"), 3);
  assert_committed(self, STORE_META, "stock", "10");
  ASSERT_OK(self, store_group_flush(first, &self->error));
  assert_committed(self, STORE_META, "stock", "7");
  assert_int_equal(store_info_get(self->store).sequence, 2);
  ASSERT_OK(self, store_group_commit(second, &self->error));
  assert_committed(self, STORE_META, "stock", "4");
  scratch_reopen(self);
  assert_committed(self, STORE_META, "stock", "4");
}

/* Groups take turns in two places: three in a row come to each of them. */
static void sealed_groups_follow_one_another(void **state) {
  scratch *self = *state;
  char value[16];
  store_group *before = begin(self);
  append_put(self, before, STORE_META, "count", "0");
  for (int i = 1; i < 10; i++) {
    ASSERT_OK(self, store_group_seal(before, &self->error));
    store_group *next = begin(self);
    (void)snprintf(value, sizeof value, "%d", i);
    append_put(self, next, STORE_META, "count", value);
    ASSERT_OK(self, store_group_flush(before, &self->error));
    before = next;
  }
  ASSERT_OK(self, store_group_commit(before, &self->error));
  scratch_reopen(self);
  assert_committed(self, STORE_META, "count", "9");
  assert_int_equal(store_info_get(self->store).sequence, 10);
}

static void aborted_group_leaves_the_sealed_one_alone(void **state) {
  scratch *self = *state;
  store_group *first = sealed(self, "7");
  store_group *second = begin(self);
  append_put(self, second, STORE_META, "stock", "4");
  store_group_abort(second);
  ASSERT_OK(self, store_group_flush(first, &self->error));
  assert_committed(self, STORE_META, "stock", "7");
  assert_int_equal(scratch_commit(self, STORE_META, "stock", "3"), 2);
  scratch_reopen(self);
  assert_committed(self, STORE_META, "stock", "3");
}

static void *drain_meanwhile(void *argument) {
  scratch *self = argument;
  base_error error = {.language = BASE_EN};
  assert_int_equal(store_drain(self->store, &error), BASE_OK);
  return NULL;
}

/* Nothing of a group may be in LMDB before it is in the journal: the drain waits for the flush. */
static void drain_waits_for_the_sealed_group(void **state) {
  scratch *self = *state;
  pthread_t thread;
  scratch_commit(self, STORE_META, "stock", "10");
  store_group *group = sealed(self, "7");
  assert_int_equal(pthread_create(&thread, NULL, drain_meanwhile, self), 0);
  /* it holds `writing` while it waits */
  while (pthread_mutex_trylock(&self->store->writing) == 0) {
    (void)pthread_mutex_unlock(&self->store->writing);
  }
  assert_int_equal(store_gauges_get(self->store).tail_entries, 1);
  ASSERT_OK(self, store_group_flush(group, &self->error));
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_committed(self, STORE_META, "stock", "7");
  assert_int_equal(store_gauges_get(self->store).tail_entries, 0);
}

/* --- when the disk is full --------------------------------------------------------------------- */

#ifdef HAOKE_FAILPOINTS

static void full_disk_drops_the_group_and_nothing_else(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国");
  base_failpoint_arm("store.journal.write:1:error");
  store_group *group = begin(self);
  append_put(self, group, STORE_RECORD, "customer 1", "改名");
  append_put(self, group, STORE_RECORD, "customer 2", "李静");
  assert_int_equal(store_group_commit(group, &self->error), BASE_STORAGE_FULL);
  base_failpoint_arm(NULL);
  assert_committed(self, STORE_RECORD, "customer 1", "张建国");
  assert_committed(self, STORE_RECORD, "customer 2", NULL);
  assert_int_equal(store_info_get(self->store).sequence, 1);
  assert_int_equal(scratch_commit(self, STORE_META, "after", "满盘之后"), 2);
  scratch_reopen(self);
  assert_committed(self, STORE_RECORD, "customer 2", NULL);
  assert_committed(self, STORE_META, "after", "满盘之后");
}

static void assert_flush_fails(scratch *self, store_group *group) {
  base_failpoint_arm("store.journal.write:1:error");
  assert_int_equal(store_group_flush(group, &self->error), BASE_STORAGE_FULL);
  base_failpoint_arm(NULL);
  base_error_clear(&self->error);
}

/* What the second one saw did not happen. */
static void failed_flush_drops_what_was_filled_on_it(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_META, "stock", "10");
  store_group *first = sealed(self, "7");
  store_group *second = begin(self);
  append_put(self, second, STORE_META, "stock", "4");
  assert_flush_fails(self, first);
  assert_int_equal(store_group_seal(second, &self->error), BASE_STORAGE_FULL);
  assert_committed(self, STORE_META, "stock", "10");
  assert_int_equal(scratch_commit(self, STORE_META, "stock", "9"), 2);
  scratch_reopen(self);
  assert_committed(self, STORE_META, "stock", "9");
}

/* The same when the drain comes before the next group. */
static void failed_flush_is_not_drained(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_META, "stock", "10");
  store_group *group = sealed(self, "7");
  assert_flush_fails(self, group);
  ASSERT_OK(self, store_drain(self->store, &self->error));
  assert_committed(self, STORE_META, "stock", "10");
  scratch_reopen(self);
  assert_committed(self, STORE_META, "stock", "10");
}

#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(commit_keeps_over_a_restart, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(abort_keeps_nothing, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(failing_op_disturbs_nobody_in_its_group, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(each_op_sees_the_ops_before_it, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(ranges_see_the_ops_before, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(hash_of_an_entry_is_known_in_its_group, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(slices_of_a_group_outlive_its_appends, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(instant_never_goes_back, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(empty_group_is_nothing_and_empty_set_an_entry, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(set_of_another_view_is_refused, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(full_data_file_stops_the_drain_and_nothing_else,
                                      scratch_begin_closed, scratch_end),
      cmocka_unit_test_setup_teardown(group_larger_than_a_file_is_refused, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(commit_after_a_failed_append_keeps_nothing,
                                      scratch_begin_closed, scratch_end),
      cmocka_unit_test_setup_teardown(dropped_groups_do_not_fill_the_memory, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(sealed_group_is_seen_by_the_next_and_by_nobody_else,
                                      scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(sealed_groups_follow_one_another, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(aborted_group_leaves_the_sealed_one_alone, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(drain_waits_for_the_sealed_group, scratch_begin, scratch_end),
#ifdef HAOKE_FAILPOINTS
      cmocka_unit_test_setup_teardown(full_disk_drops_the_group_and_nothing_else, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(failed_flush_drops_what_was_filled_on_it, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(failed_flush_is_not_drained, scratch_begin, scratch_end),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
