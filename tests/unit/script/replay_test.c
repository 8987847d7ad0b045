/* replay: an op is a pure function of what its ctx shows (house, concept 4). Random requests run against all
 * packages, many at a time, with timers firing between them. Then each entry of the journal is made once more
 * on a fork that stands just before it: by the request that made it, with its prepared params, actor and
 * reading of the clock, or by the timer that was due; and must be the same, byte for byte.
 *
 * HAOKE_REPLAY_REQUESTS entries made by requests (1 000; the long form takes 10 000), HAOKE_TEST_SEED. */
#include <pthread.h>
#include <semaphore.h>

#include "api/engine_state.h"
#include "api/firing.h"
#include "api/idempotency.h"
#include "requests.h"
#include "stage.h"

#define REQUESTS 1000
#define TOGETHER 24
#define BATCHES_MOST 100000

typedef struct sent {
  const api_op *op;
  api_session session;
  base_slice params;   /* checked */
  base_slice prepared; /* what the prepare step made of them */
  base_code code;
} sent;

typedef struct replay {
  stage on;
  base_arena *arena; /* of what was sent */
  request_maker maker;
  sent *requests; /* by the number in their idempotency keys */
  size_t count;
  size_t room;
  sem_t answered;
  pthread_mutex_t mutex; /* guards the arena while answers come */
  uint64_t fork_at;      /* the last entry that the fork has from the original */
} replay;

static int64_t number_from(const char *name, int64_t otherwise) {
  const char *text = getenv(name);
  return text == NULL ? otherwise : strtoll(text, NULL, 10);
}

/* --- a server of all packages -------------------------------------------------------------------------- */

static void keep(api_package *package) {
  (void)package;
}

/* Plugins are played by packages without ops: what calls them fails, and so writes nothing. */
static api_package plugins[] = {
    {.name = "health_forecast", .version = "1.0.0", .source = "test", .free = keep},
    {.name = "route", .version = "1.0.0", .source = "test", .free = keep}};

static api_package *load(replay *self, const char *name) {
  static const char here[] = "tests/unit/script/replay_test.c";
  char directory[256];
  api_package *package = NULL;
  (void)snprintf(directory, sizeof directory, "%.*sscripts/%s",
                 (int)(strlen(__FILE__) - strlen(here)), __FILE__, name);
  base_code code =
      script_package_load(directory, &self->on.in->limits, &package, &self->on.in->error);
  if (code != BASE_OK) fail_msg("%s", self->on.in->error.message);
  return package;
}

static void make_registry(replay *self) {
  api_package *packages[] = {api_core_package(),
                             &plugins[0],
                             &plugins[1],
                             load(self, "health_product"),
                             load(self, "distributor"),
                             load(self, "sales"),
                             load(self, "real_estate"),
                             load(self, "complaint")};
  base_code code = api_registry_new(packages, sizeof packages / sizeof packages[0], (base_slice){0},
                                    &self->on.registry, &self->on.in->error);
  if (code != BASE_OK) fail_msg("%s", self->on.in->error.message);
}

static void open_server(replay *self, const char *folder, int64_t now) {
  char path[128];
  base_error *error = &self->on.in->error;
  (void)snprintf(path, sizeof path, "%s/%s", self->on.in->root, folder);
  store_options storage = {.directory = path, .map_bytes = (size_t)512 << 20};
  api_engine_options options = {.language = BASE_ZH,
                                .script_instructions = 20000000,
                                .password = {.passes = 1, .memory_kib = 64}};
  self->on.clock = base_clock_new_test(now);
  base_code code = store_open(&storage, &self->on.store, error);
  if (code == BASE_OK) {
    code = api_engine_new(&options, self->on.store, self->on.clock, self->on.zone,
                          self->on.registry, &self->on.engine, error);
  }
  if (code != BASE_OK) fail_msg("%s", error->message);
}

/* --- the original ---------------------------------------------------------------------------------------- */

