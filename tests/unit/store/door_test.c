/* door: the whole of store.h against an oracle in memory: random ops in groups that are committed,
 * aborted, too large, or refused by a full disk; ops that fail; views held while others commit and
 * drain; drains by themselves and at random; restarts with other sizes; forks that take the store's
 * place; restores to any entry or instant, from a copy and the journal behind it; a disk that fills up and
 * empties, with a reserve on it. At the end of each life of a store the journal must give every change
 * again. It knows nothing of what is inside.
 *
 * HAOKE_TEST_SEED repeats a run, HAOKE_TEST_OPS makes it longer: puts, deletes, reads, ranges. */
#include "base/buffer.h"
#include "base/failpoint.h"
#include "full_disk.h"
#include "oracle.h"

enum { OPS = 1000000, LIFE_OPS = 100000, HELD_MOST = 3, CHANGES_MOST = 24 };

/* A change as the journal must have it. */
typedef struct expected_change {
  uint64_t sequence;
  uint64_t previous;
  store_table table;
  size_t index;
  uint32_t number;
} expected_change;

typedef struct held_view {
  store_view *view;
  oracle then;
  uint64_t sequence;
} held_view;

typedef struct world {
  scratch *scratch;
  uint64_t ops;
  uint64_t aborts, refusals, forks, restarts, drains, restores, fillings;
  bool lane; /* the test drains; else commits drain by themselves */
  unsigned forked;
  uint64_t seed;
  oracle_keys keys;
  oracle committed;
  oracle pending; /* with what the open group appended */
  uint64_t sequence;
  uint64_t pending_sequence;
  int64_t at;
  int64_t pending_at;
  held_view held[HELD_MOST];
  size_t held_count;
  base_buffer journal; /* of expected_change */
  base_buffer instants;
} world;

static uint32_t draw(world *self, uint32_t below) {
  return oracle_random(&self->seed, below);
}

/* --- one op --- */

/* The changes of the set in the order of the journal. */
static void note_entry(world *self, const oracle *working,
                       bool touched[STORE_TABLES][ORACLE_KEYS]) {
  for (store_table table = 0; table < STORE_TABLES; table++) {
    for (size_t index = 0; index < ORACLE_KEYS; index++) {
      if (!touched[table][index]) continue;
      bool record = table == STORE_RECORD;
      bool existed = record && self->pending.values[table][index] != 0;
      expected_change change = {.sequence = self->pending_sequence,
                                .previous = existed ? self->pending.changed[index] : 0,
                                .table = table,
                                .index = index,
                                .number = working->values[table][index]};
      base_buffer_append(&self->journal, &change, sizeof change);
    }
  }
  base_buffer_append(&self->instants, &self->pending_at, sizeof self->pending_at);
}

/* False when the group has become too large. */
static bool keep_op(world *self, store_group *group, const store_change_set *set, oracle *working,
                    bool touched[STORE_TABLES][ORACLE_KEYS]) {
  uint64_t sequence;
  scratch *room = self->scratch;
  store_entry_head head = scratch_head((int64_t)draw(self, 1000000));
  base_code code = store_group_append(group, set, &head, &sequence, &room->error);
  if (code == BASE_TOO_LARGE) return false;
  ASSERT_OK(room, code);
  assert_int_equal(sequence, ++self->pending_sequence);
  if (head.at > self->pending_at) self->pending_at = head.at;
  note_entry(self, working, touched);
  for (size_t i = 0; i < ORACLE_KEYS; i++) {
    if (touched[STORE_RECORD][i]) working->changed[i] = sequence;
  }
  self->pending = *working;
  return true;
}

/* False when the group must be aborted. */
static bool run_op(world *self, store_group *group) {
  oracle working = self->pending;
  bool touched[STORE_TABLES][ORACLE_KEYS] = {{false}};
  store_change_set *set = store_change_set_new(store_group_view(group), self->scratch->arena);
  uint32_t most = draw(self, 20) == 0 ? CHANGES_MOST * 20 : CHANGES_MOST;
  for (uint32_t left = draw(self, most); left > 0; left--) {
    store_table table = (store_table)draw(self, STORE_TABLES);
    size_t index = oracle_change(&working, set, table, &self->seed, &self->scratch->error);
    touched[table][index] = true;
    self->ops += 2;
    oracle_check_get(&working, set, (store_table)draw(self, STORE_TABLES), draw(self, ORACLE_KEYS));
  }
  for (uint32_t left = draw(self, 4); left > 0; left--) {
    oracle_check_random_range(&working, set, &self->seed);
    self->ops++;
  }
  oracle_check_sequences(&self->pending, set);
  bool failed = draw(self, 4) == 0;
  return failed || keep_op(self, group, set, &working, touched);
}

