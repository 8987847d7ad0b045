/* recovery: what a start makes of a journal that a stop tore, that was damaged, or from which
 * something is missing. The stops themselves are made in tests/crash; here every state is made by
 * hand from a journal that was closed. */
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/failpoint.h"
#include "log_file.h"
#include "store/inside.h"

enum { ENTRIES = 8 };

static void commit_numbers(scratch *self, uint64_t from, uint64_t to) {
  for (uint64_t i = from; i <= to; i++) {
    char value[24];
    (void)snprintf(value, sizeof value, "第 %" PRIu64 " 次", i);
    assert_int_equal(scratch_commit(self, STORE_RECORD, "customer 7", value), i);
  }
}

static void assert_holds(scratch *self, uint64_t last) {
  char value[24];
  (void)snprintf(value, sizeof value, "第 %" PRIu64 " 次", last);
  assert_int_equal(store_info_get(self->store).sequence, last);
  assert_committed(self, STORE_RECORD, "customer 7", last == 0 ? NULL : value);
  store_view *view = scratch_view(self);
  ASSERT_OK(self, store_chain_verify(view, 1, last, NULL, NULL, &self->error));
  store_view_close(view);
}

static base_code try_open(scratch *self) {
  store_options options = self->options;
  options.directory = self->directory;
  return store_open(&options, &self->store, &self->error);
}

/* --- files as they lie ------------------------------------------------------------------------- */

static base_slice read_file(scratch *self, const char *name) {
  char path[512];
  base_buffer bytes = {0};
  (void)snprintf(path, sizeof path, "%s/%s", self->directory, name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  for (size_t count = 1; count > 0; bytes.size += count) {
    count = fread(base_buffer_reserve(&bytes, 65536), 1, 65536, file);
  }
  assert_int_equal(fclose(file), 0);
  base_slice read = base_arena_slice(self->arena, base_buffer_slice(&bytes));
  base_buffer_fini(&bytes);
  return read;
}

static size_t count_files(const scratch *self) {
  char path[512];
  size_t count = 0;
  (void)snprintf(path, sizeof path, "%s/journal", self->directory);
  DIR *names = opendir(path);
  assert_non_null(names);
  for (const struct dirent *name = readdir(names); name != NULL; name = readdir(names)) {
    count += name->d_name[0] != '.';
  }
  assert_int_equal(closedir(names), 0);
  return count;
}

static void remove_file(const scratch *self, uint64_t number) {
  char path[512];
  log_file_path(self, number, path);
  assert_int_equal(unlink(path), 0);
}

/* The store is refused with that message, and not a byte was changed. */
static void assert_refused(scratch *self, const char *message) {
  base_slice journal = read_file(self, "journal/0000000001.log");
  base_slice data = read_file(self, "data.mdb");
  size_t files = count_files(self);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(try_open(self), BASE_INTERNAL);
    if (strstr(self->error.message, message) == NULL) fail_msg("%s", self->error.message);
  }
  assert_true(base_slice_equal(read_file(self, "journal/0000000001.log"), journal));
  assert_true(base_slice_equal(read_file(self, "data.mdb"), data));
  assert_int_equal(count_files(self), files);
}

static bool is_zero_from(const log_file *file, size_t offset) {
  while (offset < file->bytes.size && file->bytes.data[offset] == 0) offset++;
  return offset == file->bytes.size;
}

/* Bytes of the last frame that differ from zero. */
static size_t meant_size(const log_file *file, size_t from, size_t to) {
  while (to > from && file->bytes.data[to - 1] == 0) to--;
  return to - from;
}

/* --- torn ends --------------------------------------------------------------------------------- */

typedef enum tear { TEAR_END, TEAR_BEGIN, TEAR_BYTE, TEARS } tear;

/* The last frame with zeros from `at` on, or before it, or another byte there. */
static void tear_frame(uint8_t *frame, size_t size, size_t at, tear kind) {
  if (kind == TEAR_END) memset(frame + at, 0, size - at);
  if (kind == TEAR_BEGIN) memset(frame, 0, at);
  if (kind == TEAR_BYTE) frame[at] ^= 0x55;
}

/* The start forgets the frame and zeroes its place before it goes on; a second start finds no old
 * tear, and what is appended stands where it stood. */
