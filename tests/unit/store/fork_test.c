/* fork: a copy that is a store of its own. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "oracle.h"

static void fork_path(const scratch *self, char path[320]) {
  (void)snprintf(path, 320, "%s/fork", self->root);
}

static store *open_fork(scratch *self, const char *path) {
  store *opened;
  store_options options = self->options;
  options.directory = path;
  ASSERT_OK(self, store_open(&options, &opened, &self->error));
  return opened;
}

static void commit_random(scratch *self, oracle *expected, uint64_t *seed) {
  uint64_t sequence;
  store_group *group;
  store_entry_head head = scratch_head(1772848800000);
  bool touched[ORACLE_KEYS] = {false};
  base_arena_reset(self->arena);
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  for (uint32_t i = 0; i < 40; i++) {
    store_table table = (store_table)oracle_random(seed, STORE_TABLES);
    size_t index = oracle_change(expected, set, table, seed, &self->error);
    if (table == STORE_RECORD) touched[index] = true;
  }
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
  ASSERT_OK(self, store_group_commit(group, &self->error));
  for (size_t i = 0; i < ORACLE_KEYS; i++) {
    if (touched[i]) expected->changed[i] = sequence;
  }
}

static void check_store(scratch *self, store *checked, const oracle *expected) {
  store_view *view;
  ASSERT_OK(self, store_view_open(checked, &view, &self->error));
  store_change_set *set = store_change_set_new(view, self->arena);
  oracle_check(expected, set);
  oracle_check_sequences(expected, set);
  uint64_t last = store_view_sequence(view);
  ASSERT_OK(self, store_chain_verify(view, 1, last, NULL, NULL, &self->error));
  store_view_close(view);
}

static void fork_equals_its_source_and_goes_its_own_way(void **state) {
  scratch *self = *state;
  char path[320];
  struct stat made;
  uint64_t seed = oracle_seed(8);
  oracle_keys keys;
  oracle forked = {.keys = &keys};
  oracle_keys_init(&keys, &seed);
  for (int i = 0; i < 30; i++) commit_random(self, &forked, &seed);
  fork_path(self, path);
  store_info source = store_info_get(self->store);
  ASSERT_OK(self, store_fork(self->store, path, STORE_FORK_COPY, &self->error));
  assert_int_equal(stat(path, &made), 0);
  assert_int_equal(made.st_mode & 0777, 0700);
  oracle later = forked;
  for (int i = 0; i < 10; i++) commit_random(self, &later, &seed);
  check_store(self, self->store, &later);
  store *copy = open_fork(self, path);
  store_info info = store_info_get(copy);
  assert_memory_equal(info.id, source.id, sizeof info.id);
  assert_int_equal(info.epoch, source.epoch);
  assert_int_equal(info.sequence, 30);
  assert_int_equal(info.at, source.at);
  check_store(self, copy, &forked);
  store_close(self->store);
  self->store = copy;
  for (int i = 0; i < 10; i++) commit_random(self, &forked, &seed);
  check_store(self, copy, &forked);
}

static void fork_of_an_empty_store_is_empty(void **state) {
  scratch *self = *state;
  char path[320];
  fork_path(self, path);
  ASSERT_OK(self, store_fork(self->store, path, STORE_FORK_COPY, &self->error));
  store *copy = open_fork(self, path);
  assert_int_equal(store_info_get(copy).sequence, 0);
  store_close(copy);
}

static struct stat stat_of(const char *directory, const char *name) {
  char path[400];
  struct stat found;
  (void)snprintf(path, sizeof path, "%s/%s", directory, name);
  assert_int_equal(stat(path, &found), 0);
  return found;
}

/* Ten large values under one key, drained one by one: a store keeps room for the old ones, its copy
 * does not. The journal has them all in both; the copy's ends where its entries end. */
static void fork_is_compact(void **state) {
  scratch *self = *state;
  char path[320];
  char *value = base_arena_zero(self->arena, 200001);
  memset(value, 'x', 200000);
  store_view *old = scratch_view(self);
  for (int i = 0; i < 10; i++) {
    scratch_commit(self, STORE_META, "k", value);
    scratch_drain(self);
  }
  store_view_close(old);
  fork_path(self, path);
  ASSERT_OK(self, store_fork(self->store, path, STORE_FORK_COPY, &self->error));
  assert_in_range(stat_of(self->directory, "data.mdb").st_size, 2000000, 2600000);
  assert_in_range(stat_of(path, "data.mdb").st_size, 200000, 350000);
  assert_in_range(stat_of(path, "journal/0000000001.log").st_size, 2000000, 2010000);
}

/* --- what a fork has of the journal --- */

enum { SHARED_ENTRIES = 40 };

/* Several sealed files and a last one. */
static void fill_files(scratch *self) {
  char *value = base_arena_zero(self->arena, 3001);
  memset(value, 'y', 3000);
  self->options.segment_bytes = 16384;
  scratch_open(self);
  for (int i = 0; i < SHARED_ENTRIES; i++) scratch_commit(self, STORE_META, "k", value);
}

