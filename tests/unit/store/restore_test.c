/* restore: a store as it was after an entry, from a copy and journals; retention, whose archive a
 * restore can use. */
#include <dirent.h>
#include <sys/stat.h>

#include "oracle.h"
#include "store/segment.h"

#define ENTRIES 90
#define SMALL 32 /* every entry is restored to, which syncs a lot */
#define SEGMENT ((size_t)40 << 10)
#define FIRST_AT ((int64_t)1772848800000)
#define STEP_MS 1000

/* A store with small segments, and what it was after each entry. */
typedef struct past {
  scratch *room;
  uint64_t seed;
  oracle_keys keys;
  oracle after[ENTRIES + 1];
  uint64_t last;
} past;

static store *open_at(scratch *room, const char *path) {
  store *opened;
  store_options options = {.directory = path,
                           .map_bytes = room->options.map_bytes,
                           .segment_bytes = SEGMENT,
                           .drain_ops = 7};
  ASSERT_OK(room, store_open(&options, &opened, &room->error));
  return opened;
}

static int begin(void **state) {
  if (scratch_begin_closed(state) != 0) return -1;
  scratch *room = *state;
  room->store = open_at(room, room->directory);
  return 0;
}

static past *past_new(scratch *room, uint64_t seed) {
  past *self = base_arena_zero(room->arena, sizeof *self);
  self->room = room;
  self->seed = oracle_seed(seed);
  oracle_keys_init(&self->keys, &self->seed);
  self->after[0].keys = &self->keys;
  return self;
}

static void add_entry(past *self, store_group *group, base_arena *arena) {
  scratch *room = self->room;
  uint64_t sequence;
  bool touched[ORACLE_KEYS] = {false};
  oracle *now = &self->after[self->last + 1];
  store_entry_head head = scratch_head(FIRST_AT + (int64_t)self->last * STEP_MS);
  *now = self->after[self->last];
  store_change_set *set = store_change_set_new(store_group_view(group), arena);
  for (uint32_t i = 0; i < 16; i++) {
    store_table table = (store_table)oracle_random(&self->seed, STORE_TABLES);
    size_t index = oracle_change(now, set, table, &self->seed, &room->error);
    if (table == STORE_RECORD) touched[index] = true;
  }
  ASSERT_OK(room, store_group_append(group, set, &head, &sequence, &room->error));
  self->last++;
  assert_int_equal(sequence, self->last);
  for (size_t i = 0; i < ORACLE_KEYS; i++) {
    if (touched[i]) now->changed[i] = sequence;
  }
}

/* Groups of one to three entries, so that points lie inside of frames. */
static void go_on(past *self, uint64_t to) {
  scratch *room = self->room;
  base_arena *arena = base_arena_new();
  while (self->last < to) {
    store_group *group;
    ASSERT_OK(room, store_group_begin(room->store, &group, &room->error));
    uint32_t entries = 1 + oracle_random(&self->seed, 3);
    for (uint32_t i = 0; i < entries && self->last < to; i++) add_entry(self, group, arena);
    ASSERT_OK(room, store_group_commit(group, &room->error));
    base_arena_reset(arena);
  }
  base_arena_free(arena);
}

static const char *path_of(scratch *room, const char *name) {
  return base_arena_format(room->arena, "%s/%s", room->root, name);
}

