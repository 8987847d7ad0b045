/* swap: a package's new version takes the place of the old one under way: reads and writes that were
 * looked up before go on in one of the two, in full, and never in a stopped one. */
#include "shop_flight.h"

#include "api/engine_state.h"
#include "base/clock.h"

/* --- the package that is swapped --------------------------------------------------------------- */

typedef struct clerk {
  api_package package;
  api_op ops[8];
  const char *version;
  _Atomic int closed;
  _Atomic int inside;
  _Atomic bool running;
  _Atomic bool holds;   /* clerk.read stays inside while set */
  _Atomic bool reached; /* clerk.read is inside */
  bool refuses_start;
  int starts;
  _Atomic bool freed;
} clerk;

static char history[256]; /* what happened to packages, in order */
static _Atomic bool start_holds;
static _Atomic bool start_reached;

static void note(const clerk *of, const char *what) {
  size_t size = strlen(history);
  (void)snprintf(history + size, sizeof history - size, "%s%s ", what, of->version);
}

static base_code enter(crm_ctx *ctx, clerk *self) {
  atomic_fetch_add(&self->inside, 1);
  if (!atomic_load(&self->closed)) {
    assert_true(atomic_load(&self->running));
    return BASE_OK;
  }
  atomic_fetch_sub(&self->inside, 1);
  ctx->stale = true;
  return model_ctx_fail(ctx, BASE_UNAVAILABLE, NULL, "正在更换", "being replaced");
}

static void answer(base_buffer *result, base_slice by) {
  data_append_map(result, 1);
  data_append_pair_slice(result, "by", by);
}

static base_code run_say(crm_ctx *ctx, base_slice params, base_buffer *result, const void *of) {
  clerk *self = (clerk *)(uintptr_t)of;
  (void)params;
  BASE_TRY(enter(ctx, self));
  answer(result, base_slice_text(self->version));
  atomic_fetch_sub(&self->inside, 1);
  return BASE_OK;
}

static base_code run_read(crm_ctx *ctx, base_slice params, base_buffer *result, const void *of) {
  clerk *self = (clerk *)(uintptr_t)of;
  (void)params;
  BASE_TRY(enter(ctx, self));
  atomic_store(&self->reached, true);
  while (atomic_load(&self->holds)) (void)sched_yield();
  answer(result, base_slice_text(self->version));
  atomic_fetch_sub(&self->inside, 1);
  return BASE_OK;
}

/* Asks twice, and makes light of a refusal. */
static base_code run_ask(crm_ctx *ctx, base_slice params, base_buffer *result, const void *of) {
  base_buffer ignored = {0};
  BASE_TRY(run_read(ctx, params, result, of));
  (void)ctx->call(ctx, base_slice_text("clerk.say"), params, &ignored);
  base_buffer_fini(&ignored);
  return BASE_OK;
}

/* {name} and what version wrote it. */
static base_code run_write(crm_ctx *ctx, base_slice params, base_buffer *result, const void *of) {
  clerk *self = (clerk *)(uintptr_t)of;
  base_buffer values = {0};
  base_slice record;
  BASE_TRY(enter(ctx, self));
  data_append_map(&values, 1);
  data_append_text(&values, "text");
  base_slice name = data_map_text(params, "name");
  data_append_text(&values,
                   base_arena_format(ctx->arena, "%.*s@%s", BASE_SLICE_ARGS(name), self->version));
  base_code code =
      model_record_create(ctx, shop_type(ctx, "note"), base_buffer_slice(&values), 0, &record);
  base_buffer_fini(&values);
  if (code == BASE_OK) answer(result, data_map_text(record, "text"));
  atomic_fetch_sub(&self->inside, 1);
  return code;
}

/* What prepare of one version made is no use to the other. */
static base_code prepare(crm_ctx *ctx, base_slice params, base_buffer *prepared, const void *of) {
  clerk *self = (clerk *)(uintptr_t)of;
  BASE_TRY(enter(ctx, self));
  data_append_map(prepared, 1);
  data_append_text(prepared, "name");
  data_append_text(
      prepared, base_arena_format(ctx->arena, "%.*s+%s",
                                  BASE_SLICE_ARGS(data_map_text(params, "name")), self->version));
  atomic_fetch_sub(&self->inside, 1);
  return BASE_OK;
}

