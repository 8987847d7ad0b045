/* change_set and cursor: a set over a view answers like an ordered map to which the same was done. */
#include "oracle.h"

/* --- against the oracle --- */

static void change_many(oracle *expected, store_change_set *set, uint32_t count, uint64_t *seed,
                        base_error *error) {
  for (uint32_t i = 0; i < count; i++) {
    store_table table = (store_table)oracle_random(seed, STORE_TABLES);
    size_t index = oracle_change(expected, set, table, seed, error);
    oracle_check_get(expected, set, table, index);
    if (i % 8 == 0) oracle_check_random_range(expected, set, seed);
  }
}

static void fill(scratch *self, oracle *expected, uint64_t *seed) {
  uint64_t sequence;
  store_group *group;
  store_entry_head head = scratch_head(0);
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  change_many(expected, set, 600, seed, &self->error);
  oracle_check(expected, set);
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  ASSERT_OK(self, store_group_commit(group, &self->error));
  for (size_t i = 0; i < ORACLE_KEYS; i++) expected->changed[i] = sequence;
}

static void answers_like_an_ordered_map(void **state) {
  scratch *self = *state;
  uint64_t seed = oracle_seed(20260307);
  oracle_keys keys;
  oracle stored = {.keys = &keys};
  oracle_keys_init(&keys, &seed);
  fill(self, &stored, &seed);
  for (uint32_t round = 0; round < 60; round++) {
    oracle expected = stored;
    store_view *view = scratch_view(self);
    store_change_set *set = store_change_set_new(view, self->arena);
    oracle_check_sequences(&stored, set);
    change_many(&expected, set, round * 8, &seed, &self->error);
    oracle_check(&expected, set);
    oracle_check_sequences(&stored, set);
    store_view_close(view);
    base_arena_reset(self->arena);
  }
}

/* --- size and limits --- */

static void size_counts_what_the_set_holds(void **state) {
  scratch *self = *state;
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  assert_ptr_equal(store_change_set_view(set), view);
  assert_int_equal(store_change_set_size(set), 0);
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("c1"), text("张建国"), &self->error));
  assert_int_equal(store_change_set_size(set), 2 + 9);
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("c1"), text("李静"), &self->error));
  assert_int_equal(store_change_set_size(set), 2 + 6);
  ASSERT_OK(self, store_put(set, STORE_INDEX, text("c1"), text(""), &self->error));
  assert_int_equal(store_change_set_size(set), 2 + 6 + 2);
  ASSERT_OK(self, store_delete(set, STORE_RECORD, text("c1"), &self->error));
  assert_int_equal(store_change_set_size(set), 2 + 2);
  store_view_close(view);
}

static void too_large_set_is_refused_and_kept_as_it_was(void **state) {
  scratch *self = *state;
  store_options options = {
      .directory = self->directory, .map_bytes = self->options.map_bytes, .change_set_bytes = 100};
  char value[99];
  memset(value, 'x', sizeof value);
  ASSERT_OK(self, store_open(&options, &self->store, &self->error));
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  ASSERT_OK(self, store_put(set, STORE_META, text("k"), text("旧"), &self->error));
  base_slice most = base_slice_make(value, 99);
  ASSERT_OK(self, store_put(set, STORE_META, text("k"), most, &self->error));
  assert_int_equal(store_change_set_size(set), 100);
  assert_int_equal(store_put(set, STORE_META, text("m"), text(""), &self->error), BASE_TOO_LARGE);
  assert_non_null(strstr(self->error.message, "100 bytes (store.change_set_bytes)"));
  assert_int_equal(store_delete(set, STORE_META, text("m"), &self->error), BASE_TOO_LARGE);
  assert_get(set, STORE_META, "m", NULL);
  assert_int_equal(store_change_set_size(set), 100);
  ASSERT_OK(self, store_delete(set, STORE_META, text("k"), &self->error));
  ASSERT_OK(self, store_put(set, STORE_META, text("m"), text("新"), &self->error));
  store_view_close(view);
}

static void default_limit_is_one_mebibyte(void **state) {
  scratch *self = *state;
  size_t limit = (size_t)1 << 20;
  uint8_t *value = base_arena_zero(self->arena, limit);
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  base_slice over = base_slice_make(value, limit), most = base_slice_make(value, limit - 1);
  assert_int_equal(store_put(set, STORE_META, text("k"), over, &self->error), BASE_TOO_LARGE);
  ASSERT_OK(self, store_put(set, STORE_META, text("k"), most, &self->error));
  store_view_close(view);
}

