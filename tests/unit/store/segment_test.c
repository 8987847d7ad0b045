/* segment, journal: frames as bytes; files that follow one another; an entry found wherever it is. */
#include "base/failpoint.h"
#include "log_file.h"
#include "oracle.h"
#include "store/inside.h"

static const uint8_t id[16] = {1, 2, 3};

/* --- frames ------------------------------------------------------------------------------------ */

/* `count` entries of which the last is `size` bytes and the others empty. */
static size_t make_frame(base_buffer *out, uint32_t count, size_t size) {
  uint32_t ends[8] = {0};
  uint8_t entry[64];
  memset(entry, 0xa5, sizeof entry);
  ends[count - 1] = (uint32_t)size;
  segment_frame frame = {.first = 7, .epoch = 3, .count = count};
  base_buffer_clear(out);
  store_segment_frame_append(out, &frame, ends, base_slice_make(entry, size), id);
  assert_int_equal(out->size, store_segment_frame_size(size, count));
  assert_int_equal(out->size % 8, 0);
  return out->size;
}

static void frame_comes_back_in_all_sizes(void **state) {
  (void)state;
  base_buffer bytes = {0};
  for (uint32_t count = 1; count <= 8; count++) {
    for (size_t size = 0; size <= 40; size++) {
      segment_frame frame;
      base_slice entry;
      size_t whole = make_frame(&bytes, count, size);
      assert_true(store_segment_frame(base_buffer_slice(&bytes), 0, id, &frame));
      assert_int_equal(frame.size, whole);
      assert_int_equal(frame.first, 7);
      assert_int_equal(frame.epoch, 3);
      assert_int_equal(frame.count, count);
      for (uint32_t i = 0; i < count; i++) {
        assert_true(store_segment_entry(&frame, i, &entry));
        assert_int_equal(entry.size, i + 1 == count ? size : 0);
      }
      assert_false(store_segment_entry(&frame, count, &entry));
      assert_false(store_segment_frame(base_slice_make(bytes.data, whole - 1), 0, id, &frame));
      assert_false(store_segment_frame(base_buffer_slice(&bytes), whole, id, &frame));
      assert_false(store_segment_frame(base_buffer_slice(&bytes), SIZE_MAX - 3, id, &frame));
    }
  }
  base_buffer_fini(&bytes);
}

/* All but the zeros that fill it up, which say nothing. */
static void every_flipped_bit_of_a_frame_is_found(void **state) {
  (void)state;
  segment_frame frame;
  base_buffer bytes = {0};
  (void)make_frame(&bytes, 3, 21);
  size_t meant = SEGMENT_HEAD + 3 * 4 + 21;
  for (size_t bit = 0; bit < meant * 8; bit++) {
    bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    if (store_segment_frame(base_buffer_slice(&bytes), 0, id, &frame)) {
      fail_msg("bit %zu can be flipped", bit);
    }
    bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
  }
  assert_true(store_segment_frame(base_buffer_slice(&bytes), 0, id, &frame));
  static const uint8_t another[16] = {1, 2, 4};
  assert_false(store_segment_frame(base_buffer_slice(&bytes), 0, another, &frame));
  base_buffer_fini(&bytes);
}

/* --- files ------------------------------------------------------------------------------------- */

enum { FILE_BYTES = 16384 };

static bool has_file(const scratch *self, uint64_t number) {
  char path[512];
  log_file_path(self, number, path);
  return access(path, F_OK) == 0;
}

static base_slice filler(scratch *self, size_t size) {
  uint8_t *bytes = base_arena_alloc(self->arena, size + 1);
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)(1 + i % 250);
  return base_slice_make(bytes, size);
}

static base_code append_filler(scratch *self, store_group *group, size_t size) {
  uint64_t sequence;
  store_entry_head head = scratch_head(0);
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  ASSERT_OK(self, store_put(set, STORE_META, text("k"), filler(self, size), &self->error));
  return store_group_append(group, set, &head, &sequence, &self->error);
}