static void check_torn(scratch *self, base_slice journal, size_t begin, size_t size, size_t at,
                       tear kind) {
  uint8_t *torn = base_arena_alloc(self->arena, size);
  memcpy(torn, journal.data + begin, size);
  tear_frame(torn, size, at, kind);
  if (memcmp(torn, journal.data + begin, size) == 0) return;
  log_file file = log_file_open(self, 1);
  base_buffer_clear(&file.bytes);
  base_buffer_append(&file.bytes, journal.data, journal.size);
  memcpy(file.bytes.data + begin, torn, size);
  log_file_close(&file);
  scratch_open(self);
  assert_holds(self, ENTRIES - 1);
  file = log_file_open(self, 1);
  assert_int_equal(log_file_end(&file), begin);
  assert_true(is_zero_from(&file, begin));
  log_file_drop(&file);
  if (at % 16 == 0) commit_numbers(self, ENTRIES, ENTRIES + 1);
  scratch_reopen(self);
  assert_holds(self, at % 16 == 0 ? ENTRIES + 1 : ENTRIES - 1);
  scratch_close(self);
}

static void torn_last_frame_is_forgotten_and_zeroed(void **state) {
  scratch *self = *state;
  segment_frame frame;
  scratch_open(self);
  commit_numbers(self, 1, ENTRIES);
  scratch_close(self);
  base_slice journal = read_file(self, "journal/0000000001.log");
  log_file file = log_file_open(self, 1);
  size_t begin = log_file_frame(&file, ENTRIES, &frame);
  size_t size = meant_size(&file, begin, begin + frame.size);
  log_file_drop(&file);
  for (tear kind = 0; kind < TEARS; kind++) {
    for (size_t at = 0; at < size; at++) check_torn(self, journal, begin, size, at, kind);
  }
}

/* The whole of the journal is one torn frame. */
static void torn_first_frame_leaves_an_empty_store(void **state) {
  scratch *self = *state;
  scratch_open(self);
  commit_numbers(self, 1, 1);
  scratch_close(self);
  log_file file = log_file_open(self, 1);
  file.bytes.data[60] ^= 1;
  log_file_close(&file);
  scratch_open(self);
  assert_holds(self, 0);
  commit_numbers(self, 1, 3);
  scratch_reopen(self);
  assert_holds(self, 3);
}

/* Bytes of anything, but of no whole frame of this store. */
static void garbage_behind_the_end_is_zeroed(void **state) {
  scratch *self = *state;
  static const uint8_t another[16] = {7};
  uint32_t end = 5;
  scratch_open(self);
  commit_numbers(self, 1, ENTRIES);
  scratch_close(self);
  log_file file = log_file_open(self, 1);
  size_t begin = log_file_end(&file);
  base_buffer foreign = {0};
  segment_frame frame = {.first = ENTRIES + 1, .epoch = 1, .count = 1};
  store_segment_frame_append(&foreign, &frame, &end, text("abcde"), another);
  memcpy(file.bytes.data + begin, foreign.data, foreign.size);
  memset(file.bytes.data + begin + 4096, 'H', 3000);
  file.bytes.data[file.bytes.size - 1] = 1;
  base_buffer_fini(&foreign);
  log_file_close(&file);
  scratch_open(self);
  assert_holds(self, ENTRIES);
  file = log_file_open(self, 1);
  assert_true(is_zero_from(&file, begin));
  log_file_drop(&file);
}

/* A restart tears nothing by itself, however often; nor do files that end in the middle. */
static void restart_after_restart_keeps_everything(void **state) {
  scratch *self = *state;
  uint64_t last = 0;
  self->options.segment_bytes = 4096;
  scratch_open(self);
  for (uint64_t round = 1; round <= 40; round++) {
    commit_numbers(self, last + 1, last + round % 4);
    last += round % 4;
    if (round % 5 == 0) scratch_drain(self);
    scratch_close(self);
    log_file file = log_file_open(self, (uint64_t)count_files(self));
    size_t end = log_file_end(&file);
    if (round % 3 == 0) base_buffer_append(&file.bytes, "HkJ1 torn", 9);
    if (round % 7 == 0) file.bytes.size = end;
    log_file_close(&file);
    scratch_open(self);
    assert_holds(self, last);
  }
  assert_true(count_files(self) > 2);
}

/* --- damage ------------------------------------------------------------------------------------ */

static void whole_frame_behind_damage_is_refused(void **state) {
  scratch *self = *state;
  char expected[128];
  segment_frame frame;
  scratch_open(self);
  commit_numbers(self, 1, ENTRIES);
  scratch_close(self);
  for (uint64_t damaged = 1; damaged < ENTRIES; damaged += 3) {
    log_file file = log_file_open(self, 1);
    size_t begin = log_file_frame(&file, damaged, &frame);
    log_file_drop(&file);
    for (size_t at = 0; at < frame.size; at += 13) {
      uint8_t byte, other;
      base_arena_reset(self->arena);
      base_slice journal = read_file(self, "journal/0000000001.log");
      char path[512];
      log_file_path(self, 1, path);
      byte = journal.data[begin + at];
      other = byte ^ 0x20;
      if (at >= SEGMENT_HEAD + frame.body.size) break; /* the zeros that fill it up */
      log_file_write(path, begin + at, base_slice_make(&other, 1));
      (void)snprintf(expected, sizeof expected, "journal/0000000001.log is damaged at byte %zu,",
                     begin);
      assert_refused(self, expected);
      log_file_write(path, begin + at, base_slice_make(&byte, 1));
    }
  }
  scratch_open(self);
  assert_holds(self, ENTRIES);
}