static void take_answer(api_request *request, void *of) {
  replay *self = of;
  char key[32];
  (void)snprintf(key, sizeof key, "%.*s", BASE_SLICE_ARGS(request->idempotency_key));
  (void)pthread_mutex_lock(&self->mutex);
  sent *one = &self->requests[strtoull(key, NULL, 10)];
  one->code = request->error.code;
  one->params = base_arena_slice(self->arena, request->params);
  one->prepared = base_arena_slice(self->arena, request->prepared);
  (void)pthread_mutex_unlock(&self->mutex);
  api_request_free(request);
  (void)sem_post(&self->answered);
}

static sent *add_request(replay *self) {
  (void)pthread_mutex_lock(&self->mutex);
  if (self->count == self->room) {
    self->room = self->room == 0 ? 1024 : 2 * self->room;
    self->requests = base_realloc(self->requests, self->room * sizeof *self->requests);
  }
  sent *one = &self->requests[self->count++];
  (void)pthread_mutex_unlock(&self->mutex);
  *one = (sent){.op = NULL};
  return one;
}

static api_session random_session(replay *self) {
  static const char *const names[] = {"王芳", "李静", "周强"};
  size_t who = (size_t)request_below(&self->maker, 3);
  api_session session = {.language = BASE_EN, .staff = true, .administrator = who == 0};
  (void)snprintf(session.user, sizeof session.user, "%s", names[who]);
  return session;
}

/* The params with the key that leads from the entry back to the request. */
static void submit_random(replay *self) {
  base_buffer made = {0}, params = {0}, patch = {0};
  char key[32];
  (void)snprintf(key, sizeof key, "%zu", self->count);
  sent *one = add_request(self);
  one->op = request_op(&self->maker);
  one->session = random_session(self);
  request_append_params(&self->maker, one->op, &made);
  data_append_map(&patch, 1);
  data_append_pair_text(&patch, "idempotency_key", key);
  data_splice(base_buffer_slice(&made), base_buffer_slice(&patch), &params);
  api_request *request = api_request_new(NULL, &one->session, base_buffer_slice(&params));
  request->done = take_answer;
  request->self = self;
  base_code code = api_engine_find(self->on.engine, request, base_slice_text(one->op->name));
  assert_int_equal(code, BASE_OK);
  api_engine_submit(self->on.engine, request);
  base_buffer_fini(&made);
  base_buffer_fini(&params);
  base_buffer_fini(&patch);
}

static void call(replay *self, const char *op, base_slice params) {
  api_session session = {.language = BASE_EN, .administrator = true, .user = "王芳"};
  base_buffer result = {0};
  base_code code =
      api_engine_call(self->on.engine, &session, op, params, &result, &self->on.in->error);
  base_buffer_fini(&result);
  if (code != BASE_OK) fail_msg("%s: %s", op, self->on.in->error.message);
}

static void advance(replay *self, int64_t milliseconds) {
  base_buffer params = {0};
  self->maker.now = base_clock_now(self->on.clock) + milliseconds;
  data_append_map(&params, 1);
  data_append_pair_integer(&params, "to", self->maker.now);
  call(self, "clock.advance", base_buffer_slice(&params));
  base_buffer_fini(&params);
}

static store_view *view_of(replay *self) {
  store_view *view = NULL;
  assert_int_equal(store_view_open(self->on.store, &view, &self->on.in->error), BASE_OK);
  return view;
}

/* What the last requests made may be asked for by the next; returns how many of them made something. */
static int64_t note_entries(replay *self, uint64_t *last) {
  int64_t made = 0;
  store_entry entry;
  store_change change;
  store_view *view = view_of(self);
  while (*last < store_view_sequence(view)) {
    assert_true(store_entry_get(view, ++*last, &entry));
    made += entry.head.request.size > 0;
    for (base_slice rest = entry.body; store_entry_next(&rest, &change);) {
      uint8_t scratch[DATA_KEY_MAX];
      data_value type, id;
      base_slice key = change.key;
      if (change.table != STORE_RECORD || !data_key_read(&key, &type, scratch)) continue;
      base_slice name = base_arena_slice(self->on.in->arena, type.as.bytes);
      if (data_key_read(&key, &id, scratch)) request_note_record(&self->maker, name, id.as.integer);
    }
    base_arena_reset(self->on.in->arena);
  }
  store_view_close(view);
  return made;
}

