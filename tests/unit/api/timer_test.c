/* due and firing: timers fire once, in order, at their instants, and are never lost. */
#include "api/firing.h"
#include "base/failpoint.h"
#include "shop_flight.h"

static void set_timer(shop *self, int64_t due, const char *op, const char *name) {
  (void)shop_call(self, "timer.set", shop_map(self, "itt", "due", due, "op", op, "name", name));
}

static base_slice note(shop *self, int64_t id, int64_t *at) {
  store_view *view;
  data_key key;
  base_slice record;
  shop_check(self, store_view_open(self->store, &view, &self->error));
  store_change_set *set = store_change_set_new(view, self->arena);
  model_record_key(&key, "note", id);
  assert_true(store_get(set, STORE_RECORD, data_key_slice(&key), &record));
  record = base_arena_slice(self->arena, record);
  store_view_close(view);
  *at = data_map_integer(record, "created_at", 0);
  return data_map_text(record, "text");
}

static void assert_note(shop *self, int64_t id, const char *text, int64_t at) {
  int64_t created = 0;
  assert_text(note(self, id, &created), text);
  assert_int_equal(created, at);
}

static bool first_timer(shop *self, model_timer *timer) {
  store_view *view;
  shop_check(self, store_view_open(self->store, &view, &self->error));
  bool found = model_timer_first(store_change_set_new(view, self->arena), self->arena, timer);
  store_view_close(view);
  return found;
}

/* The writer fires them by itself; bounded by the test's time limit. The op behind them on the
 * writer lane shows that it has done with their group. */
static void wait_for_notes(shop *self, int64_t count) {
  while (shop_count(self, "note") < count) (void)sched_yield();
  (void)shop_call(self, "gate.wait", (base_slice){0});
}

static void advance_fires_each_at_its_instant_in_order(void **state) {
  shop *self = *state;
  set_timer(self, SHOP_NOW + 5 * SHOP_DAY, "ring.note", "第五天回访");
  set_timer(self, SHOP_NOW + SHOP_DAY, "ring.note", "次日确认");
  uint64_t cause = shop_entries(self);
  set_timer(self, SHOP_NOW + 9 * SHOP_DAY, "ring.note", "第九天回访");
  shop_advance(self, SHOP_NOW + SHOP_DAY - 1);
  assert_int_equal(shop_count(self, "note"), 0);
  shop_advance(self, SHOP_NOW + SHOP_DAY); /* due at it is included */
  assert_int_equal(shop_count(self, "note"), 1);
  store_entry entry = shop_entry(self, 0);
  assert_text(entry.head.op, "ring.note");
  assert_text(entry.head.actor, "李静");
  assert_int_equal(entry.head.cause, cause);
  assert_int_equal(entry.head.at, SHOP_NOW + SHOP_DAY);
  shop_advance(self, SHOP_NOW + 30 * SHOP_DAY);
  assert_int_equal(base_clock_now(self->clock), SHOP_NOW + 30 * SHOP_DAY);
  assert_note(self, 1, "次日确认", SHOP_NOW + SHOP_DAY);
  assert_note(self, 2, "第五天回访", SHOP_NOW + 5 * SHOP_DAY);
  assert_note(self, 3, "第九天回访", SHOP_NOW + 9 * SHOP_DAY);
  model_timer timer;
  assert_false(first_timer(self, &timer));
}

static void the_clock_only_goes_forward(void **state) {
  shop *self = *state;
  (void)shop_try_as(self, &self->administrator, "clock.advance",
                    shop_map(self, "i", "to", SHOP_NOW - 1));
  assert_int_equal(self->error.code, BASE_INVALID_ARGUMENT);
  assert_string_equal(self->error.field, "to");
}

static void timers_of_one_instant_share_a_group(void **state) {
  shop *self = *state;
  char name[32];
  for (int i = 0; i < 20; i++) {
    (void)snprintf(name, sizeof name, "回访 %02d", i);
    set_timer(self, SHOP_NOW + SHOP_DAY, "ring.note", name);
  }
  int64_t groups = shop_metric("api_groups_total");
  int64_t fired = shop_metric("api_timers_fired_total");
  shop_advance(self, SHOP_NOW + SHOP_DAY);
  assert_int_equal(shop_count(self, "note"), 20);
  assert_int_equal(shop_metric("api_groups_total"), groups + 1);
  assert_int_equal(shop_metric("api_timers_fired_total"), fired + 20);
}

static void a_timer_that_is_due_fires_by_itself(void **state) {
  shop *self = *state;
  set_timer(self, SHOP_NOW, "ring.note", "立即");
  wait_for_notes(self, 1);
  assert_note(self, 1, "立即", SHOP_NOW);
}

