/* drain: what comes into LMDB, and what holds while it does not. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/failpoint.h"
#include "pages.h"
#include "store/inside.h"

static pages open_table(scratch *self, const char *table) {
  return pages_open(self->directory, table, 0);
}

static store_last position_of(scratch *self) {
  store_last last = {0};
  pages file = open_table(self, "store");
  base_slice key = text("position");
  MDB_val name = {.mv_size = key.size, .mv_data = (void *)key.data}, value;
  int status = mdb_get(file.txn, file.table, &name, &value);
  if (status == MDB_SUCCESS) {
    assert_int_equal(value.mv_size, 48);
    last.sequence = store_number_read(value.mv_data);
    last.at = (int64_t)store_number_read((const uint8_t *)value.mv_data + 8);
    memcpy(last.hash.bytes, (const uint8_t *)value.mv_data + 16, sizeof last.hash.bytes);
  }
  pages_close(&file);
  return last;
}

/* `expected` NULL: not there. */
static void assert_page(scratch *self, const char *table, const char *key, const char *expected,
                        uint64_t sequence) {
  pages file = open_table(self, table);
  MDB_val name = {.mv_size = strlen(key), .mv_data = (void *)key}, value;
  int status = mdb_get(file.txn, file.table, &name, &value);
  assert_int_equal(status, expected == NULL ? MDB_NOTFOUND : MDB_SUCCESS);
  if (expected != NULL) {
    base_slice stored = base_slice_make(value.mv_data, value.mv_size);
    if (sequence != 0) {
      assert_int_equal(store_number_read(stored.data), sequence);
      stored = base_slice_after(stored, STORE_HEADER_SIZE);
    }
    assert_slice(stored, expected);
  }
  pages_close(&file);
}

static void position_is_the_last_drained_entry(void **state) {
  scratch *self = *state;
  store_entry entry;
  for (int i = 0; i < 5; i++) scratch_commit(self, STORE_META, "k", "v");
  store_view *view = scratch_view(self);
  assert_true(store_entry_get(view, 5, &entry));
  store_last fifth = store_entry_last(&entry);
  store_view_close(view);
  scratch_drain(self);
  scratch_commit(self, STORE_META, "k", "later");
  scratch_close(self);
  store_last last = position_of(self);
  assert_int_equal(last.sequence, 5);
  assert_int_equal(last.at, 1772848800000);
  assert_memory_equal(last.hash.bytes, fifth.hash.bytes, sizeof last.hash.bytes);
  assert_page(self, "meta", "k", "v", 0);
  scratch_open(self);
  assert_committed(self, STORE_META, "k", "later");
  scratch_drain(self);
  scratch_close(self);
  assert_int_equal(position_of(self).sequence, 6);
  assert_page(self, "meta", "k", "later", 0);
}

static void newest_version_of_each_key_is_written(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国");
  scratch_commit(self, STORE_RECORD, "customer 2", "李静");
  scratch_commit(self, STORE_RECORD, "customer 1", "张建国，济南");
  scratch_commit(self, STORE_RECORD, "customer 3", "来了又走");
  scratch_commit(self, STORE_RECORD, "customer 3", NULL);
  scratch_commit(self, STORE_RECORD, "customer 4", NULL);
  scratch_commit(self, STORE_INDEX, "empty", "");
  scratch_drain(self);
  scratch_commit(self, STORE_RECORD, "customer 2", NULL);
  scratch_commit(self, STORE_RECORD, "customer 3", "又来了");
  scratch_drain(self);
  scratch_close(self);
  assert_page(self, "record", "customer 1", "张建国，济南", 3);
  assert_page(self, "record", "customer 2", NULL, 0);
  assert_page(self, "record", "customer 3", "又来了", 9);
  assert_page(self, "record", "customer 4", NULL, 0);
  assert_page(self, "index", "empty", "", 0);
}

static void what_was_aborted_never_comes_into_the_pages(void **state) {
  scratch *self = *state;
  uint64_t sequence;
  store_group *group;
  store_entry_head head = scratch_head(0);
  scratch_commit(self, STORE_META, "kept", "在");
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  ASSERT_OK(self, store_put(set, STORE_META, text("kept"), text("不"), &self->error));
  ASSERT_OK(self, store_put(set, STORE_META, text("new"), text("不"), &self->error));
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  store_group_abort(group);
  scratch_drain(self);
  scratch_close(self);
  assert_page(self, "meta", "kept", "在", 0);
  assert_page(self, "meta", "new", NULL, 0);
  assert_int_equal(position_of(self).sequence, 1);
}

/* --- when it drains ---------------------------------------------------------------------------- */

