/* view_order: views that are opened while others commit and drain, in every order of their steps.
 * Each actor runs in a thread of its own up to its next failpoint, then the next letter of the
 * schedule says who goes on; so every order is tried, and always in the same way.
 *
 *   V  opens a view       its slot, the head, the two generations, the snapshot
 *   D  drains             swap and write, commit, remove, count, free
 *   C  commits            at once: of its steps only the new head can be seen
 *   W  commits and drains, twice
 *
 * A view must show exactly what was committed up to its sequence, when it is opened and as long as
 * it is held. The built-in mutants of this order must be found by the same schedules. */
#include "base/failpoint.h"
#include "scratch.h"

#ifdef HAOKE_FAILPOINTS

#include <pthread.h>
#include <semaphore.h>

#include "base/buffer.h"

enum { KEYS = 5, SHARED = KEYS - 1, SCHEDULE_MOST = 32, KINDS = 4 };

typedef struct order order;

typedef struct actor {
  order *order;
  const char *pauses; /* the beginning of the points where it stands still */
  void (*run)(order *self, struct actor *who);
  pthread_t thread;
  sem_t go;
  sem_t stands;
  bool under_way;
  bool ended;
  base_arena *arena;
  base_error error;
} actor;

/* What an entry did to the key whose turn it was; the shared one is put by every entry. */
typedef struct change_made {
  uint8_t key;
  bool deleted;
} change_made;

struct order {
  scratch *scratch;
  actor actors[KINDS]; /* V D C W */
  store_view *view;
  uint64_t before;  /* what was committed when V began */
  base_buffer made; /* change_made, by sequence from 1 */
  size_t schedules;
  size_t divergences;
  const char *letters; /* of the schedule under way */
  bool over;
};

static const char kinds[] = "VDCW";

static actor *actor_of(order *self, char letter) {
  return &self->actors[strchr(kinds, letter) - kinds];
}

/* --- actors ------------------------------------------------------------------------------------ */

static _Thread_local actor *own;

static void pause_here(const char *name, void *self) {
  (void)self;
  if (own == NULL || strncmp(name, own->pauses, strlen(own->pauses)) != 0) return;
  (void)sem_post(&own->stands);
  while (sem_wait(&own->go) != 0) continue;
}

static void *act(void *self) {
  own = self;
  for (;;) {
    while (sem_wait(&own->go) != 0) continue;
    if (own->order->over) return NULL;
    own->run(own->order, own);
    own->ended = true;
    (void)sem_post(&own->stands);
  }
}

/* Lets the actor go on to its next point, or its end. */
static void step(actor *who) {
  if (who->ended) return;
  who->under_way = true;
  (void)sem_post(&who->go);
  while (sem_wait(&who->stands) != 0) continue;
}

static void require(const actor *who, base_code code) {
  if (code == BASE_OK) return;
  (void)fprintf(stderr, "%s: %s\n", base_code_name(code), who->error.message);
  abort();
}

static uint64_t last_of(const order *self) {
  return self->made.size / sizeof(change_made);
}

/* One entry: a key that takes turns gets the sequence as its value, or goes; so does, always, the
 * shared key. */
static void commit(order *self, actor *who) {
  uint64_t sequence, next = last_of(self) + 1;
  store_group *group;
  unsigned turn = (unsigned)(next % SHARED);
  char name = (char)('a' + turn), shared_name = 'a' + SHARED;
  base_slice key = base_slice_make(&name, 1), shared = base_slice_make(&shared_name, 1);
  store_entry_head head = scratch_head(0);
  change_made made = {.key = (uint8_t)turn, .deleted = next % 7 == 0};
  base_arena_reset(who->arena);
  require(who, store_group_begin(self->scratch->store, &group, &who->error));
  store_change_set *set = store_change_set_new(store_group_view(group), who->arena);
  base_slice value = base_slice_make(&next, sizeof next);
  require(who, made.deleted ? store_delete(set, STORE_RECORD, key, &who->error)
                            : store_put(set, STORE_RECORD, key, value, &who->error));
  require(who, store_put(set, STORE_RECORD, shared, value, &who->error));
  require(who, store_group_append(group, set, &head, &sequence, &who->error));
  require(who, store_group_commit(group, &who->error));
  base_buffer_append(&self->made, &made, sizeof made);
}