static void remove_tree(const char *path) {
  assert_int_equal(nftw(path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static void check_is(past *self, const char *path, uint64_t sequence) {
  scratch *room = self->room;
  store *restored = open_at(room, path);
  assert_int_equal(store_info_get(restored).sequence, sequence);
  store_view *view;
  base_arena *arena = base_arena_new();
  ASSERT_OK(room, store_view_open(restored, &view, &room->error));
  store_change_set *set = store_change_set_new(view, arena);
  oracle_check(&self->after[sequence], set);
  oracle_check_sequences(&self->after[sequence], set);
  uint64_t first = store_info_get(restored).first;
  ASSERT_OK(room, store_chain_verify(view, first > 1 ? first + 1 : 1, sequence, NULL, NULL,
                                     &room->error));
  store_view_close(view);
  base_arena_free(arena);
  store_close(restored);
}

static base_code restore(scratch *room, const char *from, const char *const *journals,
                         store_point until, store_info *info) {
  store_restore_options options = {
      .from = from, .journals = journals, .to = path_of(room, "restored"), .until = until};
  return store_restore(&options, info, &room->error);
}

static store_point at_sequence(uint64_t sequence) {
  return (store_point){.sequence = sequence, .at = INT64_MAX};
}

static void restore_and_check(past *self, const char *from, const char *const *journals,
                              uint64_t sequence) {
  store_info info;
  ASSERT_OK(self->room, restore(self->room, from, journals, at_sequence(sequence), &info));
  assert_int_equal(info.sequence, sequence);
  assert_int_equal(info.at, FIRST_AT + (int64_t)(sequence - 1) * STEP_MS);
  check_is(self, path_of(self->room, "restored"), sequence);
  remove_tree(path_of(self->room, "restored"));
}

/* --- to every entry ---------------------------------------------------------------------------- */

static void every_sequence_is_as_it_was(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 1);
  const char *backup = path_of(room, "backup");
  go_on(self, SMALL / 2);
  ASSERT_OK(room, store_fork(room->store, backup, STORE_FORK_COPY, &room->error));
  go_on(self, SMALL);
  scratch_close(room);
  /* A copy that is older than the point, one that is newer, and the store itself. */
  const char *const journals[] = {room->directory, NULL};
  for (uint64_t sequence = 1; sequence <= SMALL; sequence++) {
    restore_and_check(self, backup, journals, sequence);
  }
  for (uint64_t sequence = 1; sequence <= SMALL / 2; sequence++) {
    restore_and_check(self, backup, NULL, sequence);
  }
  for (uint64_t sequence = 2; sequence <= SMALL; sequence += 5) {
    restore_and_check(self, room->directory, NULL, sequence);
  }
}

static void an_instant_is_its_last_entry(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 2);
  store_info info;
  go_on(self, 20);
  scratch_close(room);
  store_point until = {.at = FIRST_AT + 9 * STEP_MS + STEP_MS / 2};
  ASSERT_OK(room, restore(room, room->directory, NULL, until, &info));
  assert_int_equal(info.sequence, 10);
  remove_tree(path_of(room, "restored"));
  until.at = FIRST_AT + 9 * STEP_MS;
  ASSERT_OK(room, restore(room, room->directory, NULL, until, &info));
  assert_int_equal(info.sequence, 10);
  remove_tree(path_of(room, "restored"));
  until.at = FIRST_AT + 9 * STEP_MS - 1;
  ASSERT_OK(room, restore(room, room->directory, NULL, until, &info));
  assert_int_equal(info.sequence, 9);
  check_is(self, path_of(room, "restored"), 9);
  remove_tree(path_of(room, "restored"));
  until.at = FIRST_AT - 1;
  assert_int_equal(restore(room, room->directory, NULL, until, &info), BASE_NOT_FOUND);
  assert_non_null(strstr(room->error.message, "first entry is later"));
  assert_int_not_equal(access(path_of(room, "restored"), F_OK), 0);
}

static void an_empty_store_is_restored_empty(void **state) {
  scratch *room = *state;
  store_info info;
  scratch_close(room);
  ASSERT_OK(room, restore(room, room->directory, NULL, at_sequence(0), &info));
  assert_int_equal(info.sequence, 0);
  assert_int_equal(info.epoch, 2);
}

/* --- epochs ------------------------------------------------------------------------------------ */

static void the_epoch_is_above_all_before(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 3);
  store_info info;
  const char *backup = path_of(room, "backup");
  const char *second = path_of(room, "second");
  go_on(self, 10);
  ASSERT_OK(room, store_fork(room->store, backup, STORE_FORK_COPY, &room->error));
  go_on(self, 20);
  scratch_close(room);
  ASSERT_OK(room, restore(room, room->directory, NULL, at_sequence(15), &info));
  assert_int_equal(info.epoch, 2);
  assert_int_equal(rename(path_of(room, "restored"), second), 0);
  /* What the new history writes is of epoch 2, and goes another way than entries 16 to 20 did. */
  room->store = open_at(room, second);
  self->last = 15;
  go_on(self, 30);
  scratch_close(room);
  const char *const journals[] = {second, NULL};
  ASSERT_OK(room, restore(room, backup, journals, at_sequence(25), &info));
  assert_int_equal(info.epoch, 3);
  check_is(self, path_of(room, "restored"), 25);
  remove_tree(path_of(room, "restored"));
  /* Both histories together: the newer one counts. */
  const char *const both[] = {second, room->directory, NULL};
  restore_and_check(self, backup, both, 28);
  store_restore_options options = {
      .from = backup, .replaces = second, .to = path_of(room, "restored"), .until = at_sequence(0)};
  ASSERT_OK(room, store_restore(&options, &info, &room->error));
  assert_int_equal(info.epoch, 3);
  assert_int_equal(info.sequence, 10);
}

