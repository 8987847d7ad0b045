/* files: bytes under their hash, whole or not at all, carried by forks and restored stores. */
#include <sys/stat.h>

#include "scratch.h"
#include "store/inside.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void put(scratch *self, const char *text, char name[STORE_FILE_NAME]) {
  ASSERT_OK(self, store_file_put(self->store, base_slice_text(text), name, &self->error));
}

static void files_come_back_under_their_hash(void **state) {
  scratch *self = *state;
  char name[STORE_FILE_NAME];
  base_buffer out = {0};
  put(self, "abc", name);
  assert_string_equal(name, ABC);
  put(self, "abc", name); /* is there already */
  ASSERT_OK(self, store_file_get(self->store, ABC, &out, &self->error));
  assert_true(base_slice_is(base_buffer_slice(&out), "abc"));
  put(self, "", name);
  ASSERT_OK(self, store_file_get(self->store, name, &out, &self->error));
  assert_int_equal(out.size, 0);
  name[0] = name[0] == '0' ? '1' : '0';
  assert_int_equal(store_file_get(self->store, name, &out, &self->error), BASE_NOT_FOUND);
  assert_int_equal(store_file_get(self->store, "../data.mdb", &out, &self->error), BASE_NOT_FOUND);
  base_buffer_fini(&out);
}

static void a_file_that_is_not_what_was_put_is_refused(void **state) {
  scratch *self = *state;
  char name[STORE_FILE_NAME];
  char path[400];
  base_buffer out = {0};
  put(self, "abc", name);
  (void)snprintf(path, sizeof path, "%s/files/%s", self->directory, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fputs("abd", file) >= 0, true);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(store_file_get(self->store, name, &out, &self->error), BASE_INTERNAL);
  assert_non_null(strstr(self->error.message, name));
  base_buffer_fini(&out);
}

/* A put that was killed may have been somebody's who is erased later. */
static void what_a_killed_put_left_goes_at_the_start(void **state) {
  scratch *self = *state;
  char name[STORE_FILE_NAME];
  char left[400];
  base_buffer out = {0};
  put(self, "abc", name);
  scratch_close(self);
  (void)snprintf(left, sizeof left, "%s/files/.%s.4711", self->directory, ABC);
  FILE *file = fopen(left, "wb");
  assert_non_null(file);
  assert_true(fputs("ab", file) >= 0);
  assert_int_equal(fclose(file), 0);
  scratch_open(self);
  assert_int_not_equal(access(left, F_OK), 0);
  ASSERT_OK(self, store_file_get(self->store, ABC, &out, &self->error));
  base_buffer_fini(&out);
}

static void look(scratch *self, const char *directory) {
  store *opened = NULL;
  base_buffer out = {0};
  store_options options = self->options;
  options.directory = directory;
  ASSERT_OK(self, store_open(&options, &opened, &self->error));
  ASSERT_OK(self, store_file_get(opened, ABC, &out, &self->error));
  assert_true(base_slice_is(base_buffer_slice(&out), "abc"));
  base_buffer_fini(&out);
  store_close(opened);
}

static void forks_and_restored_stores_carry_them(void **state) {
  scratch *self = *state;
  static const store_fork_kind kinds[] = {STORE_FORK_COPY, STORE_FORK_SHARE};
  static const char *const names[] = {"copy", "share"};
  char name[STORE_FILE_NAME];
  char path[320];
  char restored[320];
  store_info info;
  put(self, "abc", name);
  for (size_t i = 0; i < 2; i++) {
    (void)snprintf(path, sizeof path, "%s/%s", self->root, names[i]);
    ASSERT_OK(self, store_fork(self->store, path, kinds[i], &self->error));
    look(self, path);
  }
  (void)snprintf(restored, sizeof restored, "%s/restored", self->root);
  const store_restore_options options = {.from = path, .to = restored, .until = {.at = INT64_MAX}};
  ASSERT_OK(self, store_restore(&options, &info, &self->error));
  look(self, restored);
  store_remove(path);
  assert_int_equal(access(path, F_OK), -1);
}

