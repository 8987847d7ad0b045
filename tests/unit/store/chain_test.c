/* chain: an altered journal is found, an erased person is not an alteration. */
#include "log_file.h"
#include "store/inside.h"

enum { ENTRIES = 6, ALTERED = 3 };

/* Entry ALTERED has several changes, of all kinds; the others have one. All are drained, so that a
 * start takes their frames as they are and does not look into the entries. */
static void write_entries(scratch *self) {
  for (uint64_t sequence = 1; sequence <= ENTRIES; sequence++) {
    store_group *group;
    uint64_t written;
    store_entry_head head = {.at = 1772848800000 + (int64_t)sequence,
                             .actor = text("王芳"),
                             .op = text("customer.update"),
                             .request = text("5c1e"),
                             .cause = sequence - 1,
                             .packages = text("health_product 1.0.0")};
    ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
    store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
    ASSERT_OK(self, store_put(set, STORE_RECORD, text("customer 7"), text("刘洋"), &self->error));
    if (sequence == ALTERED) {
      ASSERT_OK(self, store_put(set, STORE_UNIQUE, text("13900002002"), text("7"), &self->error));
      ASSERT_OK(self, store_delete(set, STORE_TIMER, text("2026-03-30"), &self->error));
    }
    ASSERT_OK(self, store_group_append(group, set, &head, &written, &self->error));
    ASSERT_OK(self, store_group_commit(group, &self->error));
  }
  scratch_drain(self);
}

static base_slice read_entry(scratch *self, uint64_t sequence) {
  log_file file = log_file_open(self, 1);
  base_slice entry = base_arena_slice(self->arena, log_file_entry(&file, sequence));
  log_file_drop(&file);
  return entry;
}

static base_slice read_altered(scratch *self) {
  return read_entry(self, ALTERED);
}

static void write_altered(scratch *self, base_slice entry) {
  log_file file = log_file_open(self, 1);
  log_file_put(&file, ALTERED, entry);
  log_file_close(&file);
}

static base_code verify(scratch *self, uint64_t first, uint64_t last) {
  store_view *view = scratch_view(self);
  base_code code = store_chain_verify(view, first, last, NULL, NULL, &self->error);
  store_view_close(view);
  return code;
}

static void assert_breaks_at(scratch *self, uint64_t sequence) {
  char expected[64];
  (void)snprintf(expected, sizeof expected, "Journal entry %" PRIu64 " ", sequence);
  assert_int_equal(verify(self, 1, ENTRIES), BASE_INTERNAL);
  assert_memory_equal(self->error.message, expected, strlen(expected));
}

static void count_progress(uint64_t sequence, void *self) {
  uint64_t *last = self;
  assert_int_equal(sequence, *last + 1);
  *last = sequence;
}

static void whole_chain_and_its_parts_verify(void **state) {
  scratch *self = *state;
  uint64_t last = 0;
  write_entries(self);
  scratch_reopen(self);
  store_view *view = scratch_view(self);
  ASSERT_OK(self, store_chain_verify(view, 1, ENTRIES, count_progress, &last, &self->error));
  store_view_close(view);
  assert_int_equal(last, ENTRIES);
  ASSERT_OK(self, verify(self, 0, ENTRIES));
  ASSERT_OK(self, verify(self, ALTERED, ENTRIES));
  ASSERT_OK(self, verify(self, ENTRIES, ENTRIES));
  ASSERT_OK(self, verify(self, 2, 1));
  assert_int_equal(verify(self, 1, ENTRIES + 1), BASE_INTERNAL);
  assert_int_equal(verify(self, ENTRIES + 2, ENTRIES + 2), BASE_INTERNAL);
}

/* The file is altered where it lies, under the open store: quick, and the bytes the verifier reads.
 * Whatever a view has of an entry, it has from there. */