static base_code start(api_package *package, base_slice config, base_error *error) {
  clerk *self = package->self;
  (void)config;
  self->starts++;
  note(self, "start");
  if (self->refuses_start && self->starts == 1) {
    return base_error_set(error, BASE_UNAVAILABLE, NULL, "端口被占用", "the port is taken");
  }
  atomic_store(&start_reached, true);
  while (atomic_load(&start_holds)) (void)sched_yield();
  atomic_store(&self->running, true);
  return BASE_OK;
}

static void stop(api_package *package) {
  clerk *self = package->self;
  note(self, "stop");
  assert_int_equal(atomic_load(&self->inside), 0);
  atomic_store(&self->running, false);
}

static void open_package(api_package *package) {
  clerk *self = package->self;
  if (atomic_exchange(&self->closed, 0)) note(self, "open");
}

static bool close_package(api_package *package, int64_t ms) {
  clerk *self = package->self;
  uint64_t end = base_clock_monotonic() + (uint64_t)ms * 1000000;
  note(self, "close");
  atomic_store(&self->closed, 1);
  while (atomic_load(&self->inside) > 0) {
    if (base_clock_monotonic() >= end) {
      open_package(package);
      return false;
    }
    (void)sched_yield();
  }
  return true;
}

static void drop(api_package *package) {
  clerk *self = package->self;
  note(self, "free");
  atomic_store(&self->freed, true);
}

static const data_field ticket_params[] = {{.name = "code", .kind = DATA_KIND_TEXT},
                                           {.name = NULL}};

static void make_clerk(clerk *self, const char *version) {
  const api_op ops[] = {{.name = "clerk.read", .run = run_read, .self = self},
                        {.name = "clerk.say", .flags = API_POINT, .run = run_say, .self = self},
                        {.name = "clerk.write",
                         .flags = API_WRITE,
                         .params = shop_name_fields,
                         .run = run_write,
                         .self = self},
                        {.name = "clerk.sealed",
                         .flags = API_WRITE,
                         .params = shop_name_fields,
                         .run = run_write,
                         .prepare = prepare,
                         .self = self},
                        {.name = "clerk.ticket",
                         .flags = API_WRITE,
                         .params = ticket_params,
                         .run = shop_create,
                         .self = "ticket"},
                        {.name = "clerk.ask", .run = run_ask, .self = self},
                        {.name = NULL}};
  memset(self, 0, sizeof *self);
  memcpy(self->ops, ops, sizeof ops);
  self->version = version;
  self->closed = 1;
  self->package = (api_package){.name = "clerk",
                                .version = version,
                                .source = version,
                                .ops = self->ops,
                                .start = start,
                                .stop = stop,
                                .open = open_package,
                                .close = close_package,
                                .free = drop,
                                .self = self};
}

/* --- the shop ---------------------------------------------------------------------------------- */

static api_package *next; /* what package.swap puts in force */
static api_package counter;
static api_op counter_ops[sizeof shop_core_ops / sizeof shop_core_ops[0] + 1];
static clerk first;
static clerk second;

static base_code run_swap(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)params, (void)self;
  answer(result, base_slice_text(next->version));
  api_engine_exchange(api_execution_of(ctx)->engine, &(api_exchange){.package = next});
  return BASE_OK;
}

static int begin(void **state) {
  if (shop_begin_stopped(state) != 0) return -1;
  shop *self = *state;
  size_t count = sizeof shop_core_ops / sizeof shop_core_ops[0];
  memcpy(counter_ops, shop_core_ops, sizeof shop_core_ops);
  counter_ops[count - 1] = (api_op){.name = "package.swap", .flags = API_CONTROL, .run = run_swap};
  counter_ops[count] = (api_op){.name = NULL};
  counter = shop_core;
  counter.ops = counter_ops;
  history[0] = '\0';
  make_clerk(&first, "1");
  make_clerk(&second, "2");
  self->packages[0] = &counter;
  self->packages[1] = &first.package;
  self->drain_ms = 20000;
  next = &second.package;
  return 0;
}