static void without_a_lane_commits_drain_by_themselves(void **state) {
  scratch *self = *state;
  self->options.drain_ops = 8;
  for (uint64_t commits = 7; commits <= 9; commits++) {
    scratch_open(self);
    uint64_t before = store_info_get(self->store).sequence;
    for (uint64_t i = 0; i < commits; i++) scratch_commit(self, STORE_META, "k", "v");
    scratch_close(self);
    assert_int_equal(position_of(self).sequence, commits <= 8 ? before - before % 8 : before + 8);
    scratch_open(self);
    scratch_drain(self);
    scratch_close(self);
    assert_int_equal(position_of(self).sequence, before + commits);
    (void)nftw(self->directory, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
  }
}

static void count_wake(void *self) {
  ++*(_Atomic int *)self;
}

static void delay_says_when_it_is_due(void **state) {
  scratch *self = *state;
  _Atomic int wakes = 0;
  self->options.drain_ops = 5;
  self->options.drain_ms = 3600000;
  scratch_open(self);
  assert_int_equal(store_drain_delay(self->store), INT64_MAX);
  store_drain_attach(self->store, count_wake, &wakes);
  scratch_commit(self, STORE_META, "k", "v");
  assert_int_equal(wakes, 1);
  for (int i = 0; i < 3; i++) scratch_commit(self, STORE_META, "k", "v");
  assert_int_equal(wakes, 1);
  assert_in_range(store_drain_delay(self->store), 1, 3600000);
  scratch_commit(self, STORE_META, "k", "v");
  assert_int_equal(wakes, 2);
  assert_int_equal(store_drain_delay(self->store), 0);
  scratch_commit(self, STORE_META, "k", "v");
  ASSERT_OK(self, store_drain(self->store, &self->error));
  assert_int_equal(store_drain_delay(self->store), INT64_MAX);
  store_drain_attach(self->store, NULL, NULL);
}

/* --- when it cannot ---------------------------------------------------------------------------- */

static base_code commit_sized(scratch *self, int number, size_t size) {
  uint64_t sequence;
  store_group *group;
  store_entry_head head = scratch_head(0);
  base_arena_reset(self->arena);
  base_slice key = text(base_arena_format(self->arena, "file %04d", number));
  base_slice value = base_slice_make(base_arena_zero(self->arena, size), size);
  BASE_TRY(store_group_begin(self->store, &group, &self->error));
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  ASSERT_OK(self, store_put(set, STORE_META, key, value, &self->error));
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  return store_group_commit(group, &self->error);
}

static void assert_all_there(scratch *self, int count, size_t size) {
  store_view *view = scratch_view(self);
  store_change_set *set = store_change_set_new(view, self->arena);
  for (int i = 0; i < count; i++) {
    base_slice value, key = text(base_arena_format(self->arena, "file %04d", i));
    if (!store_get(set, STORE_META, key, &value)) fail_msg("file %d is not there", i);
    assert_int_equal(value.size, size);
  }
  store_view_close(view);
}

/* With and without a drain lane: a data file that is full stops the writers in the end, with a
 * message, and nothing that was acknowledged is lost. */
static void fill_until_refused(scratch *self, bool lane) {
  enum { SIZE = 50000 };
  _Atomic int wakes = 0;
  int count = 0;
  self->options.map_bytes = (size_t)2 << 20;
  self->options.drain_bytes = (size_t)1 << 20;
  self->options.tail_bytes = (size_t)3 << 20;
  scratch_open(self);
  if (lane) store_drain_attach(self->store, count_wake, &wakes);
  base_code code = BASE_OK;
  for (; count < 1000 && code == BASE_OK; count++) {
    code = commit_sized(self, count, SIZE);
    if (lane && store_drain_delay(self->store) == 0) (void)store_drain(self->store, &self->error);
  }
  count--;
  assert_int_equal(code, BASE_STORAGE_FULL);
  assert_non_null(strstr(self->error.message, "2097152 bytes (store.map_bytes)"));
  assert_in_range(count, 30, 300);
  assert_int_equal(store_info_get(self->store).sequence, count);
  assert_int_equal(commit_sized(self, 999, 1), BASE_STORAGE_FULL);
  assert_all_there(self, count, SIZE);
  if (lane) store_drain_attach(self->store, NULL, NULL);
  self->options.map_bytes = (size_t)64 << 20;
  scratch_reopen(self);
  assert_all_there(self, count, SIZE);
  ASSERT_OK(self, commit_sized(self, count, SIZE));
  scratch_drain(self);
  assert_all_there(self, count + 1, SIZE);
}

static void full_pages_stop_writers_without_a_lane(void **state) {
  fill_until_refused(*state, false);
}

static void full_pages_stop_writers_with_a_lane(void **state) {
  fill_until_refused(*state, true);
}

#ifdef HAOKE_FAILPOINTS

/* Killed between the writing and the commit of a drain: LMDB is as it was, and the journal has it. */
static void drain_that_dies_keeps_everything(void **state) {
  scratch *self = *state;
  scratch_open(self);
  for (int i = 0; i < 20; i++) ASSERT_OK(self, commit_sized(self, i, 3000));
  scratch_close(self);
  pid_t child = fork();
  if (child == 0) {
    scratch_open(self);
    base_failpoint_arm("store.drain.before_commit:1");
    (void)store_drain(self->store, &self->error);
    _exit(0);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  assert_int_equal(position_of(self).sequence, 0);
  assert_page(self, "meta", "file 0001", NULL, 0);
  scratch_open(self);
  assert_all_there(self, 20, 3000);
}

#endif

/* --- back-pressure ----------------------------------------------------------------------------- */

enum { TAIL = 2 << 20, PRESSED = 200, PRESSED_SIZE = 50000 };

typedef struct pressing {
  scratch *scratch;
  _Atomic int committed;
  _Atomic int failed;
  _Atomic size_t largest;
} pressing;

static void *write_much(void *argument) {
  pressing *self = argument;
  for (int i = 0; i < PRESSED; i++) {
    if (commit_sized(self->scratch, i, PRESSED_SIZE) != BASE_OK) self->failed++;
    size_t bytes = atomic_load(&self->scratch->store->filling_bytes);
    if (bytes > self->largest) self->largest = bytes;
    self->committed++;
  }
  return NULL;
}

/* The writer stands still: it has come to the bound, and to nothing more. */
static int wait_until_it_waits(pressing *self) {
  while (self->committed < PRESSED &&
         atomic_load(&self->scratch->store->filling_bytes) < (size_t)TAIL) {
    (void)usleep(1000);
  }
  int committed = self->committed;
  for (int i = 0; i < 20; i++) (void)usleep(5000);
  return self->committed - committed;
}

/* The drain lane is held, from the beginning and then after each of its drains: the writer waits
 * and nothing fails; memory keeps to its bound; each drain lets the writer go on. */
static void writer_waits_for_a_held_lane(void **state) {
  scratch *self = *state;
  pthread_t writer;
  _Atomic int wakes = 0;
  pressing shared = {.scratch = self};
  base_error error = {.language = BASE_EN};
  self->options.tail_bytes = TAIL;
  self->options.drain_bytes = (size_t)1 << 20;
  scratch_open(self);
  store_drain_attach(self->store, count_wake, &wakes);
  assert_int_equal(pthread_create(&writer, NULL, write_much, &shared), 0);
  int drains = 0;
  while (shared.committed < PRESSED) {
    assert_in_range(wait_until_it_waits(&shared), 0, 1);
    assert_int_equal(store_drain(self->store, &error), BASE_OK);
    drains++;
  }
  assert_int_equal(pthread_join(writer, NULL), 0);
  store_drain_attach(self->store, NULL, NULL);
  assert_int_equal(shared.failed, 0);
  assert_true(wakes > 0 && drains >= PRESSED * PRESSED_SIZE / TAIL);
  assert_true(shared.largest < (size_t)TAIL + 4 * PRESSED_SIZE);
  assert_all_there(self, PRESSED, PRESSED_SIZE);
  scratch_reopen(self);
  assert_all_there(self, PRESSED, PRESSED_SIZE);
}

/* --- views across drains ----------------------------------------------------------------------- */

static void views_stay_while_generations_go(void **state) {
  enum { VIEWS = 12 };
  scratch *self = *state;
  store_view *views[VIEWS];
  char value[16];
  scratch_open(self);
  for (int i = 0; i < VIEWS; i++) {
    (void)snprintf(value, sizeof value, "%d", i);
    scratch_commit(self, STORE_META, "k", value);
    views[i] = scratch_view(self);
    if (i % 2 == 0) scratch_drain(self);
  }
  scratch_drain(self);
  for (int i = 0; i < VIEWS; i++) {
    int at = i * 5 % VIEWS;
    (void)snprintf(value, sizeof value, "%d", at);
    assert_get(store_change_set_new(views[at], self->arena), STORE_META, "k", value);
    assert_non_null(self->store->retired);
    store_view_close(views[at]);
  }
  scratch_drain(self);
  assert_null(self->store->retired);
}

#define CLOSED(test) cmocka_unit_test_setup_teardown(test, scratch_begin_fast, scratch_end)
#define OPENED(test) cmocka_unit_test_setup_teardown(test, scratch_begin, scratch_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      OPENED(position_is_the_last_drained_entry),
      OPENED(newest_version_of_each_key_is_written),
      OPENED(what_was_aborted_never_comes_into_the_pages),
      CLOSED(without_a_lane_commits_drain_by_themselves),
      CLOSED(delay_says_when_it_is_due),
      CLOSED(full_pages_stop_writers_without_a_lane),
      CLOSED(full_pages_stop_writers_with_a_lane),
#ifdef HAOKE_FAILPOINTS
      CLOSED(drain_that_dies_keeps_everything),
#endif
      CLOSED(writer_waits_for_a_held_lane),
      CLOSED(views_stay_while_generations_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