/* A group of one entry whose frame has exactly `size` bytes; a multiple of 8. What is around the
 * value grows with it beyond 64 KiB, which is why another of its kind is measured. */
static base_code commit_frame(scratch *self, size_t size) {
  store_group *group;
  size_t measured = size > 70000 ? 70000 : 1000;
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  ASSERT_OK(self, append_filler(self, group, measured));
  size_t around = store_group_size(group) - measured;
  store_group_abort(group);
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  base_code code = append_filler(self, group, size - SEGMENT_HEAD - 4 - around);
  if (code != BASE_OK) {
    store_group_abort(group);
    return code;
  }
  assert_int_equal(store_segment_frame_size(store_group_size(group), 1), size);
  return store_group_commit(group, &self->error);
}

static void assert_all_entries(scratch *self, uint64_t last) {
  store_entry entry;
  store_view *view = scratch_view(self);
  assert_int_equal(store_view_sequence(view), last);
  for (uint64_t sequence = 1; sequence <= last; sequence++) {
    assert_true(store_entry_get(view, sequence, &entry));
  }
  assert_false(store_entry_get(view, last + 1, &entry));
  ASSERT_OK(self, store_chain_verify(view, 1, last, NULL, NULL, &self->error));
  store_view_close(view);
}

/* A file is filled to its last byte; what would exceed it by the least begins the next. */
static void files_are_filled_to_their_end(void **state) {
  scratch *self = *state;
  self->options.segment_bytes = FILE_BYTES;
  scratch_open(self);
  ASSERT_OK(self, commit_frame(self, 8000));
  ASSERT_OK(self, commit_frame(self, FILE_BYTES - 8000));
  assert_false(has_file(self, 2));
  ASSERT_OK(self, commit_frame(self, 8000));
  assert_true(has_file(self, 2));
  ASSERT_OK(self, commit_frame(self, FILE_BYTES - 8000 + 8));
  assert_true(has_file(self, 3));
  ASSERT_OK(self, commit_frame(self, FILE_BYTES - (FILE_BYTES - 8000 + 8) - 8));
  assert_false(has_file(self, 4));
  assert_all_entries(self, 5);
  scratch_reopen(self);
  assert_all_entries(self, 5);
  ASSERT_OK(self, commit_frame(self, 1200));
  assert_true(has_file(self, 4));
  scratch_reopen(self);
  assert_all_entries(self, 6);
}

static void a_group_fills_at_most_a_file(void **state) {
  scratch *self = *state;
  self->options.segment_bytes = FILE_BYTES;
  scratch_open(self);
  ASSERT_OK(self, commit_frame(self, FILE_BYTES - 8));
  ASSERT_OK(self, commit_frame(self, FILE_BYTES));
  assert_int_equal(commit_frame(self, FILE_BYTES + 8), BASE_TOO_LARGE);
  assert_non_null(strstr(self->error.message, "16384 bytes (store.segment_bytes)"));
  assert_all_entries(self, 2);
  ASSERT_OK(self, commit_frame(self, 2000));
  scratch_reopen(self);
  assert_all_entries(self, 3);
}

/* One byte more than fits, whatever the alignment. */
static void the_limit_holds_to_the_byte(void **state) {
  scratch *self = *state;
  store_group *group;
  self->options.segment_bytes = FILE_BYTES;
  scratch_open(self);
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  ASSERT_OK(self, append_filler(self, group, 1000));
  size_t around = store_group_size(group) - 1000;
  size_t most = FILE_BYTES - SEGMENT_HEAD - 2 * 4 - 2 * around - 1000;
  store_group_abort(group);
  for (int more = -1; more <= 1; more++) {
    ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
    ASSERT_OK(self, append_filler(self, group, 1000));
    base_code code = append_filler(self, group, most + (size_t)more);
    assert_int_equal(code, more > 0 ? BASE_TOO_LARGE : BASE_OK);
    if (code != BASE_OK) {
      store_group_abort(group);
    } else {
      ASSERT_OK(self, store_group_commit(group, &self->error));
    }
  }
  assert_all_entries(self, 4);
}

