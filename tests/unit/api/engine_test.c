/* engine: writes in groups, reads, calls inside ops, prepare steps, sessions, control ops. */
#include "shop_flight.h"

static base_slice named(shop *self, const char *name) {
  return shop_map(self, "t", "name", name);
}

/* --- writes ------------------------------------------------------------------------------------ */

static void what_is_created_is_read(void **state) {
  shop *self = *state;
  base_slice made = shop_call(self, "customer.create",
                              shop_map(self, "tt", "name", "张建国", "phone", "138-0000-1001"));
  assert_int_equal(data_map_integer(made, "id", 0), 1);
  base_slice got = shop_call(self, "customer.get", shop_map(self, "i", "id", (int64_t)1));
  assert_true(base_slice_equal(made, got));
  assert_text(data_map_text(got, "created_by"), "李静");
  store_entry entry = shop_entry(self, 0);
  assert_text(entry.head.op, "customer.create");
  assert_text(entry.head.actor, "李静");
  assert_text(entry.head.packages, "agency 1.2.0");
  assert_int_equal(entry.head.at, SHOP_NOW);
  assert_int_equal(entry.head.cause, 0);
}

static void params_are_validated(void **state) {
  shop *self = *state;
  static const uint8_t array[] = {0x90};
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.create", (base_slice){0});
  assert_string_equal(self->error.field, "name");
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.create", named(self, ""));
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.get",
               shop_map(self, "ib", "id", (int64_t)1, "dry_run", true));
  assert_string_equal(self->error.field, "dry_run");
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.create",
               base_slice_make(array, sizeof array));
  shop_refused(self, BASE_INVALID_ARGUMENT, "server.ping", named(self, "张建国"));
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.create",
               shop_map(self, "tt", "name", "张建国", "dry_run", "true"));
  assert_string_equal(self->error.field, "dry_run");
}

static void an_error_brings_its_data(void **state) {
  shop *self = *state;
  base_slice values = shop_map(self, "tt", "name", "张建国", "phone", "13800001001");
  (void)shop_call(self, "customer.create", values);
  shop_refused(self, BASE_DUPLICATE, "customer.create", values);
  assert_int_equal(data_map_integer(self->error.data, "id", 0), 1);
}

static void a_failing_op_leaves_its_group_alone(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  int64_t groups = shop_metric("api_groups_total");
  uint64_t entries = shop_entries(self);
  shop_flight_hold(self, &flight);
  size_t first = shop_flight_send(self, &flight, "customer.create", named(self, "张建国"));
  size_t broken = shop_flight_send(self, &flight, "customer.broken", named(self, "孙伟"));
  size_t ruled = shop_flight_send(self, &flight, "customer.create", named(self, "拒绝来往"));
  size_t last = shop_flight_send(self, &flight, "customer.create", named(self, "王秀兰"));
  shop_flight_land(&flight);
  assert_int_equal(shop_flight_code(&flight, first), BASE_OK);
  assert_int_equal(shop_flight_code(&flight, broken), BASE_RULE_FAILED);
  assert_int_equal(shop_flight_code(&flight, ruled), BASE_RULE_FAILED);
  assert_int_equal(shop_flight_code(&flight, last), BASE_OK);
  /* Numbers show that the second create saw the first, and nothing of the failed ones. */
  assert_int_equal(data_map_integer(shop_flight_result(&flight, last), "id", 0), 2);
  assert_int_equal(shop_flight_result(&flight, broken).size, 0);
  for (size_t i = 0; i < flight.sent; i++) assert_int_equal(flight.order[i], i + 1);
  assert_int_equal(shop_metric("api_groups_total"), groups + 1);
  assert_int_equal(shop_entries(self), entries + 2);
  assert_int_equal(shop_count(self, "customer"), 2);
  shop_flight_fini(&flight);
}

static void groups_are_bounded(void **state) {
  shop *self = *state;
  self->group_ops = 4;
  shop_start(self);
  shop_flight flight;
  shop_flight_init(&flight);
  int64_t groups = shop_metric("api_groups_total");
  shop_flight_hold(self, &flight);
  for (int i = 0; i < 10; i++) {
    (void)shop_flight_send(self, &flight, "customer.create", named(self, "张建国"));
  }
  shop_flight_land(&flight);
  assert_int_equal(shop_metric("api_groups_total"), groups + 3);
  assert_int_equal(shop_count(self, "customer"), 10);
  shop_flight_fini(&flight);
}