static base_slice named(shop *self, const char *name) {
  return shop_map(self, "t", "name", name);
}

static void assert_by(base_slice result, const char *version) {
  assert_text(data_map_text(result, "by"), version);
}

static void assert_history(const char *expected) {
  assert_string_equal(history, expected);
}

/* --- the order of steps ------------------------------------------------------------------------ */

static void the_old_one_stops_before_the_new_one_starts(void **state) {
  shop *self = *state;
  shop_start(self);
  assert_by(shop_call(self, "clerk.read", (base_slice){0}), "1");
  history[0] = '\0';
  assert_by(shop_call(self, "package.swap", (base_slice){0}), "2");
  assert_history("close1 stop1 start2 open2 ");
  assert_by(shop_call(self, "clerk.read", (base_slice){0}), "2");
  assert_by(shop_call(self, "clerk.write", named(self, "王秀兰")), "王秀兰@2");
  assert_text(shop_entry(self, 0).head.packages, "clerk 2");
  shop_stop(self);
  assert_true(atomic_load(&first.freed) && atomic_load(&second.freed));
  assert_int_equal(first.starts, 1);
}

static void a_new_one_that_cannot_start_leaves_the_old_one(void **state) {
  shop *self = *state;
  shop_start(self);
  second.refuses_start = true;
  history[0] = '\0';
  shop_refused(self, BASE_UNAVAILABLE, "package.swap", (base_slice){0});
  assert_string_equal(self->error.message, "the port is taken");
  assert_history("close1 stop1 start2 start1 open1 free2 ");
  assert_by(shop_call(self, "clerk.read", (base_slice){0}), "1");
  assert_by(shop_call(self, "clerk.write", named(self, "王秀兰")), "王秀兰@1");
}

static void a_package_is_added(void **state) {
  shop *self = *state;
  second.package.name = "clerk_two";
  second.ops[0].name = "clerk_two.read";
  second.ops[1].name = NULL;
  shop_start(self);
  shop_refused(self, BASE_UNKNOWN_METHOD, "clerk_two.read", (base_slice){0});
  (void)shop_call(self, "package.swap", (base_slice){0});
  assert_by(shop_call(self, "clerk_two.read", (base_slice){0}), "2");
  assert_by(shop_call(self, "clerk.read", (base_slice){0}), "1");
}

static void what_does_not_fit_is_refused_before_anything_stops(void **state) {
  shop *self = *state;
  static const char *const needs[] = {"nobody", NULL};
  shop_start(self);
  history[0] = '\0';
  second.package.needs = needs;
  shop_refused(self, BASE_VALIDATION_FAILED, "package.swap", (base_slice){0});
  assert_non_null(strstr(self->error.message, "needs package nobody"));
  assert_history("free2 ");
  make_clerk(&second, "2");
  second.ops[0].name = "customer.get";
  shop_refused(self, BASE_VALIDATION_FAILED, "package.swap", (base_slice){0});
  assert_non_null(strstr(self->error.message, "customer.get"));
  make_clerk(&second, "2");
  second.package.name = "core";
  shop_refused(self, BASE_VALIDATION_FAILED, "package.swap", (base_slice){0});
  assert_non_null(strstr(self->error.message, "is no plugin"));
  assert_by(shop_call(self, "clerk.read", (base_slice){0}), "1");
}

/* --- calls under way --------------------------------------------------------------------------- */

static void a_call_inside_is_waited_for(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  shop_start(self);
  atomic_store(&first.holds, true);
  size_t inside = shop_flight_send(self, &flight, "clerk.read", (base_slice){0});
  while (!atomic_load(&first.reached)) (void)sched_yield();
  size_t swap = shop_flight_send(self, &flight, "package.swap", (base_slice){0});
  while (!atomic_load(&first.closed)) (void)sched_yield();
  atomic_store(&first.holds, false);
  shop_flight_land(&flight);
  assert_by(shop_flight_result(&flight, inside), "1");
  assert_by(shop_flight_result(&flight, swap), "2");
  shop_flight_fini(&flight);
}

