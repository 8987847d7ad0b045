/* timer: deferred calls as rows, in the order in which they are due (REV-01). */
#include "world.h"

#define DAY ((int64_t)24 * 3600 * 1000)

static const model_type_definition no_types[] = {{.name = NULL}};

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, no_types, NULL);
  world_write(*state);
  return 0;
}

static model_timer revisit(world *in, int64_t due, const char *name) {
  return (model_timer){.due = due,
                       .op = text("revisit.remind"),
                       .name = text(name),
                       .params = world_value(in, "{task: '%s'}", name),
                       .actor = text("李静"),
                       .package = text("health_product")};
}

static void put(world *in, int64_t due, const char *name) {
  model_timer timer = revisit(in, due, name);
  OK(in, model_timer_put(&in->ctx, &timer));
}

static void take_back(world *in, const model_timer *timer) {
  OK(in, model_timer_delete(&in->ctx, timer->due, timer->op, timer->name));
}

/* Takes all timers, first to last. */
static void assert_due(world *in, const char *expected) {
  base_buffer names = {0};
  model_timer timer;
  int64_t last = INT64_MIN;
  while (model_timer_first(in->ctx.set, in->arena, &timer)) {
    assert_true(timer.due >= last);
    last = timer.due;
    base_buffer_append(&names, timer.name.data, timer.name.size);
    base_buffer_byte(&names, ' ');
    take_back(in, &timer);
  }
  assert_slice(base_buffer_slice(&names), expected);
  base_buffer_fini(&names);
}

static void a_timer_comes_back_as_it_was_put(void **state) {
  world *in = *state;
  model_timer read;
  model_timer timer = revisit(in, WORLD_NOW + DAY, "17");
  timer.attempts = 3;
  timer.cause = 41;
  OK(in, model_timer_put(&in->ctx, &timer));
  for (int settled = 0; settled <= 1; settled++) {
    assert_true(model_timer_first(in->ctx.set, in->arena, &read));
    assert_int_equal(read.due, WORLD_NOW + DAY);
    assert_slice(read.op, "revisit.remind");
    assert_slice(read.name, "17");
    assert_slice(read.actor, "李静");
    assert_slice(read.package, "health_product");
    assert_true(base_slice_equal(read.params, timer.params));
    assert_int_equal(read.attempts, 3);
    assert_int_equal(read.cause, 41);
    world_settle(in);
  }
}

/* Nothing but what names it is needed; the cause is the entry being made. */
static void what_is_left_out_is_empty(void **state) {
  world *in = *state;
  model_timer read;
  model_timer timer = {.due = 5, .op = text("calendar.roll")};
  OK(in, model_timer_put(&in->ctx, &timer));
  assert_true(model_timer_first(in->ctx.set, in->arena, &read));
  assert_int_equal(read.params.size + read.actor.size + read.package.size + read.name.size, 0);
  assert_int_equal(read.attempts, 0);
  assert_int_equal(read.cause, 1);
  world_settle(in);
  put(in, 4, "2");
  assert_true(model_timer_first(in->ctx.set, in->arena, &read));
  assert_int_equal(read.cause, 2);
  assert_int_equal(store_info_get(in->store).sequence, 1);
}

static void timers_come_when_they_are_due(void **state) {
  world *in = *state;
  assert_due(in, "");
  put(in, WORLD_NOW + DAY, "tomorrow");
  put(in, WORLD_NOW, "now");
  put(in, INT64_C(253402300799000), "never");
  world_settle(in);
  put(in, -DAY, "long-ago");
  put(in, 0, "epoch");
  put(in, WORLD_NOW + 1, "soon");
  assert_due(in, "long-ago epoch now soon tomorrow never ");
  world_settle(in);
  assert_due(in, "");
}

/* Of one instant all come, by op and name; the same name of another op is another timer. */
static void timers_of_one_instant_are_told_apart(void **state) {
  world *in = *state;
  put(in, WORLD_NOW, "18");
  put(in, WORLD_NOW, "17");
  world_settle(in);
  put(in, WORLD_NOW, "19");
  model_timer other = revisit(in, WORLD_NOW, "17");
  other.op = text("order.expire");
  OK(in, model_timer_put(&in->ctx, &other));
  assert_true(model_timer_find(in->ctx.set, WORLD_NOW, text("order.expire"), text("17")));
  take_back(in, &other);
  assert_false(model_timer_find(in->ctx.set, WORLD_NOW, text("order.expire"), text("17")));
  assert_true(model_timer_find(in->ctx.set, WORLD_NOW, text("revisit.remind"), text("17")));
  assert_due(in, "17 18 19 ");
}

static void the_same_timer_is_put_once(void **state) {
  world *in = *state;
  model_timer read;
  put(in, WORLD_NOW, "17");
  world_settle(in);
  model_timer again = revisit(in, WORLD_NOW, "17");
  again.attempts = 1;
  OK(in, model_timer_put(&in->ctx, &again));
  assert_true(model_timer_first(in->ctx.set, in->arena, &read));
  assert_int_equal(read.attempts, 1);
  assert_due(in, "17 ");
}

/* What was read outlives the row: firing deletes it while its call still reads the params. */
static void a_timer_outlives_its_row(void **state) {
  world *in = *state;
  model_timer read;
  put(in, WORLD_NOW, "17");
  world_settle(in);
  assert_true(model_timer_first(in->ctx.set, in->arena, &read));
  take_back(in, &read);
  put(in, WORLD_NOW, "18");
  world_settle(in);
  assert_has(in, read.params, "{task: '17'}");
  assert_slice(read.name, "17");
}

/* Names longer than a key's part are told apart by their hash, and read whole. */
static void long_names_are_told_apart(void **state) {
  world *in = *state;
  char name[300];
  model_timer read;
  memset(name, 'n', sizeof name);
  name[sizeof name - 1] = '\0';
  put(in, WORLD_NOW, name);
  name[250] = 'm';
  put(in, WORLD_NOW, name);
  name[250] = 'l';
  assert_false(model_timer_find(in->ctx.set, WORLD_NOW, text("revisit.remind"), text(name)));
  for (int i = 0; i < 2; i++) {
    assert_true(model_timer_first(in->ctx.set, in->arena, &read));
    assert_int_equal(read.name.size, sizeof name - 1);
    assert_true(read.name.data[250] == 'm' || read.name.data[250] == 'n');
    take_back(in, &read);
  }
  assert_due(in, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_timer_comes_back_as_it_was_put), TEST(what_is_left_out_is_empty),
      TEST(timers_come_when_they_are_due),    TEST(timers_of_one_instant_are_told_apart),
      TEST(the_same_timer_is_put_once),       TEST(a_timer_outlives_its_row),
      TEST(long_names_are_told_apart)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
