/* dry_run: everything is evaluated and told, nothing is written. */
#include "shop.h"

static base_slice part(base_slice result, const char *key) {
  data_value value;
  assert_true(data_map_find(result, key, &value));
  return value.raw;
}

/* The list's element with that number; fails when there are fewer. */
static base_slice item(base_slice list, uint32_t number) {
  data_walk walk = data_walk_begin(list);
  for (uint32_t i = 0; i <= number; i++) assert_true(data_walk_next(&walk));
  return walk.value.raw;
}

static void a_create_is_told_and_not_done(void **state) {
  shop *self = *state;
  uint64_t entries = shop_entries(self);
  base_slice told =
      shop_call(self, "customer.create", shop_map(self, "tb", "name", "张建国", "dry_run", true));
  assert_int_equal(data_peek(told).as.count, 4);
  assert_int_equal(data_map_integer(part(told, "result"), "id", 0), 1);
  base_slice changes = part(told, "changes");
  assert_int_equal(data_peek(changes).as.count, 1);
  base_slice change = item(changes, 0);
  assert_text(data_map_text(change, "type"), "customer");
  assert_int_equal(data_map_integer(change, "id", 0), 1);
  assert_int_equal(data_peek(part(change, "before")).type, DATA_NIL);
  assert_text(data_map_text(part(change, "after"), "name"), "张建国");
  assert_int_equal(data_peek(part(told, "timers")).as.count, 0);
  assert_int_equal(data_peek(part(told, "deliveries")).type, DATA_ARRAY);
  assert_int_equal(shop_entries(self), entries);
  assert_int_equal(shop_count(self, "customer"), 0);
}

static void an_update_is_told_with_before_and_after(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", shop_map(self, "t", "name", "张建国"));
  base_slice told =
      shop_call(self, "customer.rename",
                shop_map(self, "itb", "id", (int64_t)1, "name", "张健国", "dry_run", true));
  base_slice change = item(part(told, "changes"), 0);
  assert_text(data_map_text(part(change, "before"), "name"), "张建国");
  assert_text(data_map_text(part(change, "after"), "name"), "张健国");
  base_slice now = shop_call(self, "customer.get", shop_map(self, "i", "id", (int64_t)1));
  assert_text(data_map_text(now, "name"), "张建国");
}

static void timers_are_told_and_not_set(void **state) {
  shop *self = *state;
  base_slice told = shop_call(
      self, "timer.set",
      shop_map(self, "itb", "due", SHOP_NOW + SHOP_HOUR, "name", "回访 12", "dry_run", true));
  base_slice timers = part(told, "timers");
  assert_int_equal(data_peek(timers).as.count, 1);
  base_slice timer = item(timers, 0);
  assert_int_equal(data_map_integer(timer, "due", 0), SHOP_NOW + SHOP_HOUR);
  assert_text(data_map_text(timer, "op"), "ring.note");
  assert_text(data_map_text(part(timer, "params"), "text"), "回访 12");
  shop_advance(self, SHOP_NOW + SHOP_DAY);
  assert_int_equal(shop_count(self, "note"), 0);
}

static void records_of_internal_types_are_left_out(void **state) {
  shop *self = *state;
  base_slice told =
      shop_call(self, "secret.create", shop_map(self, "tb", "name", "令牌", "dry_run", true));
  assert_int_equal(data_peek(part(told, "changes")).as.count, 0);
}

static void errors_are_those_of_the_real_run(void **state) {
  shop *self = *state;
  shop_refused(self, BASE_RULE_FAILED, "customer.create",
               shop_map(self, "tb", "name", "拒绝来往", "dry_run", true));
  assert_string_equal(self->error.field, "name");
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.create",
               shop_map(self, "b", "dry_run", true));
}

static void false_is_a_real_run(void **state) {
  shop *self = *state;
  base_slice made =
      shop_call(self, "customer.create", shop_map(self, "tb", "name", "张建国", "dry_run", false));
  assert_int_equal(data_map_integer(made, "id", 0), 1);
  assert_int_equal(shop_count(self, "customer"), 1);
}

static void a_key_is_not_spent(void **state) {
  shop *self = *state;
  (void)shop_call(
      self, "customer.create",
      shop_map(self, "tbt", "name", "张建国", "dry_run", true, "idempotency_key", "k1"));
  (void)shop_call(self, "customer.create",
                  shop_map(self, "tt", "name", "王秀兰", "idempotency_key", "k1"));
  assert_int_equal(shop_count(self, "customer"), 1);
}

/* import.start has a dry_run of its own; the engine leaves it alone. */
static void an_ops_own_param_stays_its_own(void **state) {
  shop *self = *state;
  base_slice got =
      shop_call(self, "customer.import", shop_map(self, "tb", "name", "名册.csv", "dry_run", true));
  assert_true(data_map_boolean(got, "dry_run", false));
}

static void a_prepared_op_is_prepared(void **state) {
  shop *self = *state;
  base_slice told =
      shop_call(self, "customer.sealed", shop_map(self, "tb", "name", "王秀兰", "dry_run", true));
  assert_text(data_map_text(part(told, "result"), "name"), "王秀兰（已加密）");
  assert_int_equal(shop_count(self, "customer"), 0);
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, shop_begin, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      SHOP_TEST(a_create_is_told_and_not_done),
      SHOP_TEST(an_update_is_told_with_before_and_after),
      SHOP_TEST(timers_are_told_and_not_set),
      SHOP_TEST(records_of_internal_types_are_left_out),
      SHOP_TEST(errors_are_those_of_the_real_run),
      SHOP_TEST(false_is_a_real_run),
      SHOP_TEST(a_key_is_not_spent),
      SHOP_TEST(an_ops_own_param_stays_its_own),
      SHOP_TEST(a_prepared_op_is_prepared),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