static void drain(order *self, actor *who) {
  require(who, store_drain(self->scratch->store, &who->error));
}

static void commit_and_drain_twice(order *self, actor *who) {
  for (int i = 0; i < 2; i++) {
    commit(self, who);
    drain(self, who);
  }
}

static void open_view(order *self, actor *who) {
  require(who, store_view_open(self->scratch->store, &self->view, &who->error));
}

/* --- what a view must show --------------------------------------------------------------------- */

/* The sequence of the entry that put the key last, up to `sequence`; 0 when it is not there. */
static uint64_t expected_at(const order *self, unsigned key, uint64_t sequence) {
  const change_made *made = (const change_made *)(const void *)self->made.data;
  if (key == SHARED) return sequence;
  for (; sequence > 0; sequence--) {
    if (made[sequence - 1].key == key) return made[sequence - 1].deleted ? 0 : sequence;
  }
  return 0;
}

static bool shows(base_slice value, uint64_t expected) {
  uint64_t number = 0;
  if (value.size == sizeof number) memcpy(&number, value.data, sizeof number);
  return number == expected;
}

static bool range_is_right(const order *self, const store_change_set *set, bool descending,
                           uint64_t sequence) {
  base_slice key, value, none = base_slice_make(NULL, 0);
  bool right = true;
  store_cursor *cursor = store_cursor_open(set, STORE_RECORD, none, none, descending);
  for (unsigned i = 0; i < KEYS; i++) {
    unsigned at = descending ? KEYS - 1 - i : i;
    uint64_t expected = expected_at(self, at, sequence);
    if (expected == 0) continue;
    right = right && store_cursor_next(cursor, &key, &value) && key.data[0] == 'a' + at &&
            shows(value, expected);
  }
  right = right && !store_cursor_next(cursor, &key, &value);
  store_cursor_close(cursor);
  return right;
}

static bool view_is_right(order *self) {
  scratch *room = self->scratch;
  uint64_t sequence = store_view_sequence(self->view);
  if (sequence < self->before || sequence > last_of(self)) return false;
  base_arena_reset(room->arena);
  store_change_set *set = store_change_set_new(self->view, room->arena);
  for (unsigned i = 0; i < KEYS; i++) {
    char name = (char)('a' + i);
    base_slice value, key = base_slice_make(&name, 1);
    uint64_t expected = expected_at(self, i, sequence);
    if (store_get(set, STORE_RECORD, key, &value) != (expected != 0)) return false;
    if (!shows(value, expected) || store_record_sequence(set, key) != expected) return false;
  }
  return range_is_right(self, set, false, sequence) && range_is_right(self, set, true, sequence);
}

/* --- schedules --------------------------------------------------------------------------------- */

static bool run_letters(order *self, const char *letters) {
  bool right = true;
  for (; *letters != '\0'; letters++) {
    step(actor_of(self, *letters));
    if (self->view != NULL) right = right && view_is_right(self);
  }
  return right;
}

/* Whoever still stands goes on to the end; the next schedule begins with one entry to be drained. */
static void finish(order *self) {
  for (size_t i = 0; i < KINDS; i++) {
    while (self->actors[i].under_way && !self->actors[i].ended) step(&self->actors[i]);
    self->actors[i].under_way = self->actors[i].ended = false;
  }
  if (self->view != NULL) store_view_close(self->view);
  self->view = NULL;
  drain(self, actor_of(self, 'D'));
  commit(self, actor_of(self, 'C'));
  self->before = last_of(self);
}

static void run_schedule(order *self, const char *letters) {
  bool right = run_letters(self, letters);
  self->schedules++;
  if (!right && self->divergences++ == 0) print_message("first divergence: %s\n", letters);
  finish(self);
}

