/* delivery: states, queues, tries, what is given to carriers, what is repeated and what is forgotten. */
#include "api/engine_state.h"
#include "mirror_server.h"

#define FIRST_MS ((int64_t)1000)
#define MOST_MS ((int64_t)4000)

static int begin(void **state) {
  if (server_begin(state) != 0) return -1;
  server *self = *state;
  server_stop(self);
  self->delivery = (api_delivery_options){.attempts = 4,
                                          .retry_first_ms = FIRST_MS,
                                          .retry_most_ms = MOST_MS,
                                          .kept = 5,
                                          .data_bytes = 100};
  server_start(self);
  return 0;
}

/* --- calls ------------------------------------------------------------------------------------------- */

/* As a package calls. */
static base_code call(server *self, const char *op) {
  return api_engine_call_inside(self->engine, &self->administrator, op,
                                base_buffer_slice(&self->params), &self->result, &self->error);
}

static void expect(server *self, const char *op, base_code expected) {
  base_code code = call(self, op);
  if (code == expected) return;
  COMPLAIN(self, "%s answered %s (%s), not %s", op, base_code_name(code), self->error.message,
           base_code_name(expected));
}

/* About customer `id`; 0: about nothing. */
static int64_t make(server *self, const char *target, int64_t id) {
  base_buffer *params = server_params(self, id == 0 ? 3 : 5);
  data_append_pair_text(params, "channel", "test");
  data_append_pair_text(params, "target", target);
  data_append_pair_text(params, "event", "customer.changed");
  if (id != 0) {
    data_append_pair_text(params, "type", "customer");
    data_append_pair_integer(params, "id", id);
  }
  expect(self, "delivery.create", BASE_OK);
  return data_map_integer(server_result(self), "id", 0);
}

static void report(server *self, int64_t id, const char *outcome) {
  base_buffer *params = server_params(self, 3);
  data_append_pair_integer(params, "id", id);
  data_append_pair_text(params, "outcome", outcome);
  data_append_pair_text(params, "error", "HTTP 503");
  expect(self, "delivery.report", BASE_OK);
}

static base_slice get(server *self, int64_t id) {
  base_buffer *params = server_params(self, 2);
  data_append_pair_text(params, "type", "delivery");
  data_append_pair_integer(params, "id", id);
  expect(self, "record.get", BASE_OK);
  return server_result(self);
}

static void is_in(server *self, int64_t id, const char *state) {
  base_slice is = data_map_text(get(self, id), "state");
  if (base_slice_is(is, state)) return;
  COMPLAIN(self, "delivery %lld is %.*s, not %s", (long long)id, BASE_SLICE_ARGS(is), state);
}

static void advance(server *self, int64_t ms) {
  int64_t to = base_clock_now(self->clock) + ms;
  data_append_pair_integer(server_params(self, 1), "to", to);
  server_expect(self, "clock.advance", BASE_OK);
}

/* What may leave, as "1 3 4"; `under_way` numbers end with 0. */
static const char *leaving_but(server *self, int64_t each, int64_t limit,
                               const int64_t *under_way) {
  static char text[256];
  data_value items;
  size_t count = 0;
  size_t at = 0;
  while (under_way[count] != 0) count++;
  base_buffer *params = server_params(self, 4);
  data_append_pair_text(params, "channel", "test");
  data_append_pair_integer(params, "each", each);
  data_append_pair_integer(params, "limit", limit);
  data_append_text(params, "under_way");
  data_append_array(params, count);
  for (size_t i = 0; i < count; i++) data_append_integer(params, under_way[i]);
  expect(self, "delivery.next", BASE_OK);
  assert_true(data_map_find(server_result(self), "items", &items));
  text[0] = '\0';
  data_walk walk = data_walk_begin(items.raw);
  while (data_walk_next(&walk)) {
    long long id = data_map_integer(walk.value.raw, "id", 0);
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%lld", at > 0 ? " " : "", id);
  }
  return text;
}

static const char *leaving(server *self) {
  const int64_t none[] = {0};
  return leaving_but(self, 10, 100, none);
}

static void retry_one(server *self, int64_t id) {
  data_append_pair_integer(server_params(self, 1), "id", id);
  expect(self, "delivery.retry", BASE_OK);
}

/* --- queues -------------------------------------------------------------------------------------------- */

