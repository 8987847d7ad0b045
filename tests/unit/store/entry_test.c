/* entry: what the journal gives back is what was appended, and each change of a record names the
 * entry that changed it before. */
#include <signal.h>
#include <sys/wait.h>

#include "log_file.h"
#include "store/inside.h"

static void assert_change(base_slice *rest, store_table table, const char *key, const char *value,
                          uint64_t previous) {
  store_change change;
  assert_true(store_entry_next(rest, &change));
  assert_int_equal(change.table, table);
  assert_slice(change.key, key);
  assert_int_equal(change.deleted, value == NULL);
  assert_false(change.erased);
  assert_slice(change.value, value == NULL ? "" : value);
  assert_int_equal(change.previous, previous);
}

static store_entry get_entry(const store_view *view, uint64_t sequence) {
  store_entry entry;
  assert_true(store_entry_get(view, sequence, &entry));
  assert_int_equal(entry.sequence, sequence);
  return entry;
}

static void head_and_changes_come_back(void **state) {
  scratch *self = *state;
  uint64_t sequence;
  store_group *group;
  store_entry_head head = {.at = 1769616000000,
                           .actor = text("王芳"),
                           .op = text("order.create"),
                           .request = text("7f3a"),
                           .cause = 9007199254740993u,
                           .packages = text("health_product 1.0.0,sales 0.2.0")};
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  ASSERT_OK(self, store_put(set, STORE_TIMER, text("2026-03-15"), text("回访"), &self->error));
  ASSERT_OK(self, store_put(set, STORE_RECORD, text("order 1"), text("3 盒"), &self->error));
  ASSERT_OK(self, store_put(set, STORE_INDEX, text("by phone"), text(""), &self->error));
  ASSERT_OK(self, store_delete(set, STORE_LINK, text("nothing there"), &self->error));
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  ASSERT_OK(self, store_group_commit(group, &self->error));
  store_view *view = scratch_view(self);
  store_entry entry = get_entry(view, 1);
  assert_int_equal(entry.head.at, head.at);
  assert_int_equal(entry.head.cause, head.cause);
  assert_true(base_slice_equal(entry.head.actor, head.actor));
  assert_true(base_slice_equal(entry.head.op, head.op));
  assert_true(base_slice_equal(entry.head.request, head.request));
  assert_true(base_slice_equal(entry.head.packages, head.packages));
  base_slice rest = entry.body;
  store_change change;
  assert_change(&rest, STORE_RECORD, "order 1", "3 盒", 0);
  assert_change(&rest, STORE_INDEX, "by phone", "", 0);
  assert_change(&rest, STORE_LINK, "nothing there", NULL, 0);
  assert_change(&rest, STORE_TIMER, "2026-03-15", "回访", 0);
  assert_false(store_entry_next(&rest, &change));
  assert_false(store_entry_get(view, 0, &entry));
  assert_false(store_entry_get(view, 2, &entry));
  store_view_close(view);
}

static void records_name_the_entry_before(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国");
  scratch_commit(self, STORE_RECORD, "customer 2", "李静");
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国，济南");
  scratch_commit(self, STORE_META, "customer 1", "不是记录");
  scratch_commit(self, STORE_META, "customer 1", "也不是记录");
  scratch_commit(self, STORE_RECORD, "customer 1", NULL);
  scratch_commit(self, STORE_RECORD, "customer 1", "又来了");
  static const uint64_t previous[] = {0, 0, 1, 0, 0, 3, 0};
  store_view *view = scratch_view(self);
  for (uint64_t sequence = 1; sequence <= 7; sequence++) {
    store_change change;
    store_entry entry = get_entry(view, sequence);
    assert_true(store_entry_next(&entry.body, &change));
    assert_int_equal(change.previous, previous[sequence - 1]);
  }
  store_change_set *set = store_change_set_new(view, self->arena);
  assert_int_equal(store_record_sequence(set, text("customer 1")), 7);
  assert_int_equal(store_record_sequence(set, text("customer 3")), 0);
  store_view_close(view);
}

/* Equal values must not be recognisable by equal digests, in one entry or in two. */
static void each_change_has_its_own_salt(void **state) {
  scratch *self = *state;
  base_slice salts[4];
  for (int i = 0; i < 2; i++) {
    uint64_t sequence;
    store_group *group;
    store_entry_head head = scratch_head(0);
    ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
    store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
    ASSERT_OK(self, store_put(set, STORE_UNIQUE, text("phone"), text("138"), &self->error));
    ASSERT_OK(self, store_put(set, STORE_META, text("phone"), text("138"), &self->error));
    ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
    ASSERT_OK(self, store_group_commit(group, &self->error));
  }
  scratch_close(self);
  log_file file = log_file_open(self, 1);
  for (size_t i = 0; i < 4; i++) {
    size_t changes;
    store_entry entry;
    store_stored_change stored;
    base_slice bytes = log_file_entry(&file, 1 + i / 2);
    assert_true(store_entry_decode(bytes, &entry, &changes));
    for (size_t skip = 0; skip <= i % 2; skip++) {
      assert_true(store_entry_decode_change(&entry.body, &stored));
    }
    salts[i] = stored.salt;
    for (size_t k = 0; k < i; k++) assert_false(base_slice_equal(salts[i], salts[k]));
  }
  log_file_drop(&file);
}

/* Runs `call` in a child; returns the signal that ended it. */
static int signal_of(void (*call)(scratch *self), scratch *self) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) {
    (void)fclose(stderr);
    (void)close(STDERR_FILENO);
    call(self);
    _exit(0);
  }
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void open_store(scratch *self) {
  store_options options = self->options;
  options.directory = self->directory;
  if (store_open(&options, &self->store, &self->error) != BASE_OK) _exit(1);
}

static void read_first(scratch *self) {
  store_entry entry;
  store_view *view;
  open_store(self);
  if (store_view_open(self->store, &view, &self->error) != BASE_OK) _exit(2);
  (void)store_entry_get(view, 1, &entry);
}

static void cut_first(scratch *self) {
  log_file file = log_file_open(self, 1);
  base_slice entry = base_arena_slice(self->arena, log_file_entry(&file, 1));
  log_file_put(&file, 1, base_slice_make(entry.data, 20));
  log_file_close(&file);
}

static void damaged_entry_ends_the_process(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_META, "k", "一");
  scratch_commit(self, STORE_META, "k", "二");
  scratch_drain(self);
  scratch_close(self);
  assert_int_equal(signal_of(read_first, self), 0);
  cut_first(self);
  assert_int_equal(signal_of(open_store, self), 0);
  assert_int_equal(signal_of(read_first, self), SIGABRT);
}

/* What is not drained yet is looked into by the start. */
static void damaged_entry_ends_the_start_that_needs_it(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_META, "k", "一");
  scratch_commit(self, STORE_META, "k", "二");
  scratch_close(self);
  assert_int_equal(signal_of(open_store, self), 0);
  cut_first(self);
  assert_int_equal(signal_of(open_store, self), SIGABRT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(head_and_changes_come_back, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(records_name_the_entry_before, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(each_change_has_its_own_salt, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(damaged_entry_ends_the_process, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(damaged_entry_ends_the_start_that_needs_it, scratch_begin,
                                      scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