/* --- looking entries up ------------------------------------------------------------------------ */

/* Entries of all sizes, in groups, in many files; each is itself after each restart, whether its
 * file was walked by the start, or is walked when it is asked for, in any order. */
static void entries_are_found_in_every_file(void **state) {
  enum { GROUPS = 120 };
  scratch *self = *state;
  uint64_t seed = oracle_seed(11), last = 0;
  static size_t sizes[GROUPS * 6 + 1];
  self->options.segment_bytes = (size_t)256 << 10;
  scratch_open(self);
  for (int i = 0; i < GROUPS; i++) {
    store_group *group;
    base_arena_reset(self->arena);
    ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
    for (uint32_t left = 1 + oracle_random(&seed, 5); left > 0; left--) {
      size_t size = oracle_random(&seed, oracle_random(&seed, 3) == 0 ? 30000 : 300);
      ASSERT_OK(self, append_filler(self, group, size));
      sizes[++last] = size;
    }
    ASSERT_OK(self, store_group_commit(group, &self->error));
    if (i % 40 == 20) scratch_reopen(self);
    if (i % 40 == 35) scratch_drain(self);
  }
  assert_true(has_file(self, 5));
  for (int round = 0; round < 3; round++) {
    if (round == 1) scratch_drain(self);
    if (round > 0) scratch_reopen(self);
    store_view *view = scratch_view(self);
    for (int i = 0; i < 600; i++) {
      store_entry entry;
      store_change change;
      uint64_t sequence = 1 + oracle_random(&seed, (uint32_t)last);
      base_arena_reset(self->arena);
      assert_true(store_entry_get(view, sequence, &entry));
      assert_true(store_entry_next(&entry.body, &change));
      assert_true(base_slice_equal(change.value, filler(self, sizes[sequence])));
    }
    store_view_close(view);
    assert_all_entries(self, last);
  }
}

/* --- the file made ahead ----------------------------------------------------------------------- */

static void ignore_wake(void *self) {
  (void)self;
}

static size_t file_size(const scratch *self, uint64_t number) {
  char path[512];
  struct stat found;
  log_file_path(self, number, path);
  assert_int_equal(stat(path, &found), 0);
  return (size_t)found.st_size;
}

static void the_next_file_is_made_ahead(void **state) {
  scratch *self = *state;
  self->options.segment_bytes = (size_t)256 << 10;
  scratch_open(self);
  store_drain_attach(self->store, ignore_wake, NULL);
  ASSERT_OK(self, commit_frame(self, 128 << 10));
  scratch_drain(self);
  assert_false(has_file(self, 2));
  ASSERT_OK(self, commit_frame(self, 1200));
  scratch_drain(self);
  assert_true(has_file(self, 2));
  assert_int_equal(file_size(self, 2), (size_t)256 << 10);
  scratch_drain(self);
  assert_false(has_file(self, 3));
  ASSERT_OK(self, commit_frame(self, 200 << 10));
  assert_int_equal(file_size(self, 2), (size_t)256 << 10);
  scratch_drain(self);
  assert_true(has_file(self, 3));
  store_drain_attach(self->store, NULL, NULL);
  assert_all_entries(self, 3);
  scratch_reopen(self);
  assert_all_entries(self, 3);
  ASSERT_OK(self, commit_frame(self, 200 << 10));
  scratch_reopen(self);
  assert_all_entries(self, 4);
  assert_true(has_file(self, 3));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frame_comes_back_in_all_sizes),
      cmocka_unit_test(every_flipped_bit_of_a_frame_is_found),
      cmocka_unit_test_setup_teardown(files_are_filled_to_their_end, scratch_begin_fast,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_group_fills_at_most_a_file, scratch_begin_fast,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(the_limit_holds_to_the_byte, scratch_begin_fast, scratch_end),
      cmocka_unit_test_setup_teardown(entries_are_found_in_every_file, scratch_begin_fast,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(the_next_file_is_made_ahead, scratch_begin_fast, scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