static void the_next_of_a_record_waits(void **state) {
  server *self = *state;
  int64_t one = make(self, "erp", 7);
  int64_t two = make(self, "erp", 7);
  int64_t three = make(self, "erp", 7);
  is_in(self, one, "pending");
  is_in(self, two, "waiting");
  assert_string_equal(leaving(self), "1");
  report(self, one, "delivered");
  is_in(self, one, "delivered");
  is_in(self, two, "pending");
  is_in(self, three, "waiting");
  assert_string_equal(leaving(self), "2");
  report(self, two, "failed");
  assert_string_equal(leaving(self), "");
  report(self, two, "delivered"); /* it is failed by now: stale */
  is_in(self, two, "failed");
  advance(self, FIRST_MS);
  assert_string_equal(leaving(self), "2");
  report(self, two, "dead");
  assert_string_equal(leaving(self), "3");
}

static void other_queues_do_not_wait(void **state) {
  server *self = *state;
  (void)make(self, "erp", 7);
  (void)make(self, "erp", 8);
  (void)make(self, "app", 7);
  (void)make(self, "erp", 0);
  (void)make(self, "erp", 0);
  (void)make(self, "erp", 7);
  assert_string_equal(leaving(self), "3 1 2 4 5"); /* by target */
}

static void carriers_are_given_so_many_of_each_target(void **state) {
  server *self = *state;
  const int64_t none[] = {0};
  const int64_t some[] = {1, 4, 0};
  for (int i = 0; i < 3; i++) (void)make(self, "a", 0);
  for (int i = 0; i < 3; i++) (void)make(self, "b", 0);
  (void)make(self, "", 0);
  assert_string_equal(leaving_but(self, 2, 100, none), "7 1 2 4 5");
  assert_string_equal(leaving_but(self, 2, 3, none), "7 1 2");
  assert_string_equal(leaving_but(self, 2, 100, some), "7 2 5"); /* those count, too */
  assert_string_equal(leaving_but(self, 1, 100, some), "7");
}

/* --- tries ------------------------------------------------------------------------------------------------ */

static void waits_grow_and_end(void **state) {
  server *self = *state;
  static const int64_t waits[] = {FIRST_MS, 2 * FIRST_MS, MOST_MS};
  int64_t id = make(self, "erp", 7);
  for (size_t i = 0; i < 3; i++) {
    report(self, id, "failed");
    base_slice record = get(self, id);
    assert_int_equal(data_map_integer(record, "attempts", 0), i + 1);
    assert_int_equal(data_map_integer(record, "due_at", 0), base_clock_now(self->clock) + waits[i]);
    assert_true(base_slice_is(data_map_text(record, "error"), "HTTP 503"));
    advance(self, waits[i] - 1);
    assert_string_equal(leaving(self), "");
    advance(self, 1);
    assert_string_equal(leaving(self), "1");
  }
  report(self, id, "failed"); /* the fourth of four */
  is_in(self, id, "dead");
  assert_true(data_map_integer(get(self, id), "closed_at", 0) > 0);
  advance(self, MOST_MS * 10);
  is_in(self, id, "dead");
}

static void a_stop_changes_nothing(void **state) {
  server *self = *state;
  int64_t one = make(self, "erp", 7);
  int64_t two = make(self, "erp", 8);
  report(self, two, "failed");
  server_stop(self);
  server_start(self);
  assert_string_equal(leaving(self), "1");
  advance(self, FIRST_MS);
  assert_string_equal(leaving(self), "1 2");
  report(self, one, "delivered");
  assert_string_equal(leaving(self), "2");
  server_verify(self);
}

/* --- by hand -------------------------------------------------------------------------------------------- */

static void the_dead_are_delivered_again(void **state) {
  server *self = *state;
  int64_t one = make(self, "erp", 7);
  int64_t two = make(self, "erp", 7);
  report(self, one, "dead");
  is_in(self, two, "pending");
  retry_one(self, one);
  is_in(self, one, "waiting"); /* the second is on its way */
  report(self, two, "delivered");
  assert_string_equal(leaving(self), "1");
  assert_int_equal(data_map_integer(get(self, one), "attempts", -1), 0);
  report(self, one, "failed");
  retry_one(self, one); /* at once, and the timer is gone */
  assert_string_equal(leaving(self), "1");
  report(self, one, "failed");
  advance(self, FIRST_MS);
  assert_string_equal(leaving(self), ""); /* the second wait, from the second failure */
  advance(self, FIRST_MS);
  assert_string_equal(leaving(self), "1");
}