/* Under load each request takes one due timer along, in its own group; the rest waits for its end. */
static void a_timer_rides_along_with_each_request(void **state) {
  static const char *const expected[] = {"ring.note",       "customer.create", "ring.note",
                                         "customer.create", "ring.note",       "ring.note"};
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  for (int i = 0; i < 4; i++) {
    char name[32];
    (void)snprintf(name, sizeof name, "回访 %d", i);
    set_timer(self, SHOP_NOW + SHOP_HOUR, "ring.note", name);
  }
  int64_t groups = shop_metric("api_groups_total");
  uint64_t entries = shop_entries(self);
  shop_flight_hold(self, &flight);
  (void)shop_flight_send(self, &flight, "clock.jump",
                         shop_map(self, "i", "to", SHOP_NOW + SHOP_HOUR));
  (void)shop_flight_send(self, &flight, "customer.create", shop_map(self, "t", "name", "张建国"));
  (void)shop_flight_send(self, &flight, "customer.create", shop_map(self, "t", "name", "王秀兰"));
  shop_flight_land(&flight);
  shop_flight_fini(&flight);
  wait_for_notes(self, 4);
  assert_int_equal(shop_entries(self), entries + 6);
  assert_int_equal(shop_metric("api_groups_total"), groups + 2);
  for (uint64_t i = 0; i < 6; i++) assert_text(shop_entry(self, 5 - i).head.op, expected[i]);
}

static void a_jump_of_the_clock_fires_what_it_passed(void **state) {
  shop *self = *state;
  set_timer(self, SHOP_NOW + SHOP_DAY, "ring.note", "次日确认");
  (void)shop_try_as(self, &self->administrator, "clock.set",
                    shop_map(self, "i", "to", SHOP_NOW + 2 * SHOP_DAY));
  shop_check(self, self->error.code);
  assert_int_equal(shop_count(self, "note"), 1);
  assert_note(self, 1, "次日确认", SHOP_NOW + 2 * SHOP_DAY);
}

static void a_failing_timer_is_tried_again(void **state) {
  shop *self = *state;
  model_timer timer;
  set_timer(self, SHOP_NOW + SHOP_HOUR, "ring.note", "回访 12");
  uint64_t cause = shop_entries(self);
  int64_t failed = shop_metric("api_timers_failed_total");
  atomic_store(&shop_ring_fails, true);
  shop_advance(self, SHOP_NOW + SHOP_HOUR);
  assert_int_equal(shop_count(self, "note"), 0);
  assert_int_equal(shop_metric("api_timers_failed_total"), failed + 1);
  assert_true(first_timer(self, &timer));
  assert_int_equal(timer.due, SHOP_NOW + SHOP_HOUR + SHOP_MINUTE);
  assert_int_equal(timer.attempts, 1);
  assert_int_equal(timer.cause, cause);
  assert_text(timer.name, "回访 12");
  assert_text(timer.actor, "李静");
  assert_text(shop_entry(self, 0).head.op, "timer.retry");
  /* 1 + 5 + 25 minutes later it has failed three times more. */
  shop_advance(self, SHOP_NOW + SHOP_HOUR + 31 * SHOP_MINUTE);
  assert_true(first_timer(self, &timer));
  assert_int_equal(timer.attempts, 4);
  assert_int_equal(timer.due, SHOP_NOW + SHOP_HOUR + (31 + 125) * SHOP_MINUTE);
  atomic_store(&shop_ring_fails, false);
  shop_advance(self, SHOP_NOW + SHOP_DAY);
  assert_note(self, 1, "回访 12", SHOP_NOW + SHOP_HOUR + 156 * SHOP_MINUTE);
  assert_int_equal(shop_count(self, "note"), 1);
  assert_false(first_timer(self, &timer));
}

static void the_wait_grows_to_a_day_and_no_further(void **state) {
  shop *self = *state;
  model_timer timer;
  set_timer(self, SHOP_NOW + SHOP_HOUR, "ring.gone", "没有这个操作");
  shop_advance(self, SHOP_NOW + 30 * SHOP_DAY);
  int64_t failed = shop_metric("api_timers_failed_total");
  assert_true(first_timer(self, &timer));
  assert_true(timer.due - (SHOP_NOW + 30 * SHOP_DAY) <= SHOP_DAY);
  shop_advance(self, SHOP_NOW + 40 * SHOP_DAY);
  assert_int_equal(shop_metric("api_timers_failed_total"), failed + 10);
  assert_true(first_timer(self, &timer));
}

/* Two timers of one op and name fail so that their next tries meet: both are kept. */
static void a_retry_writes_over_no_other_timer(void **state) {
  shop *self = *state;
  set_timer(self, SHOP_NOW + SHOP_HOUR, "ring.note", "回访 12");
  set_timer(self, SHOP_NOW + SHOP_HOUR + SHOP_MINUTE, "ring.note", "回访 12");
  atomic_store(&shop_ring_fails, true);
  shop_advance(self, SHOP_NOW + SHOP_HOUR);
  atomic_store(&shop_ring_fails, false);
  shop_advance(self, SHOP_NOW + SHOP_DAY);
  assert_int_equal(shop_count(self, "note"), 2);
  assert_note(self, 1, "回访 12", SHOP_NOW + SHOP_HOUR + SHOP_MINUTE);
  assert_note(self, 2, "回访 12", SHOP_NOW + SHOP_HOUR + SHOP_MINUTE + 1);
}