static void a_write_that_changes_nothing_makes_no_entry(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", named(self, "张建国"));
  uint64_t entries = shop_entries(self);
  base_slice same = shop_map(self, "it", "id", (int64_t)1, "name", "张建国");
  assert_int_equal(data_map_integer(shop_call(self, "customer.rename", same), "version", 0), 1);
  assert_int_equal(shop_entries(self), entries);
}

/* A full disk costs the requests of its group, which all hear of it, and costs nothing else. */
static void a_group_that_cannot_be_stored_did_not_happen(void **state) {
  shop *self = *state;
  char name[20001];
  self->map_bytes = (size_t)2 << 20;
  self->tail_bytes = (size_t)1 << 20;
  shop_start(self);
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  int64_t stored = 0;
  size_t full = 0;
  for (int round = 0; round < 40 && full < 2; round++) {
    shop_flight flight;
    shop_flight_init(&flight);
    shop_flight_hold(self, &flight);
    for (int i = 0; i < 8; i++) {
      (void)shop_flight_send(self, &flight, "customer.create", named(self, name));
    }
    shop_flight_land(&flight);
    for (size_t i = 0; i < flight.sent; i++) {
      stored += shop_flight_code(&flight, i) == BASE_OK;
      full += shop_flight_code(&flight, i) == BASE_STORAGE_FULL;
    }
    shop_flight_fini(&flight);
  }
  assert_true(full >= 2);
  assert_true(stored > 0);
  assert_int_equal(shop_count(self, "customer"), stored);
}

typedef struct submitter {
  shop *shop;
  pthread_t thread;
  int64_t failures;
} submitter;

static void *submit_many(void *argument) {
  submitter *self = argument;
  base_slice params = base_slice_make(
      "\x81\xa4name\xa6"
      "Zhang3",
      13);
  for (int i = 0; i < 100; i++) {
    base_buffer result = {0};
    base_error error;
    base_code code = api_engine_call(self->shop->engine, &self->shop->staff, "customer.create",
                                     params, &result, &error);
    self->failures += code != BASE_OK;
    code = api_engine_call(self->shop->engine, &self->shop->staff, "server.ping", (base_slice){0},
                           &result, &error);
    self->failures += code != BASE_OK;
    base_buffer_fini(&result);
  }
  return NULL;
}

static void many_threads_submit(void **state) {
  shop *self = *state;
  submitter submitters[4];
  for (size_t i = 0; i < 4; i++) {
    submitters[i] = (submitter){.shop = self};
    assert_int_equal(pthread_create(&submitters[i].thread, NULL, submit_many, &submitters[i]), 0);
  }
  for (size_t i = 0; i < 4; i++) {
    (void)pthread_join(submitters[i].thread, NULL);
    assert_int_equal(submitters[i].failures, 0);
  }
  assert_int_equal(shop_count(self, "customer"), 400);
}

/* --- calls inside ops -------------------------------------------------------------------------- */

static void calls_nest(void **state) {
  shop *self = *state;
  base_slice inner = named(self, "张建国");
  base_slice batch = shop_map(self, "tr", "op", "customer.create", "params", inner);
  base_slice outer = shop_map(self, "tr", "op", "batch.run", "params", batch);
  assert_int_equal(data_map_integer(shop_call(self, "batch.run", outer), "id", 0), 1);
  shop_refused(self, BASE_INVALID_ARGUMENT, "batch.run",
               shop_map(self, "tr", "op", "customer.create", "params", shop_map(self, "")));
  assert_string_equal(self->error.field, "name");
  shop_refused(self, BASE_BUDGET_EXCEEDED, "agency.loop", (base_slice){0});
}

/* What a failed inner write left in the change set cannot be told from the rest. */
static void a_failed_inner_write_cannot_be_swallowed(void **state) {
  shop *self = *state;
  shop_refused(self, BASE_RULE_FAILED, "agency.tolerant", named(self, "孙伟"));
  assert_int_equal(shop_count(self, "customer"), 0);
  base_slice answer = shop_call(self, "agency.curious", shop_map(self, "i", "id", (int64_t)77));
  assert_text(data_peek(answer).as.bytes, "NOT_FOUND");
}