static void a_range_is_delivered_again_in_order(void **state) {
  server *self = *state;
  int64_t from = 0;
  for (int i = 1; i <= 4; i++) {
    int64_t id = make(self, "erp", 7);
    if (i == 2) from = data_map_integer(get(self, id), "sequence", 0);
    report(self, id, "delivered");
  }
  base_buffer *params = server_params(self, 3);
  data_append_pair_integer(params, "from", from);
  data_append_pair_text(params, "target", "erp");
  data_append_pair_integer(params, "limit", 2);
  expect(self, "delivery.retry", BASE_OK);
  assert_int_equal(data_map_integer(server_result(self), "count", 0), 2);
  char after[200];
  base_slice next = data_map_text(server_result(self), "next");
  (void)snprintf(after, sizeof after, "%.*s", BASE_SLICE_ARGS(next));
  params = server_params(self, 3);
  data_append_pair_integer(params, "from", from);
  data_append_pair_text(params, "target", "erp");
  data_append_pair_text(params, "after", after);
  expect(self, "delivery.retry", BASE_OK);
  assert_int_equal(data_map_integer(server_result(self), "count", 0), 1);
  is_in(self, 1, "delivered");
  for (int64_t id = 2; id <= 4; id++) {
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)id);
    assert_string_equal(leaving(self), text);
    report(self, id, "delivered");
  }
  assert_string_equal(leaving(self), "");
}

static void what_is_dropped_lets_others_go(void **state) {
  server *self = *state;
  int64_t one = make(self, "erp", 7);
  int64_t two = make(self, "erp", 7);
  int64_t three = make(self, "erp", 7);
  report(self, one, "failed");
  data_append_pair_integer(server_params(self, 1), "id", two);
  expect(self, "delivery.drop", BASE_OK); /* from behind another: nothing may overtake that */
  is_in(self, two, "dead");
  is_in(self, three, "waiting");
  data_append_pair_integer(server_params(self, 1), "id", one);
  expect(self, "delivery.drop", BASE_OK);
  assert_string_equal(leaving(self), "3");
  advance(self, MOST_MS);
  is_in(self, one, "dead");
  data_append_pair_integer(server_params(self, 1), "id", one);
  expect(self, "delivery.drop", BASE_TRANSITION_DENIED);
}

/* --- limits ------------------------------------------------------------------------------------------------ */

static base_code make_with_data(server *self, size_t bytes) {
  base_buffer *params = server_params(self, 3);
  char text[200];
  /* {"text": str8}: 1 + 5 + 2 bytes around it. */
  memset(text, 'x', sizeof text);
  data_append_pair_text(params, "channel", "test");
  data_append_pair_text(params, "event", "text.grown");
  data_append_text(params, "data");
  data_append_map(params, 1);
  data_append_pair_slice(params, "text", base_slice_make(text, bytes - 8));
  return call(self, "delivery.create");
}

static void data_have_so_many_bytes(void **state) {
  server *self = *state;
  assert_int_equal(make_with_data(self, 99), BASE_OK);
  assert_int_equal(make_with_data(self, 100), BASE_OK);
  assert_int_equal(make_with_data(self, 101), BASE_TOO_LARGE);
  assert_string_equal(self->error.field, "data");
}

static int64_t count_all(server *self) {
  data_append_pair_text(server_params(self, 1), "type", "delivery");
  expect(self, "record.count", BASE_OK);
  return data_map_integer(server_result(self), "count", 0);
}

static void the_oldest_closed_are_forgotten(void **state) {
  server *self = *state;
  int64_t open = make(self, "erp", 0);
  for (int i = 0; i < 4; i++) report(self, make(self, "erp", 0), i % 2 == 0 ? "delivered" : "dead");
  assert_int_equal(count_all(self), 5); /* deliveries.kept */
  report(self, make(self, "erp", 0), "delivered");
  assert_int_equal(count_all(self), 6); /* the first is open and stays */
  for (int i = 0; i < 10; i++) report(self, make(self, "erp", 0), "delivered");
  assert_int_equal(count_all(self), 6);
  is_in(self, open, "pending");
  server_verify(self);
}

