/* store: opening, identity, and who is kept out. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "pages.h"

static base_code try_open(scratch *self, const char *directory) {
  store_options options = {.directory = directory, .map_bytes = self->options.map_bytes};
  self->error.message[0] = '\0';
  return store_open(&options, &self->store, &self->error);
}

static void new_store_is_empty_and_private(void **state) {
  scratch *self = *state;
  struct stat stat_of;
  store_info info = store_info_get(self->store);
  assert_int_equal(info.sequence, 0);
  assert_int_equal(info.at, 0);
  assert_int_equal(info.epoch, 1);
  assert_int_equal(stat(self->directory, &stat_of), 0);
  assert_int_equal(stat_of.st_mode & 0777, 0700);
  store_view *view = scratch_view(self);
  assert_int_equal(store_view_sequence(view), 0);
  store_view_close(view);
}

static void identity_is_random_and_stays(void **state) {
  scratch *self = *state;
  char second[300];
  store_info first = store_info_get(self->store);
  scratch_reopen(self);
  store_info again = store_info_get(self->store);
  assert_memory_equal(first.id, again.id, sizeof first.id);
  assert_int_equal(again.epoch, 1);
  scratch_close(self);
  (void)snprintf(second, sizeof second, "%s/second", self->root);
  ASSERT_OK(self, try_open(self, second));
  store_info other = store_info_get(self->store);
  assert_memory_not_equal(first.id, other.id, sizeof first.id);
}

static void default_map_is_large_and_sparse(void **state) {
  scratch *self = *state;
  self->options.map_bytes = 0;
  scratch_open(self);
  scratch_commit(self, STORE_META, "k", "v");
  scratch_reopen(self);
  assert_committed(self, STORE_META, "k", "v");
}

/* --- one process at a time --- */

static int exit_of(pid_t child) {
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void second_process_is_refused(void **state) {
  scratch *self = *state;
  pid_t child = fork();
  if (child == 0) {
    base_code code = try_open(self, self->directory);
    _exit(code == BASE_UNAVAILABLE && strstr(self->error.message, "Another process") ? 0 : 1);
  }
  assert_int_equal(exit_of(child), 0);
  scratch_commit(self, STORE_META, "k", "还在");
  assert_committed(self, STORE_META, "k", "还在");
}

static void second_opening_in_one_process_is_refused(void **state) {
  scratch *self = *state;
  store *first = self->store;
  assert_int_equal(try_open(self, self->directory), BASE_UNAVAILABLE);
  assert_ptr_equal(self->store, first);
}

/* A writer that is killed in the middle of its work, with a view and a group open. */
_Noreturn static void write_until_killed(scratch *self, int acknowledge) {
  scratch_open(self);
  (void)scratch_view(self);
  for (;;) {
    uint64_t sequence = scratch_commit(self, STORE_RECORD, "customer 1", "张建国");
    if (write(acknowledge, &sequence, sizeof sequence) != (ssize_t)sizeof sequence) _exit(1);
  }
}

static uint64_t acknowledged_before_kill(scratch *self, int count) {
  int ends[2];
  uint64_t sequence = 0, next;
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    (void)close(ends[0]);
    write_until_killed(self, ends[1]);
  }
  (void)close(ends[1]);
  for (int i = 0; i < count; i++) {
    assert_int_equal(read(ends[0], &sequence, sizeof sequence), sizeof sequence);
  }
  assert_int_equal(kill(child, SIGKILL), 0);
  while (read(ends[0], &next, sizeof next) == (ssize_t)sizeof next) sequence = next;
  (void)close(ends[0]);
  assert_int_equal(exit_of(child), -SIGKILL);
  return sequence;
}

static void killed_process_loses_nothing_acknowledged(void **state) {
  scratch *self = *state;
  for (int round = 0; round < 10; round++) {
    uint64_t acknowledged = acknowledged_before_kill(self, 5 + round);
    scratch_open(self);
    uint64_t stored = store_info_get(self->store).sequence;
    assert_in_range(stored, acknowledged, acknowledged + 1);
    store_view *view = scratch_view(self);
    ASSERT_OK(self, store_chain_verify(view, 1, stored, NULL, NULL, &self->error));
    store_view_close(view);
    scratch_close(self);
  }
}