static void check_files(const scratch *self, const char *path, bool shared) {
  char name[32];
  for (uint64_t number = 1;; number++) {
    char next[400];
    (void)snprintf(name, sizeof name, "journal/%010" PRIu64 ".log", number);
    (void)snprintf(next, sizeof next, "%s/journal/%010" PRIu64 ".log", path, number + 1);
    bool last = access(next, F_OK) != 0;
    struct stat source = stat_of(self->directory, name), copy = stat_of(path, name);
    assert_int_equal(source.st_ino == copy.st_ino, shared && !last);
    if (last) {
      assert_true(number > 5);
      return;
    }
  }
}

/* Both go on, and neither sees the other. */
static void check_they_part(scratch *self, const char *path) {
  store *source = self->store;
  store *copy = open_fork(self, path);
  scratch_commit(self, STORE_META, "who", "原库");
  self->store = copy;
  assert_committed(self, STORE_META, "who", NULL);
  assert_int_equal(scratch_commit(self, STORE_META, "who", "副本"), SHARED_ENTRIES + 1);
  for (int i = 0; i < 20; i++) scratch_commit(self, STORE_META, "who", "副本");
  self->store = source;
  assert_committed(self, STORE_META, "who", "原库");
  store_close(self->store);
  self->store = copy;
  store_view *view = scratch_view(self);
  ASSERT_OK(self, store_chain_verify(view, 1, SHARED_ENTRIES + 21, NULL, NULL, &self->error));
  store_view_close(view);
}

static void copied_fork_has_files_of_its_own(void **state) {
  scratch *self = *state;
  char path[320];
  fill_files(self);
  fork_path(self, path);
  ASSERT_OK(self, store_fork(self->store, path, STORE_FORK_COPY, &self->error));
  check_files(self, path, false);
  check_they_part(self, path);
}

static void shared_fork_shares_what_is_sealed(void **state) {
  scratch *self = *state;
  char path[320];
  fill_files(self);
  fork_path(self, path);
  ASSERT_OK(self, store_fork(self->store, path, STORE_FORK_SHARE, &self->error));
  check_files(self, path, true);
  check_they_part(self, path);
  scratch_close(self);
  scratch_open(self);
  assert_committed(self, STORE_META, "who", "原库");
}

static void directory_must_be_new(void **state) {
  scratch *self = *state;
  char path[320];
  struct stat made;
  fork_path(self, path);
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(store_fork(self->store, path, STORE_FORK_COPY, &self->error),
                   BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(self->error.message, "exists already"));
  assert_int_equal(stat(path, &made), 0);
  assert_int_equal(store_fork(self->store, self->directory, STORE_FORK_COPY, &self->error),
                   BASE_INVALID_ARGUMENT);
  scratch_commit(self, STORE_META, "k", "原库照常");
}

/* --- while others write --- */

typedef struct forking {
  scratch *scratch;
  store_fork_kind kind;
  _Atomic bool done;
  base_code code;
} forking;

static void *fork_once(void *self) {
  char path[320];
  forking *shared = self;
  base_error error = {.language = BASE_EN};
  fork_path(shared->scratch, path);
  shared->code = store_fork(shared->scratch->store, path, shared->kind, &error);
  shared->done = true;
  return NULL;
}

/* The journal goes on to new files meanwhile, and what is drained changes LMDB. */
static void fork_while_others_write(scratch *self, store_fork_kind kind) {
  char path[320];
  pthread_t thread;
  forking shared = {.scratch = self, .kind = kind};
  self->options.segment_bytes = 16384;
  self->options.drain_ops = 5;
  scratch_open(self);
  for (int i = 0; i < 50; i++) scratch_commit(self, STORE_META, "last", "0");
  assert_int_equal(pthread_create(&thread, NULL, fork_once, &shared), 0);
  for (int i = 0; i < 100 || !shared.done; i++) scratch_commit(self, STORE_META, "last", "1");
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(shared.code, BASE_OK);
  fork_path(self, path);
  store *source = self->store;
  self->store = open_fork(self, path);
  uint64_t last = store_info_get(self->store).sequence;
  assert_in_range(last, 50, store_info_get(source).sequence);
  assert_committed(self, STORE_META, "last", last > 50 ? "1" : "0");
  store_view *view = scratch_view(self);
  ASSERT_OK(self, store_chain_verify(view, 1, last, NULL, NULL, &self->error));
  store_view_close(view);
  store_close(source);
}

static void copy_is_one_moment_while_others_write(void **state) {
  fork_while_others_write(*state, STORE_FORK_COPY);
}

static void shared_fork_is_one_moment_while_others_write(void **state) {
  fork_while_others_write(*state, STORE_FORK_SHARE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(fork_equals_its_source_and_goes_its_own_way, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(fork_of_an_empty_store_is_empty, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(fork_is_compact, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(copied_fork_has_files_of_its_own, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(shared_fork_shares_what_is_sealed, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(directory_must_be_new, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(copy_is_one_moment_while_others_write, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(shared_fork_is_one_moment_while_others_write,
                                      scratch_begin_closed, scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