static void what_is_wrong_is_said(void **state) {
  server *self = *state;
  base_buffer *params = server_params(self, 3);
  data_append_pair_text(params, "channel", "te\nst");
  data_append_pair_text(params, "event", "a");
  data_append_pair_integer(params, "id", 7);
  expect(self, "delivery.create", BASE_INVALID_ARGUMENT);
  assert_string_equal(self->error.field, "channel");
  params = server_params(self, 3);
  data_append_pair_text(params, "channel", "test");
  data_append_pair_text(params, "event", "a");
  data_append_pair_integer(params, "id", 7);
  expect(self, "delivery.create", BASE_INVALID_ARGUMENT);
  assert_string_equal(self->error.field, "type");
  server_params(self, 0);
  expect(self, "delivery.retry", BASE_INVALID_ARGUMENT);
  data_append_pair_integer(server_params(self, 1), "id", 99);
  expect(self, "delivery.retry", BASE_NOT_FOUND);
  server_expect(self, "delivery.create", BASE_UNKNOWN_METHOD); /* a client cannot */
}

/* --- anything at all ------------------------------------------------------------------------------------- */

#define RANDOM_OPS 1500
#define QUEUES 3

static int64_t count_in(server *self, int64_t customer, const char *state) {
  base_buffer *params = server_params(self, 2);
  data_append_pair_text(params, "type", "delivery");
  data_append_text(params, "where");
  data_append_map(params, 2);
  data_append_pair_integer(params, "record_id", customer);
  data_append_pair_text(params, "state", state);
  expect(self, "record.count", BASE_OK);
  return data_map_integer(server_result(self), "count", 0);
}

static void check_queues(server *self) {
  for (int64_t customer = 1; customer <= QUEUES; customer++) {
    int64_t heads = count_in(self, customer, "pending") + count_in(self, customer, "failed");
    int64_t waiting = count_in(self, customer, "waiting");
    if (heads > 1)
      COMPLAIN(self, "queue %lld has %lld heads", (long long)customer, (long long)heads);
    if (heads == 0 && waiting > 0) COMPLAIN(self, "queue %lld has none", (long long)customer);
  }
}

/* One op that may be refused: what is checked is what it leaves. */
static void run_something(server *self, uint64_t dice, int64_t *newest) {
  int64_t id = *newest - (int64_t)((dice >> 8) % 12);
  static const char *const outcomes[] = {"delivered", "failed", "dead"};
  base_buffer *params;
  switch (dice % 8) {
    case 0:
    case 1:
    case 2:
      params = server_params(self, 3);
      data_append_pair_integer(params, "id", id);
      data_append_pair_text(params, "outcome", outcomes[dice % 8]);
      data_append_pair_text(params, "error", "HTTP 503");
      (void)call(self, "delivery.report");
      break;
    case 3:
      data_append_pair_integer(server_params(self, 1), "id", id);
      (void)call(self, "delivery.retry");
      break;
    case 4:
      data_append_pair_integer(server_params(self, 1), "id", id);
      (void)call(self, "delivery.drop");
      break;
    case 5:
      advance(self, (int64_t)((dice >> 16) % 3000));
      break;
    default:
      *newest = make(self, "erp", 1 + (int64_t)((dice >> 24) % QUEUES));
      break;
  }
}

static void a_queue_that_is_open_has_one_head(void **state) {
  server *self = *state;
  int64_t newest = make(self, "erp", 1);
  base_random_bytes(&self->seed, sizeof self->seed);
  uint64_t dice = self->seed | 1;
  for (self->op = 0; self->op < RANDOM_OPS; self->op++) {
    dice ^= dice << 13, dice ^= dice >> 7, dice ^= dice << 17;
    run_something(self, dice, &newest);
    if (self->op % 3 == 0) check_queues(self);
  }
  check_queues(self);
  server_verify(self);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, server_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_next_of_a_record_waits),
      TEST(other_queues_do_not_wait),
      TEST(carriers_are_given_so_many_of_each_target),
      TEST(waits_grow_and_end),
      TEST(a_stop_changes_nothing),
      TEST(the_dead_are_delivered_again),
      TEST(a_range_is_delivered_again_in_order),
      TEST(what_is_dropped_lets_others_go),
      TEST(data_have_so_many_bytes),
      TEST(the_oldest_closed_are_forgotten),
      TEST(what_is_wrong_is_said),
      TEST(a_queue_that_is_open_has_one_head),
  };
  base_log_set_level(BASE_LOG_ERROR);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