/* --- one group --- */

static base_code commit_group(world *self, store_group *group) {
#ifdef HAOKE_FAILPOINTS
  if (draw(self, 30) == 0) base_failpoint_arm("store.journal.write:1:error");
  base_code code = store_group_commit(group, &self->scratch->error);
  base_failpoint_arm(NULL);
  return code;
#else
  return store_group_commit(group, &self->scratch->error);
#endif
}

static void run_group(world *self) {
  store_group *group;
  scratch *room = self->scratch;
  size_t journal = self->journal.size, instants = self->instants.size;
  base_arena_reset(room->arena);
  self->pending = self->committed;
  self->pending_sequence = self->sequence;
  self->pending_at = self->at;
  ASSERT_OK(room, store_group_begin(room->store, &group, &room->error));
  bool whole = true;
  for (uint32_t left = draw(self, 6); left > 0 && whole; left--) whole = run_op(self, group);
  base_code code = BASE_STORAGE_FULL;
  if (!whole || draw(self, 5) == 0) {
    store_group_abort(group);
    self->aborts++;
  } else {
    code = commit_group(self, group);
    if (code == BASE_STORAGE_FULL) self->refusals++;
  }
  if (code == BASE_STORAGE_FULL) {
    self->journal.size = journal;
    self->instants.size = instants;
    return;
  }
  ASSERT_OK(room, code);
  self->committed = self->pending;
  self->sequence = self->pending_sequence;
  self->at = self->pending_at;
}

/* --- views --- */

static void check_view(world *self, store_view *view, const oracle *then, uint64_t sequence) {
  store_entry entry;
  store_change_set *set = store_change_set_new(view, self->scratch->arena);
  assert_int_equal(store_view_sequence(view), sequence);
  assert_int_equal(store_entry_get(view, sequence, &entry), sequence > 0);
  assert_false(store_entry_get(view, sequence + 1, &entry));
  oracle_check(then, set);
  oracle_check_sequences(then, set);
  for (int i = 0; i < 4; i++) oracle_check_random_range(then, set, &self->seed);
}

static void hold_view(world *self) {
  if (self->held_count == HELD_MOST) return;
  held_view *held = &self->held[self->held_count++];
  *held = (held_view){
      .view = scratch_view(self->scratch), .then = self->committed, .sequence = self->sequence};
}

static void let_go_of_a_view(world *self) {
  if (self->held_count == 0) return;
  held_view *held = &self->held[draw(self, (uint32_t)self->held_count)];
  check_view(self, held->view, &held->then, held->sequence);
  store_view_close(held->view);
  *held = self->held[--self->held_count];
}

static void check_committed(world *self) {
  store_info info = store_info_get(self->scratch->store);
  assert_int_equal(info.sequence, self->sequence);
  assert_int_equal(info.at, self->at);
  store_view *view = scratch_view(self->scratch);
  check_view(self, view, &self->committed, self->sequence);
  store_view_close(view);
}

/* --- drains, restarts, forks ------------------------------------------------------------------- */

static void drain(world *self) {
  ASSERT_OK(self->scratch, store_drain(self->scratch->store, &self->scratch->error));
  self->drains++;
}

static void ignore_wake(void *self) {
  (void)self;
}

/* Sizes so small that every path is taken, and others. */
static void choose_options(world *self) {
  static const size_t segments[] = {(size_t)16 << 10, (size_t)64 << 10, (size_t)256 << 10,
                                    (size_t)4 << 20};
  store_options *options = &self->scratch->options;
  options->segment_bytes = segments[draw(self, 4)];
  options->drain_ops = draw(self, 3) == 0 ? 0 : 1 + draw(self, 40);
  options->drain_bytes = draw(self, 3) == 0 ? 0 : 300000 + draw(self, 400000);
  options->tail_bytes = draw(self, 3) == 0 ? 0 : (size_t)64 << 20;
  options->reserve_bytes = draw(self, 3) == 0 ? 0 : (size_t)(4096 << draw(self, 7));
  self->lane = draw(self, 2) == 0;
}