static void a_read_op_cannot_write(void **state) {
  shop *self = *state;
  shop_refused(self, BASE_READ_ONLY, "agency.peek", named(self, "张建国"));
  /* Nor when an op that may has called it. */
  shop_refused(self, BASE_READ_ONLY, "agency.meddle", named(self, "张建国"));
  (void)shop_call(self, "agency.ping", (base_slice){0});
  assert_int_equal(shop_count(self, "customer"), 0);
}

static void some_ops_are_called_directly_only(void **state) {
  shop *self = *state;
  static const char *const ops[] = {"customer.sealed", "session.enter", "gate.wait"};
  for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
    shop_refused(self, BASE_INVALID_ARGUMENT, "batch.run",
                 shop_map(self, "tr", "op", ops[i], "params", named(self, "张建国")));
    assert_non_null(strstr(self->error.message, "directly"));
  }
}

/* --- prepare, sessions, control, dry runs ------------------------------------------------------ */

static void a_prepared_op_sees_what_was_prepared(void **state) {
  shop *self = *state;
  base_slice made = shop_call(self, "customer.sealed", named(self, "王秀兰"));
  assert_text(data_map_text(made, "name"), "王秀兰（已加密）");
  assert_int_equal(atomic_load(&shop_prepare_runs), 1);
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.sealed", named(self, "短"));
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.sealed", (base_slice){0});
  assert_int_equal(atomic_load(&shop_prepare_runs), 2);
  assert_int_equal(shop_count(self, "customer"), 1);
}

/* prepare.waiting is 128: so many wait behind the one that is being prepared, at -1, 0 and +1. */
static void the_prepare_lane_is_bounded(void **state) {
  shop *self = *state;
  for (size_t waiting = 127; waiting <= 129; waiting++) {
    shop_flight flight;
    shop_flight_init(&flight);
    int64_t before = shop_metric("api_limit_prepare_waiting_total");
    int64_t stored = shop_count(self, "customer");
    int runs = atomic_load(&shop_prepare_runs);
    atomic_store(&shop_prepare_held, true);
    (void)shop_flight_send(self, &flight, "customer.sealed", named(self, "王秀兰"));
    while (atomic_load(&shop_prepare_runs) == runs) (void)sched_yield();
    for (size_t i = 0; i < waiting; i++) {
      (void)shop_flight_send(self, &flight, "customer.sealed", named(self, "王秀兰"));
    }
    atomic_store(&shop_prepare_held, false);
    shop_flight_land(&flight);
    for (size_t i = 0; i <= waiting; i++) {
      assert_int_equal(shop_flight_code(&flight, i), i > 128 ? BASE_UNAVAILABLE : BASE_OK);
    }
    int64_t refused = waiting > 128;
    assert_int_equal(shop_metric("api_limit_prepare_waiting_total") - before, refused);
    assert_int_equal(shop_count(self, "customer") - stored, (int64_t)waiting + 1 - refused);
    shop_flight_fini(&flight);
  }
}

static void a_session_op_changes_the_requests_session(void **state) {
  shop *self = *state;
  api_request *request = api_request_new(NULL, &self->staff, shop_map(self, "t", "user", "王芳"));
  shop_flight flight;
  shop_flight_init(&flight);
  request->done = shop_flight_answer;
  request->self = &flight;
  flight.requests[0] = request;
  flight.sent = 1;
  assert_int_equal(api_engine_find(self->engine, request, base_slice_text("session.enter")),
                   BASE_OK);
  api_engine_submit(self->engine, request);
  assert_int_equal(flight.answered, 1); /* on this thread */
  assert_string_equal(request->session.user, "王芳");
  /* The op itself ran as who had called it. */
  assert_text(data_peek(shop_flight_result(&flight, 0)).as.bytes, "李静");
  shop_flight_fini(&flight);
}