/* Batches at one instant, then some time; returns the last entry. */
static uint64_t run_original(replay *self, int64_t wanted) {
  uint64_t last = self->fork_at;
  for (int64_t batch = 0; wanted > 0 && batch < BATCHES_MOST; batch++) {
    int64_t count = 1 + request_below(&self->maker, TOGETHER);
    for (int64_t i = 0; i < count; i++) submit_random(self);
    for (int64_t i = 0; i < count; i++) assert_int_equal(sem_wait(&self->answered), 0);
    advance(self, request_below(&self->maker, batch % 10 == 0 ? 3 * 86400000 : 3600000));
    wanted -= note_entries(self, &last);
  }
  assert_true(wanted <= 0);
  return last;
}

/* --- once more ------------------------------------------------------------------------------------------- */

static void check_slice(const store_entry *entry, const char *what, base_slice found,
                        base_slice expected) {
  if (base_slice_equal(found, expected)) return;
  fail_msg("entry %llu (%.*s): another %s: %zu bytes, not %zu", (unsigned long long)entry->sequence,
           BASE_SLICE_ARGS(entry->head.op), what, found.size, expected.size);
}

/* Salts are drawn when an entry is written, and no part of what an op made. */
static void check_same(const store_entry *found, const store_entry *expected) {
  store_change ours, theirs;
  base_slice rest = found->body, wanted = expected->body;
  assert_int_equal(found->head.at, expected->head.at);
  assert_int_equal(found->head.cause, expected->head.cause);
  check_slice(found, "actor", found->head.actor, expected->head.actor);
  check_slice(found, "op", found->head.op, expected->head.op);
  check_slice(found, "package", found->head.packages, expected->head.packages);
  while (store_entry_next(&wanted, &theirs)) {
    if (!store_entry_next(&rest, &ours))
      fail_msg("entry %llu: fewer changes", (unsigned long long)found->sequence);
    assert_int_equal(ours.table, theirs.table);
    assert_int_equal(ours.deleted, theirs.deleted);
    assert_int_equal(ours.previous, theirs.previous);
    check_slice(found, "key", ours.key, theirs.key);
    check_slice(found, "value", ours.value, theirs.value);
  }
  assert_false(store_entry_next(&rest, &ours));
}

static void run_request(replay *self, api_group *group, const sent *one, base_slice key) {
  api_session session = one->session;
  bool repeated = false;
  api_request *request = api_request_new(NULL, &session, one->params);
  request->op = one->op;
  request->registry = api_registry_acquire(self->on.registry);
  request->prepared = one->prepared;
  request->idempotency_key = key;
  api_execution execution = api_group_execution(group, self->on.registry, &request->session,
                                                request->arena, &request->error);
  execution.caller = API_CALLER_CLIENT;
  api_execution_open(&execution);
  base_code code = api_idempotency_find(&execution.ctx, request, &repeated);
  if (code == BASE_OK) {
    code = api_execution_run(&execution, one->op, one->prepared, &request->result);
  }
  if (code == BASE_OK) code = api_idempotency_put(&execution.ctx, request);
  if (code == BASE_OK) {
    code =
        api_group_append(group, &execution, base_slice_text(one->op->name), key, &request->error);
  }
  if (code != BASE_OK) fail_msg("%s: %s", one->op->name, request->error.message);
  assert_false(repeated);
  api_execution_close(&execution);
  api_request_free(request);
}