static void a_restored_store_goes_on(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 4);
  store_info info;
  go_on(self, 30);
  scratch_close(room);
  for (uint64_t cut = 28; cut > 8; cut -= 8) {
    ASSERT_OK(room, restore(room, room->directory, NULL, at_sequence(cut), &info));
    remove_tree(room->directory);
    assert_int_equal(rename(path_of(room, "restored"), room->directory), 0);
    room->store = open_at(room, room->directory);
    self->last = cut;
    go_on(self, cut + 2);
    scratch_close(room);
    check_is(self, room->directory, cut + 2);
  }
}

/* --- what is wrong with the journal ------------------------------------------------------------ */

static void flip(const char *path, long offset) {
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  assert_int_equal(fseek(file, offset, SEEK_SET), 0);
  int byte = fgetc(file);
  assert_int_equal(fseek(file, offset, SEEK_SET), 0);
  assert_int_not_equal(fputc(byte ^ 0x40, file), EOF);
  assert_int_equal(fclose(file), 0);
}

/* Where the journal's file ends its first frame behind `sequence`. */
static uint64_t last_of_first_frame(const char *path, const uint8_t id[16], size_t *size) {
  static uint8_t bytes[1 << 20];
  segment_frame frame;
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t read = fread(bytes, 1, sizeof bytes, file);
  assert_int_equal(fclose(file), 0);
  assert_true(store_segment_frame(base_slice_make(bytes, read), 0, id, &frame));
  *size = frame.size;
  return frame.first + frame.count - 1;
}

static void damage_behind_the_point_does_not_matter(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 5);
  store_info info;
  size_t size;
  go_on(self, 40);
  info = store_info_get(room->store);
  scratch_close(room);
  const char *second = base_arena_format(room->arena, "%s/journal/0000000002.log", room->directory);
  uint64_t last = last_of_first_frame(second, info.id, &size);
  flip(second, (long)size + SEGMENT_HEAD + 3);
  restore_and_check(self, room->directory, NULL, last);
  restore_and_check(self, room->directory, NULL, last - 1);
  /* Behind it entries are lost, which is said instead of passed over. */
  assert_int_equal(restore(room, room->directory, NULL, at_sequence(last + 1), &info),
                   BASE_NOT_FOUND);
  assert_int_equal(restore(room, room->directory, NULL, at_sequence(0), &info), BASE_INTERNAL);
  assert_non_null(strstr(room->error.message, "--sequence"));
  store_point until = {.at = FIRST_AT + 39 * STEP_MS};
  assert_int_equal(restore(room, room->directory, NULL, until, &info), BASE_INTERNAL);
}

