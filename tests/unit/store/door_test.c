/* door: the whole of store.h against an oracle in memory: random ops in groups that are committed
 * or aborted, ops that fail, views held while others commit, restarts; at the end the journal must
 * give every change again. It knows nothing of what is inside.
 *
 * HAOKE_TEST_SEED repeats a run, HAOKE_TEST_GROUPS makes it longer. */
#include "base/buffer.h"
#include "oracle.h"

enum { GROUPS = 400, HELD_MOST = 3, CHANGES_MOST = 24 };

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

static void keep_op(world *self, store_group *group, const store_change_set *set, oracle *working,
                    bool touched[STORE_TABLES][ORACLE_KEYS]) {
  uint64_t sequence;
  scratch *room = self->scratch;
  store_entry_head head = scratch_head((int64_t)draw(self, 1000000));
  ASSERT_OK(room, store_group_append(group, set, &head, &sequence, &room->error));
  assert_int_equal(sequence, ++self->pending_sequence);
  if (head.at > self->pending_at) self->pending_at = head.at;
  note_entry(self, working, touched);
  for (size_t i = 0; i < ORACLE_KEYS; i++) {
    if (touched[STORE_RECORD][i]) working->changed[i] = sequence;
  }
  self->pending = *working;
}

static void run_op(world *self, store_group *group) {
  oracle working = self->pending;
  bool touched[STORE_TABLES][ORACLE_KEYS] = {{false}};
  store_change_set *set = store_change_set_new(store_group_view(group), self->scratch->arena);
  uint32_t most = draw(self, 20) == 0 ? CHANGES_MOST * 20 : CHANGES_MOST;
  for (uint32_t left = draw(self, most); left > 0; left--) {
    store_table table = (store_table)draw(self, STORE_TABLES);
    size_t index = oracle_change(&working, set, table, &self->seed, &self->scratch->error);
    touched[table][index] = true;
    oracle_check_get(&working, set, (store_table)draw(self, STORE_TABLES), draw(self, ORACLE_KEYS));
  }
  for (uint32_t left = draw(self, 4); left > 0; left--) {
    oracle_check_random_range(&working, set, &self->seed);
  }
  oracle_check_sequences(&self->pending, set);
  bool failed = draw(self, 4) == 0;
  if (!failed) keep_op(self, group, set, &working, touched);
}

/* --- one group --- */

static void run_group(world *self) {
  store_group *group;
  scratch *room = self->scratch;
  size_t journal = self->journal.size, instants = self->instants.size;
  base_arena_reset(room->arena);
  self->pending = self->committed;
  self->pending_sequence = self->sequence;
  self->pending_at = self->at;
  ASSERT_OK(room, store_group_begin(room->store, &group, &room->error));
  for (uint32_t left = draw(self, 6); left > 0; left--) run_op(self, group);
  if (draw(self, 5) == 0) {
    store_group_abort(group);
    self->journal.size = journal;
    self->instants.size = instants;
    return;
  }
  ASSERT_OK(room, store_group_commit(group, &room->error));
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

static void restart(world *self) {
  while (self->held_count > 0) let_go_of_a_view(self);
  scratch_reopen(self->scratch);
  check_committed(self);
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

static void random_ops_equal_the_oracle(void **state) {
  world *self = base_alloc(sizeof *self);
  *self = (world){.scratch = *state, .seed = oracle_seed(1)};
  self->committed.keys = &self->keys;
  oracle_keys_init(&self->keys, &self->seed);
  const char *wanted = getenv("HAOKE_TEST_GROUPS");
  long groups = wanted == NULL ? GROUPS : strtol(wanted, NULL, 10);
  for (long i = 0; i < groups; i++) {
    run_group(self);
    uint32_t next = draw(self, 20);
    if (next < 4) hold_view(self);
    if (next >= 4 && next < 8) let_go_of_a_view(self);
    if (next == 8) restart(self);
    if (next >= 16) check_committed(self);
  }
  restart(self);
  check_journal(self);
  base_buffer_fini(&self->journal);
  base_buffer_fini(&self->instants);
  free(self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(random_ops_equal_the_oracle, scratch_begin, scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
