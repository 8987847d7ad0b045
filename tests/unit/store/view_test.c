/* view: a moment of the store that nothing changes, for any number of threads. */
#include <pthread.h>
#include <stdatomic.h>

#include "scratch.h"

static void view_does_not_see_later_commits(void **state) {
  scratch *self = *state;
  base_slice value;
  scratch_commit(self, STORE_RECORD, "customer 1", "意向");
  store_view *before = scratch_view(self);
  store_change_set *set = store_change_set_new(before, self->arena);
  assert_true(store_get(set, STORE_RECORD, text("customer 1"), &value));
  for (int i = 0; i < 50; i++) scratch_commit(self, STORE_RECORD, "customer 1", "成交");
  scratch_commit(self, STORE_RECORD, "customer 2", "新客户");
  store_view *after = scratch_view(self);
  assert_slice(value, "意向");
  assert_get(set, STORE_RECORD, "customer 1", "意向");
  assert_get(set, STORE_RECORD, "customer 2", NULL);
  assert_int_equal(store_view_sequence(before), 1);
  assert_int_equal(store_record_sequence(set, text("customer 1")), 1);
  assert_get(store_change_set_new(after, self->arena), STORE_RECORD, "customer 1", "成交");
  assert_int_equal(store_view_sequence(after), 52);
  store_view_close(before);
  store_view_close(after);
}

static void reused_view_sees_the_newest_state(void **state) {
  scratch *self = *state;
  for (uint64_t i = 1; i <= 20; i++) {
    char value[16];
    (void)snprintf(value, sizeof value, "%" PRIu64, i);
    assert_int_equal(scratch_commit(self, STORE_META, "counter", value), i);
    assert_committed(self, STORE_META, "counter", value);
  }
}

static void a_view_knows_whether_it_is_the_newest(void **state) {
  scratch *self = *state;
  store_view *empty = scratch_view(self);
  assert_true(store_view_newest(empty));
  scratch_commit(self, STORE_META, "counter", "1");
  assert_false(store_view_newest(empty));
  store_view *one = scratch_view(self);
  assert_true(store_view_newest(one));
  assert_int_equal(store_drain(self->store, &self->error), BASE_OK);
  assert_true(store_view_newest(one)); /* a drain changes nothing that is seen */
  scratch_commit(self, STORE_META, "counter", "2");
  assert_false(store_view_newest(one));
  store_view_close(one);
  store_view_close(empty);
}

static void gauges_show_what_is_open_and_what_waits(void **state) {
  scratch *self = *state;
  store_gauges before = store_gauges_get(self->store);
  assert_int_equal(before.views, 0);
  assert_int_equal(before.view_ms, 0);
  scratch_commit(self, STORE_META, "counter", "1");
  scratch_commit(self, STORE_META, "counter", "2");
  store_view *one = scratch_view(self);
  store_view *two = scratch_view(self);
  store_gauges open = store_gauges_get(self->store);
  assert_int_equal(open.views, 2);
  assert_int_equal(open.tail_entries, before.tail_entries + 2);
  assert_true(open.tail_bytes > before.tail_bytes);
  assert_true(open.data_bytes > 0 && open.free_bytes > 0);
  while (store_gauges_get(self->store).view_ms == 0) continue; /* it grows older */
  store_view_close(one);
  store_view_close(two);
  assert_int_equal(store_drain(self->store, &self->error), BASE_OK);
  store_gauges drained = store_gauges_get(self->store);
  assert_int_equal(drained.views, 0);
  assert_int_equal(drained.view_ms, 0);
  assert_int_equal(drained.tail_entries, 0);
}

static void too_many_views_are_refused_and_none_is_lost(void **state) {
  scratch *self = *state;
  enum { MOST = 2000 };
  static store_view *views[MOST];
  for (int round = 0; round < 2; round++) {
    size_t count = 0;
    base_code code = BASE_OK;
    while (count < MOST) {
      code = store_view_open(self->store, &views[count], &self->error);
      if (code != BASE_OK) break;
      count++;
    }
    assert_int_equal(code, BASE_UNAVAILABLE);
    assert_in_range(count, 1000, 1200);
    store_view_close(views[--count]);
    assert_committed(self, STORE_META, "k", NULL);
    while (count > 0) store_view_close(views[--count]);
  }
}

/* --- readers while one writes --- */

enum { READERS = 4, TRANSFERS = 300, ACCOUNTS = 16, TOTAL = 1600 };

typedef struct bank {
  scratch *scratch;
  _Atomic bool done;
  _Atomic int wrong;
  _Atomic int looked;
} bank;

static void account_key(int number, char key[16]) {
  (void)snprintf(key, 16, "account %02d", number);
}

static int read_account(const store_change_set *set, int number) {
  char key[16];
  base_slice value;
  account_key(number, key);
  return store_get(set, STORE_RECORD, text(key), &value) ? atoi((const char *)value.data) : 0;
}

static void write_account(scratch *self, store_change_set *set, int number, int amount) {
  char key[16], value[16];
  account_key(number, key);
  int size = snprintf(value, sizeof value, "%d", amount);
  base_slice bytes = base_slice_make(value, (size_t)size + 1);
  ASSERT_OK(self, store_put(set, STORE_RECORD, text(key), bytes, &self->error));
}

static int sum_accounts(const store_change_set *set, bool descending) {
  int sum = 0;
  base_slice key, value;
  store_cursor *cursor =
      store_cursor_open(set, STORE_RECORD, text("account"), text("accounu"), descending);
  while (store_cursor_next(cursor, &key, &value)) sum += atoi((const char *)value.data);
  store_cursor_close(cursor);
  return sum;
}