static void a_missing_file_is_noticed(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 6);
  store_info info;
  go_on(self, 40);
  scratch_close(room);
  assert_int_equal(
      unlink(base_arena_format(room->arena, "%s/journal/0000000002.log", room->directory)), 0);
  assert_int_equal(restore(room, room->directory, NULL, at_sequence(0), &info), BASE_INTERNAL);
  assert_int_equal(restore(room, room->directory, NULL, at_sequence(39), &info), BASE_NOT_FOUND);
}

static void what_cannot_be_used_is_refused(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 7);
  store_info info;
  go_on(self, 10);
  assert_int_equal(restore(room, room->directory, NULL, at_sequence(0), &info), BASE_UNAVAILABLE);
  scratch_close(room);
  assert_int_equal(restore(room, room->directory, NULL, at_sequence(11), &info), BASE_NOT_FOUND);
  assert_non_null(strstr(room->error.message, "ends with entry 10"));
  assert_int_equal(restore(room, path_of(room, "nothing"), NULL, at_sequence(0), &info),
                   BASE_INVALID_ARGUMENT);
  const char *const nowhere[] = {path_of(room, "nothing"), NULL};
  assert_int_equal(restore(room, room->directory, nowhere, at_sequence(0), &info),
                   BASE_INVALID_ARGUMENT);
  const char *const foreign[] = {room->root, NULL};
  assert_int_equal(restore(room, room->directory, foreign, at_sequence(0), &info), BASE_NOT_FOUND);
  assert_int_not_equal(access(path_of(room, "restored"), F_OK), 0);
  assert_int_equal(mkdir(path_of(room, "restored"), 0700), 0);
  assert_int_equal(restore(room, room->directory, NULL, at_sequence(0), &info),
                   BASE_INVALID_ARGUMENT);
  assert_int_equal(access(path_of(room, "restored"), F_OK), 0);
}

/* --- retention --------------------------------------------------------------------------------- */

static size_t count_files(const char *path) {
  size_t count = 0;
  DIR *names = opendir(path);
  assert_non_null(names);
  for (const struct dirent *name = readdir(names); name != NULL; name = readdir(names)) {
    count += name->d_name[0] != '.';
  }
  (void)closedir(names);
  return count;
}

static void old_files_go_into_the_archive_and_back(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 8);
  size_t retired = 0;
  store_entry entry;
  const char *archive = path_of(room, "archive");
  const char *backup = path_of(room, "backup");
  assert_int_equal(mkdir(archive, 0700), 0);
  go_on(self, 20);
  ASSERT_OK(room, store_fork(room->store, backup, STORE_FORK_COPY, &room->error));
  go_on(self, ENTRIES);
  ASSERT_OK(room, store_drain(room->store, &room->error));
  store_view *old = scratch_view(room);
  assert_true(store_entry_get(old, 1, &entry));
  base_slice actor = entry.head.actor;
  ASSERT_OK(room, store_retire(room->store, FIRST_AT, archive, &retired, &room->error));
  assert_int_equal(retired, 0);
  int64_t before = FIRST_AT + 50 * STEP_MS;
  ASSERT_OK(room, store_retire(room->store, before, archive, &retired, &room->error));
  assert_true(retired > 1);
  uint64_t first = store_info_get(room->store).first;
  assert_in_range(first, 2, 50);
  /* A view that began before goes on with the journal that it found; a new one has the shorter. */
  assert_slice(actor, "wangfang");
  assert_true(store_entry_get(old, 1, &entry));
  store_view *now = scratch_view(room);
  assert_false(store_entry_get(now, first - 1, &entry));
  assert_true(store_entry_get(now, first, &entry));
  store_view_close(now);
  store_view_close(old);
  ASSERT_OK(room, store_retire(room->store, before, archive, &retired, &room->error));
  assert_int_equal(retired, 0);
  scratch_close(room);
  check_is(self, room->directory, ENTRIES);
  /* The backup goes on by the archive and the journal together, and by neither alone. */
  store_info info;
  const char *const live[] = {room->directory, NULL};
  const char *const both[] = {archive, room->directory, NULL};
  assert_int_equal(restore(room, backup, live, at_sequence(ENTRIES), &info), BASE_NOT_FOUND);
  restore_and_check(self, backup, both, ENTRIES);
  restore_and_check(self, backup, both, 33);
  restore_and_check(self, backup, both, 5);
  /* The store alone cannot go back behind its first entry. */
  assert_int_equal(restore(room, room->directory, NULL, at_sequence(first - 1), &info),
                   BASE_NOT_FOUND);
  const char *const archived[] = {archive, NULL};
  restore_and_check(self, room->directory, archived, 5);
}