/* `fresh`: in a directory where no store was open before. */
static void open_again(world *self, bool fresh) {
  scratch_open(self->scratch);
  full_disk_opened(&full_disk_now, self->scratch->options.reserve_bytes, fresh);
  full_disk_check(&full_disk_now, self->scratch);
  if (self->lane) store_drain_attach(self->scratch->store, ignore_wake, NULL);
  check_committed(self);
}

static void restart(world *self) {
  while (self->held_count > 0) let_go_of_a_view(self);
  scratch_close(self->scratch);
  choose_options(self);
  open_again(self, false);
  self->restarts++;
}

static void remove_directory(const char *path) {
  assert_int_equal(nftw(path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* A copy is the store of that moment; it is thrown away, or the store goes on as its copy. */
static void fork_store(world *self) {
  char path[sizeof self->scratch->directory];
  scratch *room = self->scratch;
  store_fork_kind kind = draw(self, 2) == 0 ? STORE_FORK_COPY : STORE_FORK_SHARE;
  (void)snprintf(path, sizeof path, "%s/fork%u", room->root, self->forked++);
  ASSERT_OK(room, store_fork(room->store, path, kind, &room->error));
  self->forks++;
  if (draw(self, 2) == 0) {
    store *source = room->store;
    store_options options = room->options;
    options.directory = path;
    ASSERT_OK(room, store_open(&options, &room->store, &room->error));
    check_committed(self);
    scratch_close(room);
    room->store = source;
    remove_directory(path);
    return;
  }
  while (self->held_count > 0) let_go_of_a_view(self);
  scratch_close(room);
  remove_directory(room->directory);
  (void)snprintf(room->directory, sizeof room->directory, "%s", path);
  open_again(self, true);
}

/* --- restores ---------------------------------------------------------------------------------- */

/* What the store was after that entry is what all entries up to it make. */
static void go_back(world *self, uint64_t sequence) {
  const expected_change *change = (const expected_change *)(const void *)self->journal.data;
  const expected_change *end = change + self->journal.size / sizeof *change;
  const int64_t *instants = (const int64_t *)(const void *)self->instants.data;
  self->committed = (oracle){.keys = &self->keys};
  for (; change < end && change->sequence <= sequence; change++) {
    self->committed.values[change->table][change->index] = change->number;
    if (change->table == STORE_RECORD) self->committed.changed[change->index] = change->sequence;
  }
  self->at = sequence == 0 ? 0 : instants[sequence - 1];
  self->sequence = sequence;
  self->journal.size -= (size_t)(end - change) * sizeof *change;
  self->instants.size = sequence * sizeof *instants;
}

/* An entry that was drawn, or the last one of its instant. */
static store_point draw_point(world *self, uint64_t *sequence) {
  const int64_t *instants = (const int64_t *)(const void *)self->instants.data;
  *sequence = self->sequence == 0 ? 0 : 1 + draw(self, (uint32_t)self->sequence);
  if (*sequence == 0 || draw(self, 2) == 0) {
    return (store_point){.sequence = *sequence, .at = INT64_MAX};
  }
  int64_t at = instants[*sequence - 1];
  while (*sequence < self->sequence && instants[*sequence] == at) ++*sequence;
  return (store_point){.at = at};
}

/* From a copy that was made some groups ago, with the store's own journal behind it; or from the store
 * itself. What comes takes the store's place. */
static void restore(world *self) {
  char copy[sizeof self->scratch->directory], made[sizeof self->scratch->directory];
  uint64_t sequence;
  store_info info;
  scratch *room = self->scratch;
  bool copied = draw(self, 2) == 0;
  (void)snprintf(copy, sizeof copy, "%s/copy%u", room->root, self->forked);
  (void)snprintf(made, sizeof made, "%s/restored%u", room->root, self->forked++);
  if (copied) ASSERT_OK(room, store_fork(room->store, copy, STORE_FORK_COPY, &room->error));
  for (uint32_t left = copied ? draw(self, 5) : 0; left > 0; left--) run_group(self);
  while (self->held_count > 0) let_go_of_a_view(self);
  uint64_t epoch = store_info_get(room->store).epoch;
  scratch_close(room);
  /* A journal without an entry is refused. */
  const char *journals[] = {copied && self->sequence > 0 ? room->directory : NULL, NULL};
  store_restore_options options = {.from = copied ? copy : room->directory,
                                   .journals = journals,
                                   .replaces = room->directory,
                                   .to = made,
                                   .until = draw_point(self, &sequence)};
  ASSERT_OK(room, store_restore(&options, &info, &room->error));
  assert_true(info.epoch > epoch);
  remove_directory(room->directory);
  if (copied) remove_directory(copy);
  (void)snprintf(room->directory, sizeof room->directory, "%s", made);
  go_back(self, sequence);
  open_again(self, true);
  self->restores++;
}

/* --- a full disk ------------------------------------------------------------------------------- */

/* Others fill the disk or leave it; somebody who frees something asks for room, again and again. */
static void fill_disk(world *self) {
  size_t whole = full_disk_now.whole;
  full_disk_now.room = whole == 0 ? SIZE_MAX / 4 : draw(self, (uint32_t)whole * 3);
  for (uint32_t left = 1 + draw(self, 6); left > 0; left--) {
    full_disk_check(&full_disk_now, self->scratch);
  }
  self->fillings++;
}

/* --- the journal --- */

static void check_entry_change(const world *self, const expected_change *expected,
                               base_slice *rest) {
  store_change change;
  assert_true(store_entry_next(rest, &change));
  assert_int_equal(change.table, expected->table);
  assert_true(base_slice_equal(change.key, oracle_key(&self->keys, expected->index)));
  assert_int_equal(change.previous, expected->previous);
  assert_false(change.erased);
  oracle_check_value(expected->number, !change.deleted, change.value);
}

static void check_journal(world *self) {
  store_entry entry;
  store_change change;
  scratch *room = self->scratch;
  store_view *view = scratch_view(room);
  const expected_change *next = (const expected_change *)(const void *)self->journal.data;
  const expected_change *end = next + self->journal.size / sizeof *next;
  const int64_t *instants = (const int64_t *)(const void *)self->instants.data;
  for (uint64_t sequence = 1; sequence <= self->sequence; sequence++) {
    assert_true(store_entry_get(view, sequence, &entry));
    assert_int_equal(entry.head.at, instants[sequence - 1]);
    for (; next < end && next->sequence == sequence; next++) {
      check_entry_change(self, next, &entry.body);
    }
    assert_false(store_entry_next(&entry.body, &change));
  }
  assert_ptr_equal(next, end);
  ASSERT_OK(room, store_chain_verify(view, 1, self->sequence, NULL, NULL, &room->error));
  store_view_close(view);
}

/* --- lives ------------------------------------------------------------------------------------- */

static void take_a_turn(world *self) {
  uint32_t next = draw(self, 100);
  if (next < 20) hold_view(self);
  if (next >= 20 && next < 40) let_go_of_a_view(self);
  if (next >= 40 && next < 50) drain(self);
  if (next == 50 || next == 51) restart(self);
  if (next == 52) fork_store(self);
  if (next == 53) restore(self);
  if (next >= 54 && next < 58) fill_disk(self);
  if (next >= 60 && next < 70) check_committed(self);
  if (self->lane && store_drain_delay(self->scratch->store) == 0 && draw(self, 2) == 0) drain(self);
}

/* A new store, from its first entry until it has had its ops. */
static void live(world *self, uint64_t until) {
  scratch *room = self->scratch;
  self->committed = (oracle){.keys = &self->keys};
  self->sequence = 0;
  self->at = 0;
  base_buffer_clear(&self->journal);
  base_buffer_clear(&self->instants);
  oracle_keys_init(&self->keys, &self->seed);
  choose_options(self);
  open_again(self, true);
  while (self->ops < until) {
    run_group(self);
    take_a_turn(self);
  }
  restart(self);
  check_journal(self);
  scratch_close(room);
  remove_directory(room->directory);
}

static void random_ops_equal_the_oracle(void **state) {
  world *self = base_alloc(sizeof *self);
  *self = (world){.scratch = *state, .seed = oracle_seed(1)};
  const char *wanted = getenv("HAOKE_TEST_OPS");
  uint64_t ops = wanted == NULL ? OPS : strtoull(wanted, NULL, 10);
  while (self->ops < ops) {
    uint64_t until = self->ops + LIFE_OPS;
    live(self, until < ops ? until : ops);
  }
  print_message("%" PRIu64 " ops: %" PRIu64 " aborts, %" PRIu64 " refusals, %" PRIu64
                " drains, %" PRIu64 " restarts, %" PRIu64 " forks, %" PRIu64 " restores, %" PRIu64
                " fillings of the disk\n",
                self->ops, self->aborts, self->refusals, self->drains, self->restarts, self->forks,
                self->restores, self->fillings);
  base_buffer_fini(&self->journal);
  base_buffer_fini(&self->instants);
  free(self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(random_ops_equal_the_oracle, scratch_begin_fast, scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