static void point_reads_run_on_the_submitting_thread(void **state) {
  shop *self = *state;
  self->reads_on_loop = true;
  shop_start(self);
  shop_flight flight;
  shop_flight_init(&flight);
  (void)shop_flight_send(self, &flight, "server.ping", (base_slice){0});
  assert_int_equal(flight.answered, 1);
  shop_flight_land(&flight);
  shop_flight_fini(&flight);
}

/* Whether the answer came on the submitting thread. */
static bool answered_here(shop *self, shop_flight *flight, const char *op, base_slice params) {
  size_t number = shop_flight_send(self, flight, op, params);
  shop_flight_land(flight);
  assert_int_equal(shop_flight_code(flight, number), BASE_OK);
  return pthread_equal(flight->answered_by[number], pthread_self()) != 0;
}

static base_slice page_of(shop *self, int64_t limit) {
  return shop_map(self, "ti", "type", "customer", "limit", limit);
}

static size_t items_of_last(const shop_flight *flight) {
  data_value items = {0};
  (void)data_map_find(shop_flight_result(flight, flight->sent - 1), "items", &items);
  return items.as.count;
}

/* A page looks at one row more than it returns, to know whether there is another page. */
static void longer_reads_move_to_a_lane(void **state) {
  shop *self = *state;
  self->reads_on_loop = true;
  self->loop_rows = 5;
  shop_start(self);
  for (int i = 0; i < 8; i++) (void)shop_call(self, "customer.create", named(self, "张建国"));
  shop_flight flight;
  shop_flight_init(&flight);
  int64_t errors = shop_metric("api_errors_total");
  assert_true(answered_here(self, &flight, "record.find", page_of(self, 3)));
  assert_true(answered_here(self, &flight, "record.find", page_of(self, 4)));
  assert_int_equal(items_of_last(&flight), 4);
  assert_false(answered_here(self, &flight, "record.find", page_of(self, 5)));
  assert_int_equal(items_of_last(&flight), 5);
  base_slice filtered = shop_map(self, "tri", "type", "customer", "where", named(self, "张建国"),
                                 "limit", (int64_t)1);
  assert_false(answered_here(self, &flight, "record.find", filtered)); /* no index bounds it */
  assert_int_equal(items_of_last(&flight), 1);
  assert_int_equal(shop_metric("api_errors_total"), errors);
  shop_flight_fini(&flight);
}

static base_slice long_name(shop *self, char letter) {
  char name[3001];
  memset(name, letter, sizeof name - 1);
  name[sizeof name - 1] = '\0';
  return named(self, name);
}

static void large_records_are_as_long_as_many_rows(void **state) {
  shop *self = *state;
  self->reads_on_loop = true;
  self->loop_rows = 5;
  shop_start(self);
  (void)shop_call(self, "customer.create", long_name(self, 'a'));
  (void)shop_call(self, "customer.create", long_name(self, 'b'));
  shop_flight flight;
  shop_flight_init(&flight);
  base_slice first = shop_map(self, "tri", "type", "customer", "where",
                              shop_map(self, "i", "id", (int64_t)1), "limit", (int64_t)1);
  assert_true(answered_here(self, &flight, "record.find", first));
  assert_false(answered_here(self, &flight, "record.find", page_of(self, 2)));
  assert_int_equal(items_of_last(&flight), 2);
  shop_flight_fini(&flight);
}

/* The reads of a turn share a view, but what was acknowledged meanwhile is seen. */
static void a_read_sees_what_was_acknowledged_before(void **state) {
  shop *self = *state;
  api_door door = {.view = NULL};
  self->reads_on_loop = true;
  shop_start(self);
  shop_flight flight;
  shop_flight_init(&flight);
  flight.door = &door;
  assert_true(answered_here(self, &flight, "record.find", page_of(self, 4)));
  const store_view *shared = door.view;
  assert_non_null(shared);
  assert_true(answered_here(self, &flight, "record.find", page_of(self, 4)));
  assert_ptr_equal(door.view, shared);
  assert_int_equal(items_of_last(&flight), 0);
  for (size_t i = 1; i <= 3; i++) {
    (void)shop_call(self, "customer.create", named(self, "张建国"));
    assert_true(answered_here(self, &flight, "record.find", page_of(self, 4)));
    assert_int_equal(items_of_last(&flight), i);
  }
  api_door_rest(&door);
  assert_null(door.view);
  shop_flight_fini(&flight);
  assert_true(door.arenas.count > 0);
  api_door_fini(&door);
}