/* --- what is no store --- */

static void other_format_is_refused_untouched(void **state) {
  scratch *self = *state;
  scratch_commit(self, STORE_META, "k", "旧数据");
  scratch_close(self);
  pages file = pages_open(self->directory, "store", 0);
  pages_put(&file, text("format"), base_slice_make("\0\0\0\0\0\0\0\7", 8));
  pages_close(&file);
  assert_int_equal(try_open(self, self->directory), BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(self->error.message, "has format 7"));
  file = pages_open(self->directory, "store", 0);
  pages_put(&file, text("format"), base_slice_make("\0\0\0\0\0\0\0\2", 8));
  pages_close(&file);
  scratch_open(self);
  assert_committed(self, STORE_META, "k", "旧数据");
}

static void file_of_another_program_is_refused(void **state) {
  scratch *self = *state;
  assert_int_equal(mkdir(self->directory, 0700), 0);
  pages file = pages_open(self->directory, "addresses", MDB_CREATE);
  pages_put(&file, text("k"), text("v"));
  pages_close(&file);
  assert_int_equal(try_open(self, self->directory), BASE_INVALID_ARGUMENT);
  file = pages_open(self->directory, "addresses", 0);
  assert_slice(pages_get(&file, text("k"), self->arena), "v");
  pages_close(&file);
}

static void write_file(const char *directory, const char *name, const char *contents) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  for (int i = 0; i < 1000; i++) (void)fputs(contents, file);
  assert_int_equal(fclose(file), 0);
}

static void garbage_is_refused_with_a_reason(void **state) {
  scratch *self = *state;
  assert_int_equal(mkdir(self->directory, 0700), 0);
  write_file(self->directory, "data.mdb", "这不是数据文件 ");
  assert_int_equal(try_open(self, self->directory), BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(self->error.message, "data.mdb"));
  assert_string_equal(self->error.field, "directory");
}

static void unusable_directories_are_refused(void **state) {
  scratch *self = *state;
  char path[512];
  write_file(self->root, "a file", "x");
  (void)snprintf(path, sizeof path, "%s/a file", self->root);
  assert_int_equal(try_open(self, path), BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(self->error.message, path));
  (void)snprintf(path, sizeof path, "%s/missing/data", self->root);
  assert_int_equal(try_open(self, path), BASE_INVALID_ARGUMENT);
  self->error.language = BASE_ZH;
  assert_int_equal(try_open(self, path), BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(self->error.message, "无法使用数据目录"));
}

static void existing_store_is_opened_and_none_is_made(void **state) {
  scratch *self = *state;
  store_options options = {
      .directory = self->directory, .existing = true, .map_bytes = self->options.map_bytes};
  assert_int_equal(store_open(&options, &self->store, &self->error), BASE_NOT_FOUND);
  assert_non_null(strstr(self->error.message, self->directory));
  assert_int_not_equal(access(self->directory, F_OK), 0);
  scratch_open(self);
  scratch_close(self);
  ASSERT_OK(self, store_open(&options, &self->store, &self->error));
}

static void too_small_a_map_is_refused(void **state) {
  scratch *self = *state;
  self->options.map_bytes = 16384;
  assert_int_equal(try_open(self, self->directory), BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(self->error.message, "store.map_bytes"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(new_store_is_empty_and_private, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(identity_is_random_and_stays, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(default_map_is_large_and_sparse, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(second_process_is_refused, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(second_opening_in_one_process_is_refused, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(killed_process_loses_nothing_acknowledged,
                                      scratch_begin_closed, scratch_end),
      cmocka_unit_test_setup_teardown(other_format_is_refused_untouched, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(file_of_another_program_is_refused, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(garbage_is_refused_with_a_reason, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(unusable_directories_are_refused, scratch_begin_closed,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(existing_store_is_opened_and_none_is_made,
                                      scratch_begin_closed, scratch_end),
      cmocka_unit_test_setup_teardown(too_small_a_map_is_refused, scratch_begin_closed,
                                      scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