static void every_flipped_bit_is_found(void **state) {
  scratch *self = *state;
  segment_frame frame;
  write_entries(self);
  log_file file = log_file_open(self, 1);
  base_slice entry = log_file_entry(&file, ALTERED);
  size_t offset = (size_t)(entry.data - file.bytes.data);
  (void)log_file_frame(&file, ALTERED, &frame);
  assert_int_equal(frame.count, 1);
  store_view *view = scratch_view(self);
  for (size_t bit = 0; bit < entry.size * 8; bit++) {
    uint8_t byte = entry.data[bit / 8];
    uint8_t flipped = byte ^ (uint8_t)(1u << (bit % 8));
    log_file_write(file.path, offset + bit / 8, base_slice_make(&flipped, 1));
    base_code code = store_chain_verify(view, 1, ENTRIES, NULL, NULL, &self->error);
    if (code != BASE_INTERNAL) fail_msg("bit %zu can be flipped", bit);
    log_file_write(file.path, offset + bit / 8, base_slice_make(&byte, 1));
  }
  ASSERT_OK(self, store_chain_verify(view, 1, ENTRIES, NULL, NULL, &self->error));
  store_view_close(view);
  log_file_drop(&file);
}

static void altered_file_is_found_after_a_restart(void **state) {
  scratch *self = *state;
  write_entries(self);
  scratch_close(self);
  base_slice entry = read_altered(self);
  uint8_t *bytes = base_arena_alloc(self->arena, entry.size);
  memcpy(bytes, entry.data, entry.size);
  bytes[entry.size - 1] ^= 1;
  write_altered(self, base_slice_make(bytes, entry.size));
  scratch_open(self);
  assert_breaks_at(self, ALTERED);
  ASSERT_OK(self, verify(self, ALTERED + 1, ENTRIES));
}

static void resized_entries_are_found(void **state) {
  scratch *self = *state;
  write_entries(self);
  scratch_close(self);
  base_slice entry = read_altered(self);
  uint8_t *longer = base_arena_zero(self->arena, entry.size + 1);
  memcpy(longer, entry.data, entry.size);
  write_altered(self, base_slice_make(longer, entry.size + 1));
  scratch_open(self);
  assert_breaks_at(self, ALTERED);
  scratch_close(self);
  write_altered(self, base_slice_make(entry.data, entry.size / 2));
  scratch_open(self);
  assert_breaks_at(self, ALTERED);
}

/* Of a file that no start looks into: it is sealed, and drained. */
static void missing_entry_is_found_in_a_sealed_file(void **state) {
  scratch *self = *state;
  write_entries(self);
  self->options.segment_bytes = 4096;
  scratch_reopen(self);
  char *value = base_arena_zero(self->arena, 3001);
  memset(value, 'x', 3000);
  while (store_info_get(self->store).sequence < ENTRIES + 30) {
    scratch_commit(self, STORE_META, "k", value);
  }
  scratch_drain(self);
  ASSERT_OK(self, verify(self, 1, ENTRIES + 30));
  scratch_close(self);
  log_file file = log_file_open(self, 1);
  assert_true(log_file_end(&file) > 4096);
  log_file_remove_frame(&file, ALTERED);
  log_file_close(&file);
  scratch_open(self);
  assert_breaks_at(self, ALTERED);
  ASSERT_OK(self, verify(self, ALTERED + 2, ENTRIES + 30));
}

/* Of the file in which a start looks for the end: whole entries stand where none continues. */
static void missing_entry_in_the_last_file_is_refused(void **state) {
  scratch *self = *state;
  write_entries(self);
  scratch_close(self);
  log_file file = log_file_open(self, 1);
  log_file_remove_frame(&file, ALTERED);
  log_file_close(&file);
  store_options options = self->options;
  options.directory = self->directory;
  assert_int_equal(store_open(&options, &self->store, &self->error), BASE_INTERNAL);
  assert_non_null(strstr(self->error.message, "journal/0000000001.log is damaged at byte"));
}

/* Who alters an entry and its hash as well must alter all that follow. */
static void entry_with_a_forged_hash_breaks_the_next(void **state) {
  scratch *self = *state;
  size_t changes;
  store_entry before, entry;
  write_entries(self);
  scratch_close(self);
  assert_true(store_entry_decode(read_entry(self, ALTERED - 1), &before, &changes));
  assert_true(store_entry_decode(read_altered(self), &entry, &changes));
  entry.head.actor = text("别人");
  base_hash hash;
  base_buffer out = {0};
  store_last last = store_entry_last(&before);
  size_t place = store_entry_append_head(&out, &entry.head, changes);
  store_chain_begin(&hash, &last.hash, ALTERED, &entry.head);
  for (; changes > 0; changes--) {
    store_stored_change stored;
    assert_true(store_entry_decode_change(&entry.body, &stored));
    store_entry_append_change(&out, &stored);
    store_chain_add(&hash, &stored);
  }
  base_digest forged = base_hash_final(&hash);
  memcpy(out.data + place, forged.bytes, sizeof forged.bytes);
  write_altered(self, base_buffer_slice(&out));
  base_buffer_fini(&out);
  scratch_open(self);
  ASSERT_OK(self, verify(self, 1, ALTERED));
  assert_breaks_at(self, ALTERED + 1);
}