static void check_file(scratch *room, store *opened, const char *bytes, base_code expected) {
  char name[STORE_FILE_NAME];
  base_buffer out = {0};
  store_file_name(base_slice_text(bytes), name);
  assert_int_equal(store_file_get(opened, name, &out, &room->error), expected);
  base_buffer_fini(&out);
}

/* Files that were erased before there was an archive: a restore with nothing but the archive knows them, too. */
static void an_archive_learns_what_was_erased_before(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 12);
  size_t retired = 0;
  store_info info;
  char name[STORE_FILE_NAME];
  const char *archive = path_of(room, "archive");
  const char *backup = path_of(room, "backup");
  const char *const archived[] = {archive, NULL};
  assert_int_equal(mkdir(archive, 0700), 0);
  ASSERT_OK(room, store_file_put(room->store, base_slice_text("stays"), name, &room->error));
  ASSERT_OK(room, store_file_put(room->store, base_slice_text("goes"), name, &room->error));
  go_on(self, 20);
  ASSERT_OK(room, store_fork(room->store, backup, STORE_FORK_COPY, &room->error));
  ASSERT_OK(room, store_file_erase(room->store, NULL, name, &room->error));
  go_on(self, ENTRIES);
  ASSERT_OK(room, store_drain(room->store, &room->error));
  int64_t before = FIRST_AT + ENTRIES * STEP_MS;
  ASSERT_OK(room, store_retire(room->store, before, archive, &retired, &room->error));
  assert_true(retired > 1);
  scratch_close(room);
  ASSERT_OK(room, restore(room, backup, archived, at_sequence(20), &info));
  store *restored = open_at(room, path_of(room, "restored"));
  check_file(room, restored, "goes", BASE_NOT_FOUND);
  check_file(room, restored, "stays", BASE_OK);
  store_close(restored);
}

static void what_the_archive_does_not_have_stays(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 9);
  size_t retired = 0;
  const char *archive = path_of(room, "archive");
  int64_t before = FIRST_AT + ENTRIES * STEP_MS;
  go_on(self, 40);
  ASSERT_OK(room, store_drain(room->store, &room->error));
  assert_int_equal(store_retire(room->store, before, archive, &retired, &room->error),
                   BASE_INVALID_ARGUMENT);
  assert_int_equal(retired, 0);
  assert_int_equal(store_info_get(room->store).first, 1);
  /* Another file of the same name is neither taken for ours nor written over. */
  assert_int_equal(mkdir(archive, 0700), 0);
  ASSERT_OK(room, store_retire(room->store, FIRST_AT, archive, &retired, &room->error));
  store_info info = store_info_get(room->store);
  base_buffer part = {0};
  base_buffer_format(&part, "%s/", archive);
  for (size_t i = 0; i < 16; i++) base_buffer_format(&part, "%02x", info.id[i]);
  base_buffer_format(&part, "-1");
  base_buffer_byte(&part, '\0');
  assert_int_equal(mkdir((const char *)part.data, 0700), 0);
  const char *other = base_arena_format(room->arena, "%s/0000000001.log", (const char *)part.data);
  FILE *file = fopen(other, "wb");
  assert_non_null(file);
  assert_int_equal(fclose(file), 0);
  assert_int_equal(store_retire(room->store, before, archive, &retired, &room->error),
                   BASE_INVALID_ARGUMENT);
  assert_non_null(strstr(room->error.message, "another"));
  assert_int_equal(store_info_get(room->store).first, 1);
  assert_int_equal(unlink(other), 0);
  /* A crash behind the copying: the same file is there already. */
  assert_int_equal(
      link(base_arena_format(room->arena, "%s/journal/0000000001.log", room->directory), other), 0);
  ASSERT_OK(room, store_retire(room->store, before, archive, &retired, &room->error));
  assert_true(retired > 1);
  assert_int_equal(count_files((const char *)part.data), retired);
  base_buffer_fini(&part);
}