typedef struct steps {
  char letter;
  unsigned count;
} steps;

/* Every order of the steps. */
static void run_orders(order *self, steps left[], size_t actors, char *letters, size_t length) {
  bool done = true;
  for (size_t i = 0; i < actors; i++) {
    if (left[i].count == 0) continue;
    done = false;
    left[i].count--;
    letters[length] = left[i].letter;
    run_orders(self, left, actors, letters, length + 1);
    left[i].count++;
  }
  letters[length] = '\0';
  if (done) run_schedule(self, letters);
}

static void begin_actor(order *self, char letter, const char *pauses,
                        void (*run)(order *self, actor *who)) {
  actor *begun = actor_of(self, letter);
  *begun = (actor){.order = self, .pauses = pauses, .run = run, .error = {.language = BASE_EN}};
  begun->arena = base_arena_new();
  assert_int_equal(sem_init(&begun->go, 0, 0), 0);
  assert_int_equal(sem_init(&begun->stands, 0, 0), 0);
  assert_int_equal(pthread_create(&begun->thread, NULL, act, begun), 0);
}

static void end_actors(order *self) {
  self->over = true;
  for (size_t i = 0; i < KINDS; i++) {
    (void)sem_post(&self->actors[i].go);
    assert_int_equal(pthread_join(self->actors[i].thread, NULL), 0);
    base_arena_free(self->actors[i].arena);
  }
}

/* Returns how many schedules showed something wrong. */
static size_t divergences_of(scratch *room, const char *mutant, steps left[], size_t actors) {
  char letters[SCHEDULE_MOST];
  order *self = base_alloc(sizeof *self);
  *self = (order){.scratch = room};
  begin_actor(self, 'V', "store.view.", open_view);
  begin_actor(self, 'D', "store.drain.", drain);
  begin_actor(self, 'C', "store.none.", commit);
  begin_actor(self, 'W', "store.drain.", commit_and_drain_twice);
  base_mutant_arm(mutant);
  base_failpoint_watch(pause_here, NULL);
  for (int i = 0; i < KEYS; i++) commit(self, actor_of(self, 'C'));
  self->before = last_of(self);
  run_orders(self, left, actors, letters, 0);
  base_failpoint_watch(NULL, NULL);
  base_mutant_arm(NULL);
  end_actors(self);
  size_t divergences = self->divergences;
  print_message("%zu schedules, %zu divergences\n", self->schedules, divergences);
  base_buffer_fini(&self->made);
  free(self);
  return divergences;
}

static int scratch_begin_open_fast(void **state) {
  if (scratch_begin_fast(state) != 0) return -1;
  scratch_open(*state);
  return 0;
}

/* --- tests ------------------------------------------------------------------------------------- */

static void a_view_between_a_drain_and_a_commit(void **state) {
  steps left[] = {{'V', 6}, {'D', 5}, {'C', 1}};
  assert_int_equal(divergences_of(*state, NULL, left, 3), 0);
}

static void a_view_between_two_drains(void **state) {
  steps left[] = {{'V', 6}, {'W', 9}};
  assert_int_equal(divergences_of(*state, NULL, left, 2), 0);
}

static void a_view_without_handshake_is_found(void **state) {
  steps left[] = {{'V', 6}, {'W', 5}};
  assert_true(divergences_of(*state, "store.view_without_handshake", left, 2) > 0);
}

static void a_drain_without_position_is_found(void **state) {
  steps left[] = {{'V', 6}, {'W', 5}};
  assert_true(divergences_of(*state, "store.drain_without_position", left, 2) > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_view_between_a_drain_and_a_commit, scratch_begin_open_fast,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_view_between_two_drains, scratch_begin_open_fast,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_view_without_handshake_is_found, scratch_begin_open_fast,
                                      scratch_end),
      cmocka_unit_test_setup_teardown(a_drain_without_position_is_found, scratch_begin_open_fast,
                                      scratch_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void needs_failpoints(void **state) {
  (void)state;
  skip();
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(needs_failpoints)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