/* The fork stands before the entry; then it stands behind one that is the same. */
static void repeat(replay *self, const store_entry *expected) {
  api_group group;
  store_entry found;
  base_error error = {.language = BASE_EN};
  base_clock_set(self->on.clock, expected->head.at);
  assert_int_equal(api_group_begin(&group, self->on.engine, &error), BASE_OK);
  if (expected->head.request.size > 0) {
    char key[32];
    (void)snprintf(key, sizeof key, "%.*s", BASE_SLICE_ARGS(expected->head.request));
    run_request(self, &group, &self->requests[strtoull(key, NULL, 10)], expected->head.request);
  } else {
    bool fired = false;
    assert_int_equal(api_firing_next(&group, &fired, &error), BASE_OK);
    if (!fired)
      fail_msg("no timer is due before entry %llu (%.*s)", (unsigned long long)expected->sequence,
               BASE_SLICE_ARGS(expected->head.op));
  }
  if (api_group_commit(&group, &error) != BASE_OK) fail_msg("%s", error.message);
  store_view *view = view_of(self);
  assert_int_equal(store_view_sequence(view), expected->sequence);
  assert_true(store_entry_get(view, expected->sequence, &found));
  check_same(&found, expected);
  store_view_close(view);
}

static int64_t repeat_all(replay *self, store *original, uint64_t last) {
  store_view *view = NULL;
  store_entry expected;
  int64_t requests = 0;
  assert_int_equal(store_view_open(original, &view, &self->on.in->error), BASE_OK);
  for (uint64_t sequence = self->fork_at + 1; sequence <= last; sequence++) {
    assert_true(store_entry_get(view, sequence, &expected));
    requests += expected.head.request.size > 0;
    repeat(self, &expected);
  }
  store_view_close(view);
  return requests;
}

/* --- the test -------------------------------------------------------------------------------------------- */

static void fork_store(replay *self) {
  char path[128];
  (void)snprintf(path, sizeof path, "%s/fork", self->on.in->root);
  store_view *view = view_of(self);
  self->fork_at = store_view_sequence(view);
  store_view_close(view);
  assert_int_equal(store_fork(self->on.store, path, STORE_FORK_COPY, &self->on.in->error), BASE_OK);
}

static void report(const replay *self, int64_t requests, uint64_t last) {
  size_t taken[REQUESTS_OPS] = {0}, ops = 0;
  for (size_t i = 0; i < self->count; i++) {
    for (size_t at = 0; at < self->maker.op_count; at++) {
      if (self->requests[i].code != BASE_OK || self->maker.ops[at] != self->requests[i].op)
        continue;
      ops += taken[at]++ == 0;
    }
  }
  print_message("%lld of %zu requests, %zu of %zu ops, and %lld timers\n", (long long)requests,
                self->count, ops, self->maker.op_count,
                (long long)(last - self->fork_at) - (long long)requests);
}

static void every_entry_is_made_again(void **state) {
  replay self = {
      .on = {.in = *state}, .arena = base_arena_new(), .mutex = PTHREAD_MUTEX_INITIALIZER};
  int64_t wanted = number_from("HAOKE_REPLAY_REQUESTS", REQUESTS);
  uint64_t seed = (uint64_t)number_from("HAOKE_TEST_SEED", 1);
  self.on.zone = self.on.in->ctx.zone;
  base_random_init();
  base_log_set_level(BASE_LOG_ERROR);
  assert_int_equal(sem_init(&self.answered, 0, 0), 0);
  make_registry(&self);
  request_maker_init(&self.maker, self.on.registry, seed);
  open_server(&self, "store", STAGE_START);
  advance(&self, 0);
  fork_store(&self);
  uint64_t last = run_original(&self, wanted);
  api_engine_free(self.on.engine);
  store *original = self.on.store;
  base_clock_free(self.on.clock);
  open_server(&self, "fork", STAGE_START);
  io_lane_join(self.on.engine->writer); /* from here on this thread does what that lane does */
  int64_t requests = repeat_all(&self, original, last);
  report(&self, requests, last);
  assert_true(requests >= wanted);
  stage_close(&self.on);
  store_close(original);
  api_registry_release(self.on.registry);
  base_arena_free(self.arena);
  free(self.requests);
}

static int begin(void **state) {
  probe *in = base_alloc(sizeof *in);
  probe_init(in);
  in->limits.milliseconds = 600000;
  *state = in;
  return 0;
}

static int end(void **state) {
  probe_fini(*state);
  free(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(every_entry_is_made_again, begin, end)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