/* --- erasing --- */

static base_slice digest_of(scratch *self, const store_stored_change *stored) {
  base_hash hash;
  base_hash_init(&hash);
  base_hash_add(&hash, stored->salt);
  base_hash_add(&hash, stored->change.key);
  base_hash_add_integer(&hash, stored->change.deleted);
  base_hash_add(&hash, stored->change.value);
  base_digest digest = base_hash_final(&hash);
  return base_arena_slice(self->arena, base_slice_make(digest.bytes, sizeof digest.bytes));
}

/* The entry with salt, key and value of every change in `erase` (a bit each) replaced by the digest. */
static base_slice erase(scratch *self, base_slice bytes, unsigned changes_to_erase) {
  size_t changes;
  store_entry entry;
  base_buffer out = {0};
  assert_true(store_entry_decode(bytes, &entry, &changes));
  size_t place = store_entry_append_head(&out, &entry.head, changes);
  for (size_t i = 0; i < changes; i++) {
    store_stored_change stored;
    assert_true(store_entry_decode_change(&entry.body, &stored));
    if ((changes_to_erase >> i & 1) != 0) {
      stored.digest = digest_of(self, &stored);
      stored.change.erased = true;
    }
    store_entry_append_change(&out, &stored);
  }
  memcpy(out.data + place, entry.hash.data, entry.hash.size);
  base_slice erased = base_arena_slice(self->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return erased;
}

static bool holds(base_slice bytes, const char *word) {
  return memmem(bytes.data, bytes.size, word, strlen(word)) != NULL;
}

static void erased_changes_keep_the_chain(void **state) {
  scratch *self = *state;
  write_entries(self);
  scratch_close(self);
  base_slice entry = read_altered(self);
  assert_true(holds(entry, "刘洋") && holds(entry, "13900002002"));
  for (unsigned changes = 0; changes < 8; changes++) {
    base_slice erased = erase(self, entry, changes);
    assert_int_equal(holds(erased, "刘洋"), (changes & 1) == 0);
    assert_int_equal(holds(erased, "13900002002"), (changes & 2) == 0);
    write_altered(self, erased);
    scratch_open(self);
    ASSERT_OK(self, verify(self, 1, ENTRIES));
    scratch_close(self);
  }
}

static void erased_change_reads_as_erased(void **state) {
  scratch *self = *state;
  store_entry entry;
  store_change change;
  write_entries(self);
  scratch_close(self);
  write_altered(self, erase(self, read_altered(self), 1));
  scratch_open(self);
  store_view *view = scratch_view(self);
  assert_true(store_entry_get(view, ALTERED, &entry));
  assert_true(store_entry_next(&entry.body, &change));
  assert_true(change.erased && !change.deleted);
  assert_int_equal(change.table, STORE_RECORD);
  assert_int_equal(change.previous, ALTERED - 1);
  assert_int_equal(change.key.size, 0);
  assert_int_equal(change.value.size, 0);
  assert_true(store_entry_next(&entry.body, &change));
  assert_false(change.erased);
  assert_slice(change.key, "13900002002");
  store_view_close(view);
}

static void erased_digest_cannot_be_altered(void **state) {
  scratch *self = *state;
  write_entries(self);
  scratch_close(self);
  base_slice erased = erase(self, read_altered(self), 4);
  uint8_t *bytes = base_arena_alloc(self->arena, erased.size);
  memcpy(bytes, erased.data, erased.size);
  bytes[erased.size - 5] ^= 0x10; /* within the digest of the last change */
  write_altered(self, base_slice_make(bytes, erased.size));
  scratch_open(self);
  assert_breaks_at(self, ALTERED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(whole_chain_and_its_parts_verify, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(every_flipped_bit_is_found, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(altered_file_is_found_after_a_restart, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(resized_entries_are_found, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(missing_entry_is_found_in_a_sealed_file, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(missing_entry_in_the_last_file_is_refused, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(entry_with_a_forged_hash_breaks_the_next, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(erased_changes_keep_the_chain, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(erased_change_reads_as_erased, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(erased_digest_cannot_be_altered, scratch_begin, scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
