/* undo: what was kept before a commit brings the next start back to it, and only while it is whole. */
#include <fcntl.h>
#include <sys/stat.h>

#include "scratch.h"
#include "store/inside.h"

typedef struct kept {
  size_t size;
  uint8_t bytes[256 << 10];
} kept;

static int open_undo(const scratch *self, int flags) {
  char path[512];
  (void)snprintf(path, sizeof path, "%s/undo", self->directory);
  int file = open(path, flags);
  assert_true(file >= 0);
  return file;
}

static void put_back(const scratch *self, const uint8_t *bytes, size_t size) {
  int file = open_undo(self, O_WRONLY | O_TRUNC);
  assert_int_equal(write(file, bytes, size), (ssize_t)size);
  (void)close(file);
}

static bool is_clear(const scratch *self) {
  uint8_t mark[8];
  int file = open_undo(self, O_RDONLY);
  assert_int_equal(read(file, mark, sizeof mark), sizeof mark);
  (void)close(file);
  return store_number_read(mark) == 0;
}

static uint64_t position(scratch *self) {
  uint64_t found = 0;
  ASSERT_OK(self, store_view_drained(self->store, &found, &self->error));
  return found;
}

/* The file as a power cut would leave it before the second of two drains was synced; the store is closed. */
static kept *two_drains(scratch *self) {
  int data;
  kept *undo = base_alloc(sizeof *undo);
  (void)scratch_commit(self, STORE_META, "客户", "张建国");
  scratch_drain(self);
  assert_true(is_clear(self));
  assert_int_equal(mdb_env_get_fd(self->store->env, &data), 0);
  assert_int_equal(store_undo_save(self->store->undo, data), 0);
  int file = open_undo(self, O_RDONLY);
  undo->size = (size_t)read(file, undo->bytes, sizeof undo->bytes);
  (void)close(file);
  assert_true(undo->size > 4096);
  (void)scratch_commit(self, STORE_META, "客户", "王秀兰");
  scratch_drain(self);
  assert_int_equal(position(self), 2);
  scratch_close(self);
  return undo;
}

static void the_next_start_goes_back(void **state) {
  scratch *self = *state;
  kept *undo = two_drains(self);
  put_back(self, undo->bytes, undo->size);
  scratch_open(self);
  assert_int_equal(position(self), 1);
  assert_true(is_clear(self));
  assert_committed(self, STORE_META, "客户", "王秀兰"); /* the journal has it */
  scratch_drain(self);
  assert_int_equal(position(self), 2);
  scratch_reopen(self);
  assert_int_equal(position(self), 2);
  free(undo);
}

/* A bit in the mark, in the checksum, in each page. */
static void what_is_torn_is_no_way_back(void **state) {
  scratch *self = *state;
  kept *undo = two_drains(self);
  const size_t places[] = {0, 7, 8, 15, 16, 600, undo->size / 2, undo->size - 1};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    undo->bytes[places[i]] ^= 0x10;
    put_back(self, undo->bytes, undo->size);
    undo->bytes[places[i]] ^= 0x10;
    scratch_open(self);
    assert_int_equal(position(self), 2);
    scratch_close(self);
  }
  free(undo);
}

static void one_that_is_too_short_is_made_anew(void **state) {
  struct stat made;
  scratch *self = *state;
  kept *undo = two_drains(self);
  put_back(self, undo->bytes, undo->size - 1);
  scratch_open(self);
  assert_int_equal(position(self), 2);
  assert_true(is_clear(self));
  assert_int_equal(fstat(self->store->undo, &made), 0);
  assert_int_equal(made.st_size, undo->size);
  free(undo);
}

static void a_copy_is_made_from_what_is_whole(void **state) {
  char to[512];
  scratch *self = *state;
  kept *undo = two_drains(self);
  put_back(self, undo->bytes, undo->size);
  (void)snprintf(to, sizeof to, "%s/copy", self->root);
  ASSERT_OK(self, store_copy(self->directory, to, &self->error));
  assert_true(is_clear(self));
  (void)snprintf(self->directory, sizeof self->directory, "%s", to);
  scratch_open(self);
  assert_int_equal(position(self), 1);
  assert_committed(self, STORE_META, "客户", "王秀兰");
  free(undo);
}

static void a_store_without_the_file_needs_none(void **state) {
  char path[512];
  scratch *self = *state;
  free(two_drains(self));
  (void)snprintf(path, sizeof path, "%s/undo", self->directory);
  assert_int_equal(unlink(path), 0);
  int directory = open(self->directory, O_RDONLY | O_DIRECTORY);
  assert_int_equal(store_undo_settle(directory), 0);
  assert_int_equal(faccessat(directory, "undo", F_OK, 0), -1);
  (void)close(directory);
  scratch_open(self);
  assert_int_equal(position(self), 2);
}

#define OPENED(test) cmocka_unit_test_setup_teardown(test, scratch_begin, scratch_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      OPENED(the_next_start_goes_back),
      OPENED(what_is_torn_is_no_way_back),
      OPENED(one_that_is_too_short_is_made_anew),
      OPENED(a_copy_is_made_from_what_is_whole),
      OPENED(a_store_without_the_file_needs_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
