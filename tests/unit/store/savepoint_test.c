/* savepoint: what is taken back was never there; what is kept stays. */
#include "oracle.h"

#define DEEPEST 4

/* Random changes with savepoints around them, each kept or taken back; `expected` goes the same way. */
static void wander(oracle *expected, store_change_set *set, uint64_t *seed, base_error *error,
                   unsigned depth) {
  uint32_t steps = oracle_random(seed, 12);
  for (uint32_t i = 0; i < steps; i++) {
    store_table table = (store_table)oracle_random(seed, STORE_TABLES);
    (void)oracle_change(expected, set, table, seed, error);
    if (depth == DEEPEST || oracle_random(seed, 3) != 0) continue;
    oracle before = *expected;
    size_t size = store_change_set_size(set);
    size_t room = store_change_set_room(set);
    store_savepoint savepoint = store_savepoint_begin(set);
    wander(expected, set, seed, error, depth + 1);
    if (oracle_random(seed, 2) == 0) {
      store_savepoint_commit(set, savepoint);
    } else {
      store_savepoint_abort(set, savepoint);
      *expected = before;
      assert_int_equal(store_change_set_size(set), size);
      assert_int_equal(store_change_set_room(set), room);
    }
    oracle_check_random_range(expected, set, seed);
  }
}

static void nested_savepoints_answer_like_snapshots(void **state) {
  scratch *self = *state;
  uint64_t seed = oracle_seed(20260307);
  oracle_keys keys;
  oracle stored = {.keys = &keys};
  oracle_keys_init(&keys, &seed);
  for (uint32_t round = 0; round < 150; round++) {
    uint64_t sequence;
    store_group *group;
    store_entry_head head = scratch_head(0);
    ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
    store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
    wander(&stored, set, &seed, &self->error, 0);
    oracle_check(&stored, set);
    ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
    ASSERT_OK(self, store_group_commit(group, &self->error));
    base_arena_reset(self->arena);
  }
  store_view *view = scratch_view(self);
  oracle_check(&stored, store_change_set_new(view, self->arena));
  store_view_close(view);
}

typedef struct tally {
  size_t changes;
} tally;

static void count_change(const store_change *change, void *self) {
  (void)change;
  ((tally *)self)->changes++;
}

static void a_set_that_took_all_back_is_empty(void **state) {
  scratch *self = *state;
  tally changes = {0};
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  store_savepoint savepoint = store_savepoint_begin(set);
  for (int i = 0; i < 100; i++) {
    const char *key = base_arena_format(self->arena, "客户 %02d", i);
    ASSERT_OK(self, store_put(set, STORE_RECORD, text(key), text("张建国"), &self->error));
    ASSERT_OK(self, store_delete(set, STORE_UNIQUE, text(key), &self->error));
  }
  store_savepoint_abort(set, savepoint);
  store_change_set_each(set, count_change, &changes);
  assert_int_equal(changes.changes, 0);
  assert_int_equal(store_change_set_size(set), 0);
  assert_get(set, STORE_RECORD, "客户 07", NULL);
  store_view_close(view);
}

/* The row that did not fit is taken back; the next, smaller one goes in. */
static void a_refused_change_leaves_room_for_the_next(void **state) {
  scratch *self = *state;
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  store_change_set_limit(set, 20);
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("c1"), text("李静"), &self->error));
  assert_int_equal(store_change_set_room(set), 20 - 2 - 6);
  store_savepoint savepoint = store_savepoint_begin(set);
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("c2"), text("王芳"), &self->error));
  assert_int_equal(store_put(set, STORE_UNIQUE, text("13800001001"), text("2"), &self->error),
                   BASE_TOO_LARGE);
  store_savepoint_abort(set, savepoint);
  assert_int_equal(store_change_set_room(set), 20 - 2 - 6);
  ASSERT_OK(self, store_put(set, STORE_UNIQUE, text("1380000100"), text("12"), &self->error));
  assert_int_equal(store_change_set_room(set), 0);
  assert_get(set, STORE_RECORD, "c2", NULL);
  store_view_close(view);
}

static void an_ignored_table_takes_nothing(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_TEXT, "gram", "1");
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  store_change_set_ignore(set, STORE_TEXT);
  ASSERT_OK(self, store_put(set, STORE_TEXT, text("other"), text("2"), &self->error));
  ASSERT_OK(self, store_delete(set, STORE_TEXT, text("gram"), &self->error));
  ASSERT_OK(self, store_put(set, STORE_META, text("other"), text("3"), &self->error));
  assert_get(set, STORE_TEXT, "other", NULL);
  assert_get(set, STORE_TEXT, "gram", "1");
  assert_get(set, STORE_META, "other", "3");
  assert_int_equal(store_change_set_size(set), 6);
  store_view_close(view);
}

/* What a dry run of many steps holds: its own changes, over what is committed by now. */
static void a_moved_set_sees_the_new_view(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_META, "last", "1");
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  ASSERT_OK(self, store_put(set, STORE_META, text("own"), text("在"), &self->error));
  assert_get(set, STORE_META, "last", "1");
  store_view_close(view);
  scratch_commit(self, STORE_META, "last", "2");
  scratch_commit(self, STORE_META, "own", "别人的");
  view = scratch_view(self);
  store_change_set_move(set, view);
  assert_get(set, STORE_META, "last", "2");
  assert_get(set, STORE_META, "own", "在");
  store_view_close(view);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(nested_savepoints_answer_like_snapshots, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_set_that_took_all_back_is_empty, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_refused_change_leaves_room_for_the_next, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(an_ignored_table_takes_nothing, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(a_moved_set_sees_the_new_view, scratch_begin, scratch_end)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
