/* erase: what is judged away is in no file, what stays reads as left, views go on, and the chain holds. */
#include <pthread.h>

#include "base/failpoint.h"
#include "log_file.h"
#include "store/inside.h"

enum { ENTRIES = 6 };

/* Records "person" lose their value, their unique rows all, everything else stays. */
typedef struct judging {
  size_t looked;
  size_t judged;
} judging;

static void look(const store_entry *entry, void *self) {
  judging *judge = self;
  (void)entry;
  judge->looked++;
}

static store_verdict judge(const store_entry *entry, const store_change *change, store_change *left,
                           void *self) {
  judging *judged = self;
  (void)entry;
  judged->judged++;
  if (change->table == STORE_UNIQUE) return STORE_ERASE;
  bool ours = change->table == STORE_RECORD && base_slice_equal(change->key, text("person"));
  if (!ours || base_slice_equal(change->value, text("***"))) return STORE_KEEP;
  left->value = text("***");
  return STORE_REDACT;
}

static void write_entries(scratch *self) {
  for (int i = 0; i < ENTRIES / 3; i++) {
    (void)scratch_commit(self, STORE_RECORD, "person", "赵云岚 13977712345");
    (void)scratch_commit(self, STORE_UNIQUE, "13977712345", "7");
    (void)scratch_commit(self, STORE_RECORD, "other", "王秀兰");
  }
}

static size_t erase(scratch *self) {
  size_t changed = 0;
  judging judged = {0};
  store_eraser eraser = {.look = look, .judge = judge, .self = &judged};
  ASSERT_OK(self, store_erase(self->store, NULL, &eraser, &changed, &self->error));
  assert_true(judged.looked >= ENTRIES);
  return changed;
}

static void assert_erased(scratch *self) {
  store_view *view = scratch_view(self);
  uint64_t last = store_view_sequence(view);
  ASSERT_OK(self, store_chain_verify(view, 1, last, NULL, NULL, &self->error));
  for (uint64_t sequence = 1; sequence <= ENTRIES; sequence++) {
    store_entry entry;
    store_change change;
    assert_true(store_entry_get(view, sequence, &entry));
    base_slice rest = entry.body;
    assert_true(store_entry_next(&rest, &change));
    assert_int_equal(change.erased, sequence % 3 == 2);
    if (sequence % 3 == 1) assert_true(base_slice_equal(change.value, text("***")));
    if (sequence % 3 == 0) assert_true(base_slice_equal(change.value, text("王秀兰")));
    if (sequence == 4) assert_int_equal(change.previous, 1);
  }
  store_view_close(view);
}

static void what_is_judged_is_gone_and_the_chain_holds(void **state) {
  scratch *self = *state;
  write_entries(self);
  assert_int_equal(erase(self), 4);
  assert_erased(self);
  log_file file = log_file_open(self, 1);
  assert_null(memmem(file.bytes.data, file.bytes.size, "13977712345", 11));
  log_file_drop(&file);
  scratch_reopen(self);
  assert_erased(self);
  assert_int_equal(erase(self), 0);
}

static void views_keep_what_they_hold(void **state) {
  scratch *self = *state;
  store_entry entry;
  store_change change;
  write_entries(self);
  store_view *view = scratch_view(self);
  assert_true(store_entry_get(view, 1, &entry));
  base_slice rest = entry.body;
  assert_true(store_entry_next(&rest, &change));
  assert_int_equal(erase(self), 4);
  scratch_drain(self);
  assert_true(base_slice_equal(change.value, text("赵云岚 13977712345")));
  assert_true(store_entry_get(view, 1, &entry));
  rest = entry.body;
  assert_true(store_entry_next(&rest, &change));
  assert_true(base_slice_equal(change.value, text("***")));
  store_view_close(view);
  assert_erased(self);
}

static void writing_goes_on_behind(void **state) {
  scratch *self = *state;
  write_entries(self);
  assert_int_equal(erase(self), 4);
  uint64_t next = scratch_commit(self, STORE_RECORD, "other", "李大山");
  assert_int_equal(next, ENTRIES + 1);
  scratch_reopen(self);
  assert_erased(self);
  assert_int_equal(store_info_get(self->store).sequence, ENTRIES + 1);
}

/* --- a group is on its way to the disk ------------------------------------------------------------ */

#ifdef HAOKE_FAILPOINTS

typedef struct meanwhile {
  scratch *self;
  base_code code;
  size_t changed;
  size_t looked;
  atomic_bool waits;
  atomic_bool ended; /* without */
} meanwhile;

static void *erase_meanwhile(void *argument) {
  meanwhile *other = argument;
  base_error error = {.language = BASE_EN};
  judging judged = {0};
  store_eraser eraser = {.look = look, .judge = judge, .self = &judged};
  other->code = store_erase(other->self->store, NULL, &eraser, &other->changed, &error);
  other->looked = judged.looked;
  atomic_store(&other->ended, true);
  return NULL;
}

static void append(scratch *self, store_group *group, const char *key, const char *value) {
  uint64_t sequence = 0;
  store_entry_head head = scratch_head(1772848800000);
  store_change_set *set = store_change_set_new(store_group_view(group), self->arena);
  ASSERT_OK(self, store_put(set, STORE_RECORD, text(key), text(value), &self->error));
  ASSERT_OK(self, store_group_append(group, set, &head, &sequence, &self->error));
}

static void note_waiting(const char *name, void *self) {
  meanwhile *other = self;
  if (strcmp(name, "store.group.awaits") == 0) atomic_store(&other->waits, true);
}

/* The erasure waits for it and reaches it. */
static void group_on_its_way_is_erased_too(void **state) {
  scratch *self = *state;
  pthread_t thread;
  store_group *group;
  meanwhile other = {.self = self};
  write_entries(self);
  ASSERT_OK(self, store_group_begin(self->store, &group, &self->error));
  append(self, group, "person", "孙梅 13977712345");
  append(self, group, "other", "李大山");
  ASSERT_OK(self, store_group_seal(group, &self->error));
  base_failpoint_watch(note_waiting, &other);
  assert_int_equal(pthread_create(&thread, NULL, erase_meanwhile, &other), 0);
  while (!atomic_load(&other.waits) && !atomic_load(&other.ended)) continue;
  ASSERT_OK(self, store_group_flush(group, &self->error));
  assert_int_equal(pthread_join(thread, NULL), 0);
  base_failpoint_watch(NULL, NULL);
  assert_true(other.waits);
  assert_int_equal(other.code, BASE_OK);
  assert_int_equal(other.looked, ENTRIES + 2);
  assert_int_equal(other.changed, 5);
  assert_erased(self);
  log_file file = log_file_open(self, 1);
  assert_null(memmem(file.bytes.data, file.bytes.size, "13977712345", 11));
  assert_non_null(memmem(file.bytes.data, file.bytes.size, "李大山", strlen("李大山")));
  log_file_drop(&file);
  scratch_reopen(self);
  assert_erased(self);
  assert_int_equal(store_info_get(self->store).sequence, ENTRIES + 2);
}

#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_is_judged_is_gone_and_the_chain_holds, scratch_begin,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(views_keep_what_they_hold, scratch_begin, scratch_end),
      cmocka_unit_test_setup_teardown(writing_goes_on_behind, scratch_begin, scratch_end),
#ifdef HAOKE_FAILPOINTS
      cmocka_unit_test_setup_teardown(group_on_its_way_is_erased_too, scratch_begin, scratch_end),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