static void a_call_that_does_not_end_keeps_the_old_one(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  self->drain_ms = 1;
  shop_start(self);
  atomic_store(&first.holds, true);
  size_t inside = shop_flight_send(self, &flight, "clerk.read", (base_slice){0});
  while (!atomic_load(&first.reached)) (void)sched_yield();
  shop_refused(self, BASE_UNAVAILABLE, "package.swap", (base_slice){0});
  assert_non_null(strstr(self->error.message, "plugins.drain_ms"));
  atomic_store(&first.holds, false);
  shop_flight_land(&flight);
  assert_by(shop_flight_result(&flight, inside), "1");
  assert_by(shop_call(self, "clerk.read", (base_slice){0}), "1");
  shop_flight_fini(&flight);
}

/* Sends while neither version takes calls; the answers come from the new one. */
static void what_comes_meanwhile(shop *self, const char *by) {
  shop_flight flight;
  shop_flight_init(&flight);
  shop_start(self);
  atomic_store(&start_reached, false);
  atomic_store(&start_holds, true);
  (void)shop_flight_send(self, &flight, "package.swap", (base_slice){0});
  while (!atomic_load(&start_reached)) (void)sched_yield();
  size_t read_lane = shop_flight_send(self, &flight, "clerk.read", (base_slice){0});
  size_t point = shop_flight_send(self, &flight, "clerk.say", (base_slice){0});
  size_t sealed = shop_flight_send(self, &flight, "clerk.sealed", named(self, "王秀兰"));
  size_t other = shop_flight_send(self, &flight, "server.ping", (base_slice){0});
  assert_int_equal(shop_flight_code(&flight, other), BASE_OK);
  atomic_store(&start_holds, false);
  shop_flight_land(&flight);
  assert_by(shop_flight_result(&flight, read_lane), by);
  assert_by(shop_flight_result(&flight, point), by);
  assert_by(shop_flight_result(&flight, sealed), "王秀兰+2@2");
  shop_flight_fini(&flight);
}

static void calls_that_come_meanwhile_run_in_the_new_one(void **state) {
  shop *self = *state;
  self->reads_on_loop = true;
  what_comes_meanwhile(self, "2");
}

static void an_op_cannot_pass_over_a_closed_package(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  shop_start(self);
  atomic_store(&first.holds, true);
  size_t ask_twice = shop_flight_send(self, &flight, "clerk.ask", (base_slice){0});
  while (!atomic_load(&first.reached)) (void)sched_yield();
  (void)shop_flight_send(self, &flight, "package.swap", (base_slice){0});
  while (!atomic_load(&first.closed)) (void)sched_yield();
  atomic_store(&first.holds, false);
  shop_flight_land(&flight);
  assert_by(shop_flight_result(&flight, ask_twice), "2");
  shop_flight_fini(&flight);
}

/* Looked up in the first version, and behind the swap in the writer's mailbox. */
static void writes_that_wait_run_in_the_new_one(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  shop_start(self);
  shop_flight_hold(self, &flight);
  size_t before = shop_flight_send(self, &flight, "clerk.write", named(self, "一"));
  size_t sealed = shop_flight_send(self, &flight, "clerk.sealed", named(self, "二"));
  while (io_lane_waiting(self->engine->writer) < 2) (void)sched_yield();
  (void)shop_flight_send(self, &flight, "package.swap", (base_slice){0});
  size_t after = shop_flight_send(self, &flight, "clerk.write", named(self, "三"));
  size_t core = shop_flight_send(self, &flight, "customer.create", named(self, "张建国"));
  shop_flight_land(&flight);
  assert_by(shop_flight_result(&flight, before), "一@1");
  assert_by(shop_flight_result(&flight, sealed), "二+1@1");
  assert_by(shop_flight_result(&flight, after), "三@2");
  assert_int_equal(shop_flight_code(&flight, core), BASE_OK);
  assert_true(flight.order[after] < flight.order[core]);
  shop_flight_fini(&flight);
}