static void a_failing_timer_leaves_its_group_alone(void **state) {
  shop *self = *state;
  set_timer(self, SHOP_NOW + SHOP_HOUR, "customer.broken", "一");
  set_timer(self, SHOP_NOW + SHOP_HOUR, "ring.note", "二");
  shop_advance(self, SHOP_NOW + SHOP_HOUR);
  assert_int_equal(shop_count(self, "note"), 1);
  assert_int_equal(shop_count(self, "customer"), 0);
}

static void what_was_due_while_the_server_was_down_fires_once(void **state) {
  shop *self = *state;
  set_timer(self, SHOP_NOW + SHOP_HOUR, "ring.note", "停机期间");
  set_timer(self, SHOP_NOW + 3 * SHOP_DAY, "ring.note", "以后");
  shop_stop(self);
  base_clock_set(self->clock, SHOP_NOW + SHOP_DAY);
  shop_start(self);
  wait_for_notes(self, 1);
  assert_note(self, 1, "停机期间", SHOP_NOW + SHOP_DAY);
  shop_restart(self);
  shop_advance(self, SHOP_NOW + SHOP_DAY + SHOP_HOUR);
  assert_int_equal(shop_count(self, "note"), 1);
  assert_int_equal(atomic_load(&shop_ring_runs), 1);
  shop_advance(self, SHOP_NOW + 3 * SHOP_DAY);
  assert_int_equal(shop_count(self, "note"), 2);
}

/* What is known about the next instant holds whatever comes and goes. */
static void the_next_instant_is_known(void **state) {
  shop *self = *state;
  set_timer(self, SHOP_NOW + 5 * SHOP_DAY, "ring.note", "第五天回访");
  assert_int_equal(api_firing_due(self->engine), SHOP_NOW + 5 * SHOP_DAY);
  set_timer(self, SHOP_NOW + 9 * SHOP_DAY, "ring.note", "第九天回访");
  assert_int_equal(api_firing_due(self->engine), SHOP_NOW + 5 * SHOP_DAY);
  set_timer(self, SHOP_NOW + SHOP_DAY, "ring.note", "次日确认");
  assert_int_equal(api_firing_due(self->engine), SHOP_NOW + SHOP_DAY);
  shop_advance(self, SHOP_NOW + SHOP_DAY);
  assert_int_equal(shop_count(self, "note"), 1);
  assert_int_equal(api_firing_due(self->engine), SHOP_NOW + 5 * SHOP_DAY);
  shop_advance(self, SHOP_NOW + 9 * SHOP_DAY);
  assert_int_equal(shop_count(self, "note"), 3);
  assert_int_equal(api_firing_due(self->engine), INT64_MAX);
}

#ifdef HAOKE_FAILPOINTS
/* The group that fired it was not written: it did not fire. */
static void a_timer_whose_group_failed_fires_again(void **state) {
  shop *self = *state;
  set_timer(self, SHOP_NOW + SHOP_HOUR, "ring.note", "再试一次");
  base_failpoint_arm("store.journal.write:1:error");
  (void)shop_try_as(self, &self->administrator, "clock.advance",
                    shop_map(self, "i", "to", SHOP_NOW + SHOP_HOUR));
  assert_int_equal(self->error.code, BASE_STORAGE_FULL);
  base_error_clear(&self->error);
  wait_for_notes(self, 1); /* by itself */
  base_failpoint_arm(NULL);
  assert_int_equal(shop_count(self, "note"), 1);
}
#endif

/* With the machine's clock the lane wakes for them; the wait is a few milliseconds. */
static void timers_fire_on_the_machines_clock(void **state) {
  shop *self = *state;
  base_clock_free(self->clock);
  self->clock = base_clock_new();
  shop_start(self);
  int64_t due = base_clock_now(self->clock) + 20;
  set_timer(self, due, "ring.note", "二十毫秒后");
  wait_for_notes(self, 1);
  int64_t at = 0;
  assert_text(note(self, 1, &at), "二十毫秒后");
  assert_true(at >= due);
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, shop_begin, shop_end)
#define STOPPED_TEST(name) cmocka_unit_test_setup_teardown(name, shop_begin_stopped, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      SHOP_TEST(advance_fires_each_at_its_instant_in_order),
      SHOP_TEST(the_clock_only_goes_forward),
      SHOP_TEST(timers_of_one_instant_share_a_group),
      SHOP_TEST(a_timer_that_is_due_fires_by_itself),
      SHOP_TEST(a_timer_rides_along_with_each_request),
      SHOP_TEST(a_jump_of_the_clock_fires_what_it_passed),
      SHOP_TEST(a_failing_timer_is_tried_again),
      SHOP_TEST(the_wait_grows_to_a_day_and_no_further),
      SHOP_TEST(a_retry_writes_over_no_other_timer),
      SHOP_TEST(a_failing_timer_leaves_its_group_alone),
      SHOP_TEST(the_next_instant_is_known),
#ifdef HAOKE_FAILPOINTS
      SHOP_TEST(a_timer_whose_group_failed_fires_again),
#endif
      SHOP_TEST(what_was_due_while_the_server_was_down_fires_once),
      STOPPED_TEST(timers_fire_on_the_machines_clock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