/* Frames that are whole but of another time: of an epoch that never was, or out of order. */
static void whole_frame_that_does_not_continue_is_refused(void **state) {
  scratch *self = *state;
  static const struct {
    uint64_t first;
    uint64_t epoch;
  } wrong[] = {{ENTRIES + 1, 2}, {ENTRIES + 2, 1}, {ENTRIES, 1}, {1, 1}, {ENTRIES + 1, 0}};
  scratch_open(self);
  commit_numbers(self, 1, ENTRIES);
  scratch_close(self);
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    log_file file = log_file_open(self, 1);
    base_slice entry = log_file_entry(&file, 1);
    uint32_t end = (uint32_t)entry.size;
    base_buffer foreign = {0};
    segment_frame frame = {.first = wrong[i].first, .epoch = wrong[i].epoch, .count = 1};
    store_segment_frame_append(&foreign, &frame, &end, entry, file.id);
    memcpy(file.bytes.data + log_file_end(&file), foreign.data, foreign.size);
    size_t begin = log_file_frame(&file, ENTRIES, &frame) + frame.size;
    log_file_close(&file);
    assert_refused(self, "journal/0000000001.log is damaged at byte");
    char path[512];
    log_file_path(self, 1, path);
    memset(foreign.data, 0, foreign.size);
    log_file_write(path, begin, base_buffer_slice(&foreign));
    base_buffer_fini(&foreign);
  }
  scratch_open(self);
  assert_holds(self, ENTRIES);
}

/* --- missing files ----------------------------------------------------------------------------- */

static void fill_files(scratch *self, size_t files) {
  self->options.segment_bytes = 4096;
  scratch_open(self);
  uint64_t last = 0;
  while (count_files(self) < files) {
    last++;
    commit_numbers(self, last, last);
  }
}

static void missing_file_is_named(void **state) {
  scratch *self = *state;
  fill_files(self, 5);
  scratch_close(self);
  remove_file(self, 3);
  assert_refused(self, "The journal file journal/0000000003.log is missing");
  assert_int_equal(count_files(self), 4);
}

static void missing_first_file_is_named(void **state) {
  scratch *self = *state;
  char from[512], to[512];
  fill_files(self, 3);
  scratch_close(self);
  log_file_path(self, 1, from);
  (void)snprintf(to, sizeof to, "%s/aside", self->root);
  assert_int_equal(rename(from, to), 0);
  assert_int_equal(try_open(self), BASE_INTERNAL);
  assert_non_null(strstr(self->error.message, "journal/0000000001.log is missing"));
  self->error.language = BASE_ZH;
  assert_int_equal(try_open(self), BASE_INTERNAL);
  assert_non_null(strstr(self->error.message, "缺少日志文件 journal/0000000001.log"));
  self->error.language = BASE_EN;
  assert_int_equal(rename(to, from), 0);
  scratch_open(self);
  assert_holds(self, store_info_get(self->store).sequence);
}

/* What was drained needs no file any more: the store opens, without the old entries. */
static void file_that_was_drained_may_be_missing(void **state) {
  scratch *self = *state;
  store_entry entry;
  fill_files(self, 4);
  scratch_drain(self);
  uint64_t last = store_info_get(self->store).sequence;
  commit_numbers(self, last + 1, last + 2);
  scratch_close(self);
  remove_file(self, 1);
  scratch_open(self);
  assert_int_equal(store_info_get(self->store).sequence, last + 2);
  store_view *view = scratch_view(self);
  assert_false(store_entry_get(view, 1, &entry));
  assert_true(store_entry_get(view, last, &entry));
  store_view_close(view);
  commit_numbers(self, last + 3, last + 3);
}

static void journal_that_does_not_reach_the_data_is_refused(void **state) {
  scratch *self = *state;
  segment_frame frame;
  scratch_open(self);
  commit_numbers(self, 1, ENTRIES);
  scratch_drain(self);
  scratch_close(self);
  log_file file = log_file_open(self, 1);
  size_t begin = log_file_frame(&file, ENTRIES, &frame);
  memset(file.bytes.data + begin, 0, frame.size);
  log_file_close(&file);
  assert_refused(self, "The data file ends with entry 8 and the journal, which reaches entry 7");
  remove_file(self, 1);
  assert_int_equal(try_open(self), BASE_INTERNAL);
  assert_non_null(strstr(self->error.message, "which reaches entry 0"));
}

/* --- more than fits into memory ---------------------------------------------------------------- */