/* Prepared by the first version, run by the second: prepared once more. */
static void what_was_prepared_is_prepared_again(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  shop_start(self);
  shop_flight_hold(self, &flight);
  (void)shop_flight_send(self, &flight, "package.swap", (base_slice){0});
  size_t sealed = shop_flight_send(self, &flight, "clerk.sealed", named(self, "二"));
  while (io_lane_waiting(self->engine->writer) < 2) (void)sched_yield();
  shop_flight_land(&flight);
  assert_by(shop_flight_result(&flight, sealed), "二+2@2");
  shop_flight_fini(&flight);
}

static void an_op_that_went_is_unknown(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  second.ops[0].name = "clerk.listen";
  second.ops[2].name = "clerk.note";
  shop_start(self);
  shop_flight_hold(self, &flight);
  (void)shop_flight_send(self, &flight, "package.swap", (base_slice){0});
  size_t gone = shop_flight_send(self, &flight, "clerk.write", named(self, "张建国"));
  shop_flight_land(&flight);
  assert_int_equal(shop_flight_code(&flight, gone), BASE_UNKNOWN_METHOD);
  shop_refused(self, BASE_UNKNOWN_METHOD, "clerk.read", (base_slice){0});
  assert_by(shop_call(self, "clerk.listen", (base_slice){0}), "2");
  shop_flight_fini(&flight);
}

/* --- types and indexes ------------------------------------------------------------------------- */

static const data_field plain_fields[] = {{.name = "code", .kind = DATA_KIND_TEXT}, {.name = NULL}};
static const data_field indexed_fields[] = {
    {.name = "code", .kind = DATA_KIND_TEXT, .flags = DATA_INDEX}, {.name = NULL}};
static const data_field unique_fields[] = {
    {.name = "code", .kind = DATA_KIND_TEXT, .flags = DATA_UNIQUE}, {.name = NULL}};

static void put_fields(clerk *self, model_type_definition *types, const data_field *fields) {
  types[0] = (model_type_definition){.name = "ticket", .fields = fields};
  types[1] = (model_type_definition){.name = NULL};
  self->package.types = types;
}

static int64_t index_rows(shop *self) {
  store_view *view;
  base_slice none = {0};
  base_slice key;
  base_slice value;
  int64_t count = 0;
  shop_check(self, store_view_open(self->store, &view, &self->error));
  store_change_set *set = store_change_set_new(view, self->arena);
  for (int table = 0; table < 2; table++) {
    store_cursor *cursor =
        store_cursor_open(set, table == 0 ? STORE_INDEX : STORE_UNIQUE, none, none, false);
    while (store_cursor_next(cursor, &key, &value)) count++;
    store_cursor_close(cursor);
  }
  store_view_close(view);
  return count;
}

static void tickets(shop *self, int count) {
  for (int i = 0; i < count; i++) {
    (void)shop_call(self, "clerk.ticket", shop_map(self, "t", "code", "济南"));
  }
}

static void a_new_index_is_built(void **state) {
  shop *self = *state;
  model_type_definition before[2];
  model_type_definition after[2];
  put_fields(&first, before, plain_fields);
  put_fields(&second, after, indexed_fields);
  shop_start(self);
  tickets(self, 3);
  int64_t rows = index_rows(self);
  (void)shop_call(self, "package.swap", (base_slice){0});
  assert_int_equal(index_rows(self), rows + 3);
  tickets(self, 2);
  assert_int_equal(index_rows(self), rows + 5);
}

static void a_unique_index_that_does_not_hold_leaves_no_rows(void **state) {
  shop *self = *state;
  model_type_definition before[2];
  model_type_definition after[2];
  put_fields(&first, before, plain_fields);
  put_fields(&second, after, unique_fields);
  shop_start(self);
  tickets(self, 2);
  int64_t rows = index_rows(self);
  history[0] = '\0';
  shop_refused(self, BASE_DUPLICATE, "package.swap", (base_slice){0});
  assert_history("free2 ");
  assert_int_equal(index_rows(self), rows);
  tickets(self, 1);
}

