/* files: bytes under their hash, whole or not at all, carried by forks and restored stores. */
#include "scratch.h"

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(files_come_back_under_their_hash, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(a_file_that_is_not_what_was_put_is_refused, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(forks_and_restored_stores_carry_them, scratch_begin,
                                      scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