static void what_is_not_drained_stays(void **state) {
  scratch *room = *state;
  size_t retired = 0;
  scratch_close(room);
  store_options options = {
      .directory = room->directory, .map_bytes = room->options.map_bytes, .segment_bytes = SEGMENT};
  ASSERT_OK(room, store_open(&options, &room->store, &room->error));
  past *self = past_new(room, 10);
  go_on(self, ENTRIES);
  int64_t before = FIRST_AT + ENTRIES * STEP_MS;
  ASSERT_OK(room, store_retire(room->store, before, NULL, &retired, &room->error));
  assert_int_equal(retired, 0);
  ASSERT_OK(room, store_drain(room->store, &room->error));
  ASSERT_OK(room, store_retire(room->store, before, NULL, &retired, &room->error));
  assert_true(retired > 1);
  scratch_close(room);
  check_is(self, room->directory, ENTRIES);
}

/* --- shared files ------------------------------------------------------------------------------ */

static void a_fork_does_not_change_what_it_shares(void **state) {
  scratch *room = *state;
  past *self = past_new(room, 11);
  struct stat one, other;
  const char *fork = path_of(room, "fork");
  go_on(self, 30);
  ASSERT_OK(room, store_fork(room->store, fork, STORE_FORK_SHARE, &room->error));
  const char *own = base_arena_format(room->arena, "%s/journal/0000000001.log", room->directory);
  const char *shared = base_arena_format(room->arena, "%s/journal/0000000001.log", fork);
  assert_int_equal(stat(own, &one), 0);
  assert_int_equal(stat(shared, &other), 0);
  assert_int_equal(one.st_ino, other.st_ino);
  /* The fork goes its own way, is retired and thrown away; its source does not notice. */
  store *source = room->store;
  room->store = open_at(room, fork);
  past *apart = base_arena_zero(room->arena, sizeof *apart);
  *apart = *self;
  apart->after[0].keys = &self->keys;
  go_on(apart, 50);
  size_t retired = 0;
  ASSERT_OK(room, store_drain(room->store, &room->error));
  ASSERT_OK(room, store_retire(room->store, FIRST_AT + 45 * STEP_MS, NULL, &retired, &room->error));
  assert_true(retired > 0);
  scratch_close(room);
  check_is(apart, fork, 50);
  remove_tree(fork);
  room->store = source;
  go_on(self, 40);
  scratch_close(room);
  check_is(self, room->directory, 40);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, scratch_end)
  const struct CMUnitTest tests[] = {
      TEST(every_sequence_is_as_it_was),
      TEST(an_instant_is_its_last_entry),
      TEST(an_empty_store_is_restored_empty),
      TEST(the_epoch_is_above_all_before),
      TEST(a_restored_store_goes_on),
      TEST(damage_behind_the_point_does_not_matter),
      TEST(a_missing_file_is_noticed),
      TEST(what_cannot_be_used_is_refused),
      TEST(old_files_go_into_the_archive_and_back),
      TEST(an_archive_learns_what_was_erased_before),
      TEST(what_the_archive_does_not_have_stays),
      TEST(what_is_not_drained_stays),
      TEST(a_fork_does_not_change_what_it_shares),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