static void control_ops_run_between_groups(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  int64_t groups = shop_metric("api_groups_total");
  shop_flight_hold(self, &flight);
  (void)shop_flight_send(self, &flight, "customer.create", named(self, "张建国"));
  size_t control = shop_flight_send(self, &flight, "gate.wait", (base_slice){0});
  (void)shop_flight_send(self, &flight, "customer.create", named(self, "王秀兰"));
  shop_flight_land(&flight);
  assert_int_equal(shop_flight_code(&flight, control), BASE_OK);
  assert_int_equal(flight.order[control], 2);
  assert_int_equal(shop_metric("api_groups_total"), groups + 2);
  shop_flight_fini(&flight);
}

static void stopping_finishes_what_was_submitted(void **state) {
  static const char *const ops[] = {"customer.create", "customer.sealed"};
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  for (int i = 0; i < 60; i++) {
    (void)shop_flight_send(self, &flight, ops[i % 2], named(self, "张建国"));
  }
  shop_stop(self);
  assert_int_equal(flight.answered, 60);
  for (size_t i = 0; i < 60; i++) assert_int_equal(shop_flight_code(&flight, i), BASE_OK);
  shop_start(self);
  assert_int_equal(shop_count(self, "customer"), 60);
  shop_flight_fini(&flight);
}

static void now_never_goes_back(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", named(self, "张建国"));
  (void)shop_try_as(self, &self->administrator, "clock.set",
                    shop_map(self, "i", "to", SHOP_NOW - SHOP_DAY));
  shop_check(self, self->error.code);
  base_slice pong = shop_call(self, "server.ping", (base_slice){0});
  assert_int_equal(data_map_integer(pong, "now", 0), SHOP_NOW);
  base_slice made = shop_call(self, "customer.create", named(self, "王秀兰"));
  assert_int_equal(data_map_integer(made, "created_at", 0), SHOP_NOW);
}

static void requests_and_errors_are_counted(void **state) {
  shop *self = *state;
  int64_t requests = shop_metric("api_requests_total");
  int64_t errors = shop_metric("api_errors_total");
  (void)shop_call(self, "server.ping", (base_slice){0});
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.get", (base_slice){0});
  assert_int_equal(shop_metric("api_requests_total"), requests + 2);
  assert_int_equal(shop_metric("api_errors_total"), errors + 1);
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, shop_begin, shop_end)
#define STOPPED_TEST(name) cmocka_unit_test_setup_teardown(name, shop_begin_stopped, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      SHOP_TEST(what_is_created_is_read),
      SHOP_TEST(params_are_validated),
      SHOP_TEST(an_error_brings_its_data),
      SHOP_TEST(a_failing_op_leaves_its_group_alone),
      STOPPED_TEST(groups_are_bounded),
      SHOP_TEST(a_write_that_changes_nothing_makes_no_entry),
      STOPPED_TEST(a_group_that_cannot_be_stored_did_not_happen),
      SHOP_TEST(many_threads_submit),
      SHOP_TEST(calls_nest),
      SHOP_TEST(a_failed_inner_write_cannot_be_swallowed),
      SHOP_TEST(a_read_op_cannot_write),
      SHOP_TEST(some_ops_are_called_directly_only),
      SHOP_TEST(a_prepared_op_sees_what_was_prepared),
      SHOP_TEST(the_prepare_lane_is_bounded),
      SHOP_TEST(a_session_op_changes_the_requests_session),
      STOPPED_TEST(point_reads_run_on_the_submitting_thread),
      STOPPED_TEST(longer_reads_move_to_a_lane),
      STOPPED_TEST(large_records_are_as_long_as_many_rows),
      STOPPED_TEST(a_read_sees_what_was_acknowledged_before),
      SHOP_TEST(control_ops_run_between_groups),
      SHOP_TEST(stopping_finishes_what_was_submitted),
      SHOP_TEST(now_never_goes_back),
      SHOP_TEST(requests_and_errors_are_counted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