static void an_index_of_a_package_that_cannot_start_goes_again(void **state) {
  shop *self = *state;
  model_type_definition before[2];
  model_type_definition after[2];
  put_fields(&first, before, plain_fields);
  put_fields(&second, after, indexed_fields);
  second.refuses_start = true;
  shop_start(self);
  tickets(self, 3);
  int64_t rows = index_rows(self);
  shop_refused(self, BASE_UNAVAILABLE, "package.swap", (base_slice){0});
  assert_int_equal(index_rows(self), rows);
  tickets(self, 1);
  assert_int_equal(index_rows(self), rows);
}

static void an_index_goes_with_its_rows_when_the_new_one_starts(void **state) {
  shop *self = *state;
  model_type_definition before[2];
  model_type_definition after[2];
  put_fields(&first, before, indexed_fields);
  put_fields(&second, after, plain_fields);
  second.refuses_start = true;
  shop_start(self);
  tickets(self, 3);
  int64_t rows = index_rows(self);
  shop_refused(self, BASE_UNAVAILABLE, "package.swap", (base_slice){0});
  assert_by(shop_call(self, "clerk.read", (base_slice){0}), "1");
  tickets(self, 1);
  assert_int_equal(index_rows(self), rows + 1);
  make_clerk(&second, "2");
  put_fields(&second, after, plain_fields);
  (void)shop_call(self, "package.swap", (base_slice){0});
  assert_by(shop_call(self, "clerk.read", (base_slice){0}), "2");
  assert_int_equal(index_rows(self), rows - 3);
}

/* --- again and again --------------------------------------------------------------------------- */

#define ROUNDS 50

static void fifty_times_under_calls(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_start(self);
  for (int round = 0; round < ROUNDS; round++) {
    clerk *fresh = round % 2 == 0 ? &second : &first;
    shop_flight_init(&flight);
    if (round > 0) make_clerk(fresh, fresh == &first ? "1" : "2");
    next = &fresh->package;
    for (int i = 0; i < 5; i++) {
      (void)shop_flight_send(self, &flight, "clerk.read", (base_slice){0});
      (void)shop_flight_send(self, &flight, "clerk.write", named(self, "张建国"));
      (void)shop_flight_send(self, &flight, "clerk.ask", (base_slice){0});
      if (i == 2) (void)shop_flight_send(self, &flight, "package.swap", (base_slice){0});
    }
    shop_flight_land(&flight);
    for (size_t i = 0; i < flight.sent; i++) {
      if (shop_flight_code(&flight, i) != BASE_OK)
        fail_msg("%s", flight.requests[i]->error.message);
    }
    shop_flight_fini(&flight);
    history[0] = '\0';
  }
  assert_int_equal(shop_count(self, "note"), ROUNDS * 5);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, shop_end)
  const struct CMUnitTest tests[] = {
      TEST(the_old_one_stops_before_the_new_one_starts),
      TEST(a_new_one_that_cannot_start_leaves_the_old_one),
      TEST(a_package_is_added),
      TEST(what_does_not_fit_is_refused_before_anything_stops),
      TEST(a_call_inside_is_waited_for),
      TEST(a_call_that_does_not_end_keeps_the_old_one),
      TEST(calls_that_come_meanwhile_run_in_the_new_one),
      TEST(an_op_cannot_pass_over_a_closed_package),
      TEST(writes_that_wait_run_in_the_new_one),
      TEST(what_was_prepared_is_prepared_again),
      TEST(an_op_that_went_is_unknown),
      TEST(a_new_index_is_built),
      TEST(a_unique_index_that_does_not_hold_leaves_no_rows),
      TEST(an_index_of_a_package_that_cannot_start_goes_again),
      TEST(an_index_goes_with_its_rows_when_the_new_one_starts),
      TEST(fifty_times_under_calls),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