static void keys_have_1_to_480_bytes(void **state) {
  scratch *self = *state;
  uint8_t bytes[481] = {0};
  base_slice none = base_slice_make(NULL, 0), most = base_slice_make(bytes, 480), value;
  base_slice over = base_slice_make(bytes, 481);
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  assert_int_equal(store_put(set, STORE_META, none, most, &self->error), BASE_INVALID_ARGUMENT);
  assert_int_equal(store_delete(set, STORE_META, over, &self->error), BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(self->error.message, "481"));
  assert_string_equal(self->error.field, "key");
  assert_false(store_get(set, STORE_META, none, &value));
  assert_false(store_get(set, STORE_META, over, &value));
  assert_int_equal(store_change_set_size(set), 0);
  ASSERT_OK(self, store_put(set, STORE_META, most, over, &self->error));
  assert_true(store_get(set, STORE_META, most, &value));
  assert_int_equal(value.size, 481);
  store_view_close(view);
}

/* --- details --- */

static void set_copies_what_it_is_given(void **state) {
  scratch *self = *state;
  char key[] = "customer 17", value[] = "济南市历下区";
  base_slice before;
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  ASSERT_OK(self, store_put(set, STORE_RECORD, text(key), text(value), &self->error));
  key[0] = 'x';
  value[0] = 'x';
  assert_get(set, STORE_RECORD, "customer 17", "济南市历下区");
  assert_true(store_get(set, STORE_RECORD, text("customer 17"), &before));
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("customer 17"), before, &self->error));
  assert_get(set, STORE_RECORD, "customer 17", "济南市历下区");
  store_view_close(view);
}

typedef struct visited {
  char names[512];
  size_t count;
} visited;

static void note(const store_change *change, void *self) {
  visited *seen = self;
  size_t used = strlen(seen->names);
  (void)snprintf(seen->names + used, sizeof seen->names - used, "%d:%.*s%s ", (int)change->table,
                 BASE_SLICE_ARGS(change->key), change->deleted ? "-" : "");
  seen->count++;
}

static void each_visits_by_table_then_key(void **state) {
  scratch *self = *state;
  visited seen = {{0}, 0};
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  ASSERT_OK(self, store_put(set, STORE_META, text("counter"), text("7"), &self->error));
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("b"), text("1"), &self->error));
  ASSERT_OK(self, store_delete(set, STORE_RECORD, text("ab"), &self->error));
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("a"), text("2"), &self->error));
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("b"), text("3"), &self->error));
  store_change_set_each(set, note, &seen);
  assert_string_equal(seen.names, "0:a 0:ab- 0:b 7:counter ");
  store_view_close(view);
}

/* Five thousand changes in an order that is bad for a list. */
static void large_set_keeps_its_order(void **state) {
  scratch *self = *state;
  enum { COUNT = 5000 };
  base_slice none = base_slice_make(NULL, 0), key, value;
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  for (int i = 0; i < COUNT; i++) {
    char name[16];
    (void)snprintf(name, sizeof name, "order %05d", i % 2 == 0 ? i : COUNT - i);
    ASSERT_OK(self, store_put(set, STORE_LINK, text(name), text(name), &self->error));
  }
  store_cursor *cursor = store_cursor_open(set, STORE_LINK, none, none, true);
  for (int i = COUNT; i-- > 0;) {
    char name[16];
    (void)snprintf(name, sizeof name, "order %05d", i);
    assert_true(store_cursor_next(cursor, &key, &value));
    assert_slice(key, name);
    assert_slice(value, name);
  }
  assert_false(store_cursor_next(cursor, &key, &value));
  store_cursor_close(cursor);
  store_view_close(view);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(answers_like_an_ordered_map, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(size_counts_what_the_set_holds, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(too_large_set_is_refused_and_kept_as_it_was,
                                      scratch_begin_closed, scratch_end),
      cmocka_unit_test_setup_teardown(default_limit_is_one_mebibyte, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(keys_have_1_to_480_bytes, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(set_copies_what_it_is_given, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(each_visits_by_table_then_key, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(large_set_keeps_its_order, scratch_begin, scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