static uint64_t drained_up_to(scratch *self) {
  pages file = pages_open(self->directory, "store", 0);
  base_slice position = pages_get(&file, text("position"), self->arena);
  pages_close(&file);
  return store_number_read(position.data);
}

static void large_tail_is_drained_by_the_start(void **state) {
  enum { VALUES = 60, SIZE = 100000 };
  scratch *self = *state;
  char key[16];
  scratch_open(self);
  char *value = base_arena_zero(self->arena, SIZE + 1);
  memset(value, 'z', SIZE);
  for (int i = 0; i < VALUES; i++) {
    (void)snprintf(key, sizeof key, "file %02d", i);
    scratch_commit(self, STORE_META, key, value);
  }
  self->options.tail_bytes = (size_t)2 << 20;
  for (int round = 0; round < 2; round++) {
    scratch_reopen(self);
    assert_true(tail_bytes(atomic_load(&self->store->filling)) <= ((size_t)2 << 20) + SIZE * 2);
    assert_int_equal(store_info_get(self->store).sequence, VALUES);
    for (int i = 0; i < VALUES; i++) {
      (void)snprintf(key, sizeof key, "file %02d", i);
      assert_committed(self, STORE_META, key, value);
    }
  }
  scratch_close(self);
  assert_in_range(drained_up_to(self), 40, VALUES);
}

/* The start that drained met a full data file: nothing is lost, with more room it goes on. */
static void start_that_cannot_drain_says_so(void **state) {
  enum { VALUES = 60, SIZE = 100000 };
  scratch *self = *state;
  scratch_open(self);
  char *value = base_arena_zero(self->arena, SIZE + 1);
  memset(value, 'z', SIZE);
  for (int i = 0; i < VALUES; i++) {
    scratch_commit(self, STORE_META, base_arena_format(self->arena, "file %02d", i), value);
  }
  scratch_close(self);
  self->options.tail_bytes = (size_t)2 << 20;
  self->options.map_bytes = (size_t)3 << 20;
  for (int i = 0; i < 2; i++) {
    assert_int_equal(try_open(self), BASE_STORAGE_FULL);
    assert_non_null(strstr(self->error.message, "3145728 bytes (store.map_bytes)"));
  }
  self->options.map_bytes = (size_t)64 << 20;
  scratch_open(self);
  assert_int_equal(store_info_get(self->store).sequence, VALUES);
  assert_committed(self, STORE_META, "file 59", value);
  assert_committed(self, STORE_META, "file 00", value);
}

#ifdef HAOKE_FAILPOINTS

/* A start that is killed in one of its drains, and the next one too: the third has everything. */
static void start_that_dies_in_a_drain_is_repeated(void **state) {
  enum { VALUES = 60, SIZE = 100000 };
  scratch *self = *state;
  char *value = base_arena_zero(self->arena, SIZE + 1);
  memset(value, 'z', SIZE);
  scratch_open(self);
  for (int i = 0; i < VALUES; i++) {
    scratch_commit(self, STORE_META, base_arena_format(self->arena, "file %02d", i), value);
  }
  scratch_close(self);
  self->options.tail_bytes = (size_t)1 << 20;
  uint64_t drained = 0;
  for (unsigned pass = 1; pass <= 3; pass++) {
    pid_t child = fork();
    if (child == 0) {
      base_failpoint_arm(base_arena_format(self->arena, "store.drain.before_commit:%u", pass));
      (void)try_open(self);
      _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    if (pass == 1) continue;
    uint64_t position = drained_up_to(self);
    assert_true(position > drained && position < VALUES);
    drained = position;
  }
  scratch_open(self);
  assert_int_equal(store_info_get(self->store).sequence, VALUES);
  for (int i = 0; i < VALUES; i++) {
    assert_committed(self, STORE_META, base_arena_format(self->arena, "file %02d", i), value);
  }
}

#endif

#define FAST(test) cmocka_unit_test_setup_teardown(test, scratch_begin_fast, scratch_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      FAST(torn_last_frame_is_forgotten_and_zeroed),
      FAST(torn_first_frame_leaves_an_empty_store),
      FAST(garbage_behind_the_end_is_zeroed),
      FAST(restart_after_restart_keeps_everything),
      FAST(whole_frame_behind_damage_is_refused),
      FAST(whole_frame_that_does_not_continue_is_refused),
      FAST(missing_file_is_named),
      FAST(missing_first_file_is_named),
      FAST(file_that_was_drained_may_be_missing),
      FAST(journal_that_does_not_reach_the_data_is_refused),
      FAST(large_tail_is_drained_by_the_start),
      FAST(start_that_cannot_drain_says_so),
#ifdef HAOKE_FAILPOINTS
      FAST(start_that_dies_in_a_drain_is_repeated),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