/* A view is whole: the accounts add up however they are read, the journal ends with the view, and
 * the entry there is the one that changed the accounts last. */
static bool is_whole(const store_view *view, base_arena *arena) {
  int sum = 0;
  store_entry entry;
  store_change_set *set = store_change_set_new(view, arena);
  uint64_t sequence = store_view_sequence(view);
  for (int i = 0; i < ACCOUNTS; i++) sum += read_account(set, i);
  if (sum != TOTAL || sum_accounts(set, false) != TOTAL || sum_accounts(set, true) != TOTAL) {
    return false;
  }
  if (store_entry_get(view, sequence + 1, &entry)) return false;
  return store_entry_get(view, sequence, &entry) && store_view_sequence(view) == sequence;
}

static void *read_until_done(void *self) {
  bank *shared = self;
  uint64_t newest = 0;
  base_arena *arena = base_arena_new();
  base_error error = {.language = BASE_EN};
  do {
    store_view *view;
    base_arena_reset(arena);
    if (store_view_open(shared->scratch->store, &view, &error) != BASE_OK) {
      shared->wrong++;
      break;
    }
    uint64_t sequence = store_view_sequence(view);
    if (sequence < newest || !is_whole(view, arena)) shared->wrong++;
    newest = sequence;
    store_view_close(view);
    if (store_info_get(shared->scratch->store).sequence < sequence - 1) shared->wrong++;
    shared->looked++;
  } while (!shared->done);
  base_arena_free(arena);
  return NULL;
}

/* Takes the amount from one account, if from any, and gives it to another. */
static void commit_transfer(scratch *self, int from, int to, int amount) {
  uint64_t sequence;
  store_group *group;
  store_entry_head head = scratch_head(0);
  base_arena_reset(self->arena);
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  if (from >= 0) write_account(self, set, from, read_account(set, from) - amount);
  write_account(self, set, to, read_account(set, to) + amount);
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  ASSERT_OK(self, store_group_commit(group, &self->error));
}

static void run_bank(scratch *self) {
  pthread_t readers[READERS];
  bank shared = {.scratch = self};
  commit_transfer(self, -1, 0, TOTAL);
  for (int i = 0; i < READERS; i++) {
    assert_int_equal(pthread_create(&readers[i], NULL, read_until_done, &shared), 0);
  }
  for (int i = 0; i < TRANSFERS; i++) {
    commit_transfer(self, i * 7 % ACCOUNTS, i * 5 % ACCOUNTS, i % 40);
  }
  shared.done = true;
  for (int i = 0; i < READERS; i++) assert_int_equal(pthread_join(readers[i], NULL), 0);
  assert_int_equal(shared.wrong, 0);
  assert_true(shared.looked >= READERS);
}

static void readers_see_whole_commits_only(void **state) {
  run_bank(*state);
}

/* --- while it drains --------------------------------------------------------------------------- */

typedef struct lane {
  store *store;
  pthread_mutex_t mutex;
  pthread_cond_t woken;
  unsigned wakes;
  bool stops;
  _Atomic int drains;
  int failed;
} lane;

static void wake_lane(void *self) {
  lane *woken = self;
  (void)pthread_mutex_lock(&woken->mutex);
  woken->wakes++;
  (void)pthread_cond_signal(&woken->woken);
  (void)pthread_mutex_unlock(&woken->mutex);
}

/* Drains at every wake, and so all the time. */
static void *drain_when_woken(void *argument) {
  lane *self = argument;
  unsigned seen = 0;
  base_error error = {.language = BASE_EN};
  for (;;) {
    (void)pthread_mutex_lock(&self->mutex);
    while (self->wakes == seen && !self->stops) {
      (void)pthread_cond_wait(&self->woken, &self->mutex);
    }
    seen = self->wakes;
    bool stops = self->stops;
    (void)pthread_mutex_unlock(&self->mutex);
    if (stops) return NULL;
    if (store_drain(self->store, &error) != BASE_OK) self->failed++;
    self->drains++;
  }
}

static void readers_see_whole_commits_while_it_drains(void **state) {
  scratch *self = *state;
  pthread_t thread;
  self->options.drain_ops = 3;
  self->options.segment_bytes = 16384;
  scratch_open(self);
  lane drains = {
      .store = self->store, .mutex = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER};
  store_drain_attach(self->store, wake_lane, &drains);
  assert_int_equal(pthread_create(&thread, NULL, drain_when_woken, &drains), 0);
  run_bank(self);
  while (drains.drains < 2) commit_transfer(self, 0, 1, 1); /* a busy machine starts threads late */
  (void)pthread_mutex_lock(&drains.mutex);
  drains.stops = true;
  (void)pthread_cond_signal(&drains.woken);
  (void)pthread_mutex_unlock(&drains.mutex);
  assert_int_equal(pthread_join(thread, NULL), 0);
  store_drain_attach(self->store, NULL, NULL);
  assert_int_equal(drains.failed, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(view_does_not_see_later_commits, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(reused_view_sees_the_newest_state, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_view_knows_whether_it_is_the_newest, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(gauges_show_what_is_open_and_what_waits, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(too_many_views_are_refused_and_none_is_lost, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(readers_see_whole_commits_only, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(readers_see_whole_commits_while_it_drains, scratch_begin_fast,
                                      scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