/* --- damaged --------------------------------------------------------------------------------------- */

static void write_over(const char *directory, const char *name, const char *text) {
  char path[500];
  (void)snprintf(path, sizeof path, "%s/files/%s", directory, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

static void an_empty_file_is_damaged_until_it_is_put_again(void **state) {
  scratch *self = *state;
  char name[STORE_FILE_NAME];
  base_buffer out = {0};
  put(self, "abc", name);
  write_over(self->directory, name, "");
  assert_int_equal(store_file_get(self->store, ABC, &out, &self->error), BASE_INTERNAL);
  assert_non_null(strstr(self->error.message, "backup"));
  put(self, "abc", name);
  ASSERT_OK(self, store_file_get(self->store, ABC, &out, &self->error));
  assert_true(base_slice_is(base_buffer_slice(&out), "abc"));
  base_buffer_fini(&out);
}

/* The data directory lost the bytes, the backup has them: neither loses them for the restored one. */
static void a_restore_brings_the_good_one(void **state) {
  scratch *self = *state;
  char name[STORE_FILE_NAME];
  char copy[320];
  char to[320];
  store_info info;
  (void)snprintf(copy, sizeof copy, "%s/before", self->root);
  put(self, "abc", name);
  (void)scratch_commit(self, STORE_RECORD, "person", "赵云岚");
  ASSERT_OK(self, store_fork(self->store, copy, STORE_FORK_COPY, &self->error));
  write_over(self->directory, name, "");
  scratch_close(self);
  const char *const directory[] = {self->directory, NULL};
  const char *const before[] = {copy, NULL};
  const store_restore_options ways[] = {
      {.from = copy, .to = to, .journals = directory, .until = {.at = INT64_MAX}},
      {.from = self->directory, .to = to, .journals = before, .until = {.at = INT64_MAX}}};
  for (size_t i = 0; i < 2; i++) {
    (void)snprintf(to, sizeof to, "%s/restored-%zu", self->root, i);
    ASSERT_OK(self, store_restore(&ways[i], &info, &self->error));
    look(self, to);
  }
}

/* --- erased ---------------------------------------------------------------------------------------- */

static void assert_gone(scratch *self, store *opened) {
  base_buffer out = {0};
  assert_int_equal(store_file_get(opened, ABC, &out, &self->error), BASE_NOT_FOUND);
  assert_non_null(strstr(self->error.message, "erased"));
  assert_int_equal(out.size, 0);
  base_buffer_fini(&out);
}

static void an_erased_file_is_gone_until_it_is_put_again(void **state) {
  scratch *self = *state;
  char name[STORE_FILE_NAME];
  base_buffer out = {0};
  put(self, "abc", name);
  put(self, "other", name);
  ASSERT_OK(self, store_file_erase(self->store, NULL, ABC, &self->error));
  ASSERT_OK(self, store_file_erase(self->store, NULL, ABC, &self->error));
  ASSERT_OK(self, store_file_erase(self->store, NULL, "../data.mdb", &self->error));
  assert_gone(self, self->store);
  ASSERT_OK(self, store_file_get(self->store, name, &out, &self->error));
  assert_true(base_slice_is(base_buffer_slice(&out), "other"));
  put(self, "abc", name);
  ASSERT_OK(self, store_file_get(self->store, ABC, &out, &self->error));
  assert_true(base_slice_is(base_buffer_slice(&out), "abc"));
  put(self, "Haoke: the bytes of this file were erased.\n", name); /* are its own bytes */
  ASSERT_OK(self, store_file_get(self->store, name, &out, &self->error));
  base_buffer_fini(&out);
}

static void restore(scratch *self, const char *name, const char *const *journals, bool gone) {
  char from[320];
  char to[320];
  store *opened = NULL;
  store_info info;
  store_options options = self->options;
  (void)snprintf(from, sizeof from, "%s/before", self->root);
  (void)snprintf(to, sizeof to, "%s/%s", self->root, name);
  const store_restore_options restored = {
      .from = from, .to = to, .journals = journals, .until = {.at = INT64_MAX}};
  ASSERT_OK(self, store_restore(&restored, &info, &self->error));
  options.directory = to;
  if (!gone) {
    look(self, to);
    return;
  }
  ASSERT_OK(self, store_open(&options, &opened, &self->error));
  assert_gone(self, opened);
  store_close(opened);
}

/* The first of the journal's files lies in the archive, too. */
static void archive_journal(scratch *self, const char *archive) {
  char part[STORE_ARCHIVE_MAX];
  char segment[SEGMENT_NAME_MAX];
  char from[400];
  char to[500];
  store_archive_name(&self->store->identity, part);
  store_segment_name(1, segment);
  (void)snprintf(from, sizeof from, "%s/journal/%s", self->directory, segment);
  (void)snprintf(to, sizeof to, "%s/%s/%s", archive, part, segment);
  assert_int_equal(link(from, to), 0);
}

/* The copy of before has the bytes; the directory and the archive say that they are erased. */
static void a_restore_leaves_erased_files_out(void **state) {
  scratch *self = *state;
  char name[STORE_FILE_NAME];
  char copy[320];
  char archive[320];
  (void)snprintf(copy, sizeof copy, "%s/before", self->root);
  (void)snprintf(archive, sizeof archive, "%s/archive", self->root);
  assert_int_equal(mkdir(archive, 0700), 0);
  put(self, "abc", name);
  (void)scratch_commit(self, STORE_RECORD, "person", "赵云岚");
  ASSERT_OK(self, store_fork(self->store, copy, STORE_FORK_COPY, &self->error));
  ASSERT_OK(self, store_file_erase(self->store, archive, ABC, &self->error));
  (void)scratch_commit(self, STORE_RECORD, "person", "***");
  archive_journal(self, archive);
  scratch_close(self);
  const char *const none[] = {NULL};
  const char *const directory[] = {self->directory, NULL};
  const char *const archived[] = {archive, NULL};
  restore(self, "alone", none, false);
  restore(self, "directory", directory, true);
  restore(self, "from_archive", archived, true);
}

/* What cannot be looked at may know of an erasure: nothing is restored without it. A link that leads to itself is
 * such a part, also for root. */
static void a_part_that_cannot_be_read_is_refused(void **state) {
  scratch *self = *state;
  char name[STORE_FILE_NAME];
  char copy[320];
  char to[320];
  char path[700];
  char part[STORE_ARCHIVE_MAX];
  store_info info;
  (void)snprintf(copy, sizeof copy, "%s/before", self->root);
  (void)snprintf(to, sizeof to, "%s/restored", self->root);
  put(self, "abc", name);
  (void)scratch_commit(self, STORE_RECORD, "person", "赵云岚");
  ASSERT_OK(self, store_fork(self->store, copy, STORE_FORK_COPY, &self->error));
  store_archive_name(&self->store->identity, part);
  (void)snprintf(path, sizeof path, "%s/%s", self->directory, part);
  scratch_close(self);
  const char *const journals[] = {self->directory, NULL};
  const store_restore_options ways[] = {
      {.from = copy, .to = to, .journals = journals, .until = {.at = INT64_MAX}},
      {.from = copy, .to = to, .replaces = self->directory, .until = {.at = INT64_MAX}}};
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(symlink(part, path), 0);
    assert_int_equal(store_restore(&ways[i], &info, &self->error), BASE_INVALID_ARGUMENT);
    assert_int_equal(unlink(path), 0);
    FILE *file = fopen(path, "wb"); /* is no part, and in nobody's way */
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    ASSERT_OK(self, store_restore(&ways[i], &info, &self->error));
    assert_int_equal(unlink(path), 0);
    store_remove(to);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(files_come_back_under_their_hash, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(a_file_that_is_not_what_was_put_is_refused, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(what_a_killed_put_left_goes_at_the_start, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(forks_and_restored_stores_carry_them, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(an_empty_file_is_damaged_until_it_is_put_again, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_restore_brings_the_good_one, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(an_erased_file_is_gone_until_it_is_put_again, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_restore_leaves_erased_files_out, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_part_that_cannot_be_read_is_refused, scratch_begin,
                                      scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
