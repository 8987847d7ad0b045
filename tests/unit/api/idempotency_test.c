/* idempotency: one effect and one answer per key and day, also inside one group and after a restart. */
#include "shop_flight.h"

static base_slice keyed(shop *self, const char *name, const char *key) {
  return shop_map(self, "tt", "name", name, "idempotency_key", key);
}

/* Rows of the idempotency table: two for each answer that is kept. */
static size_t count_rows(shop *self) {
  store_view *view;
  base_slice key;
  base_slice value;
  base_slice none = {0};
  size_t count = 0;
  shop_check(self, store_view_open(self->store, &view, &self->error));
  store_change_set *set = store_change_set_new(view, self->arena);
  store_cursor *cursor = store_cursor_open(set, STORE_IDEMPOTENCY, none, none, false);
  while (store_cursor_next(cursor, &key, &value)) count++;
  store_cursor_close(cursor);
  store_view_close(view);
  return count;
}

static void a_repeated_request_has_one_effect(void **state) {
  shop *self = *state;
  base_slice first = shop_call(self, "customer.create", keyed(self, "张建国", "单据-20260307-001"));
  assert_text(shop_entry(self, 0).head.request, "单据-20260307-001");
  uint64_t entries = shop_entries(self);
  base_slice again = shop_call(self, "customer.create", keyed(self, "张建国", "单据-20260307-001"));
  assert_true(base_slice_equal(first, again));
  assert_int_equal(shop_entries(self), entries);
  shop_restart(self);
  again = shop_call(self, "customer.create", keyed(self, "张建国", "单据-20260307-001"));
  assert_true(base_slice_equal(first, again));
  assert_int_equal(shop_count(self, "customer"), 1);
}

static void another_body_is_refused(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", keyed(self, "张建国", "k1"));
  shop_refused(self, BASE_IDEMPOTENCY_MISMATCH, "customer.create", keyed(self, "王秀兰", "k1"));
  shop_refused(self, BASE_IDEMPOTENCY_MISMATCH, "customer.sealed", keyed(self, "张建国", "k1"));
  assert_int_equal(shop_count(self, "customer"), 1);
}

static void keys_belong_to_their_actor(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", keyed(self, "张建国", "k1"));
  (void)shop_try_as(self, &self->administrator, "customer.create", keyed(self, "王秀兰", "k1"));
  shop_check(self, self->error.code);
  assert_int_equal(shop_count(self, "customer"), 2);
}

static void errors_are_not_kept(void **state) {
  shop *self = *state;
  shop_refused(self, BASE_RULE_FAILED, "customer.broken", keyed(self, "张建国", "k1"));
  assert_int_equal(count_rows(self), 0);
  (void)shop_call(self, "customer.create", keyed(self, "王秀兰", "k1"));
  assert_int_equal(shop_count(self, "customer"), 1);
}

/* Also an answer to a write that found nothing to change: later it might find something. */
static void an_answer_without_effect_is_kept(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", shop_map(self, "t", "name", "张建国"));
  base_slice same =
      shop_map(self, "itt", "id", (int64_t)1, "name", "张建国", "idempotency_key", "k1");
  (void)shop_call(self, "customer.rename", same);
  (void)shop_call(self, "customer.rename",
                  shop_map(self, "it", "id", (int64_t)1, "name", "张健国"));
  base_slice answer = shop_call(self, "customer.rename", same);
  assert_int_equal(data_map_integer(answer, "version", 0), 1);
  base_slice now = shop_call(self, "customer.get", shop_map(self, "i", "id", (int64_t)1));
  assert_text(data_map_text(now, "name"), "张健国");
}

static void one_key_twice_in_one_group(void **state) {
  shop *self = *state;
  shop_flight flight;
  shop_flight_init(&flight);
  int64_t groups = shop_metric("api_groups_total");
  shop_flight_hold(self, &flight);
  size_t first = shop_flight_send(self, &flight, "customer.create", keyed(self, "张建国", "k1"));
  size_t again = shop_flight_send(self, &flight, "customer.create", keyed(self, "张建国", "k1"));
  size_t other = shop_flight_send(self, &flight, "customer.create", keyed(self, "孙伟", "k1"));
  shop_flight_land(&flight);
  assert_int_equal(shop_metric("api_groups_total"), groups + 1);
  assert_true(
      base_slice_equal(shop_flight_result(&flight, first), shop_flight_result(&flight, again)));
  assert_int_equal(shop_flight_code(&flight, other), BASE_IDEMPOTENCY_MISMATCH);
  shop_flight_fini(&flight);
  assert_int_equal(shop_count(self, "customer"), 1);
}

static void a_prepared_op_is_known_by_what_was_asked(void **state) {
  shop *self = *state;
  base_slice first = shop_call(self, "customer.sealed", keyed(self, "王秀兰", "k1"));
  base_slice again = shop_call(self, "customer.sealed", keyed(self, "王秀兰", "k1"));
  assert_true(base_slice_equal(first, again));
  assert_int_equal(shop_count(self, "customer"), 1);
}

static void keys_expire_after_a_day(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", keyed(self, "张建国", "k1"));
  shop_advance(self, SHOP_NOW + SHOP_DAY - 1);
  (void)shop_call(self, "customer.create", keyed(self, "张建国", "k1"));
  assert_int_equal(shop_count(self, "customer"), 1);
  shop_advance(self, SHOP_NOW + SHOP_DAY);
  (void)shop_call(self, "customer.create", keyed(self, "孙伟", "k1"));
  assert_int_equal(shop_count(self, "customer"), 2);
}

/* An expired answer that is replaced before its turn to be taken away came. */
static void a_new_answer_outlives_the_one_it_replaced(void **state) {
  shop *self = *state;
  (void)shop_call(self, "customer.create", keyed(self, "张建国", "先一"));
  (void)shop_call(self, "customer.create", keyed(self, "张建国", "先二"));
  shop_advance(self, SHOP_NOW + SHOP_MINUTE);
  (void)shop_call(self, "customer.create", keyed(self, "张建国", "k1"));
  shop_advance(self, SHOP_NOW + SHOP_MINUTE + SHOP_DAY);
  (void)shop_call(self, "customer.create", keyed(self, "孙伟", "k1"));
  (void)shop_call(self, "customer.create", keyed(self, "赵敏", "k2"));
  (void)shop_call(self, "customer.create", keyed(self, "孙伟", "k1"));
  assert_int_equal(shop_count(self, "customer"), 5);
  assert_int_equal(count_rows(self), 4);
}

static void new_answers_take_expired_ones_away(void **state) {
  shop *self = *state;
  char key[32];
  for (int i = 0; i < 9; i++) {
    (void)snprintf(key, sizeof key, "旧-%d", i);
    (void)shop_call(self, "customer.create", keyed(self, "张建国", key));
  }
  assert_int_equal(count_rows(self), 18);
  shop_advance(self, SHOP_NOW + SHOP_DAY);
  for (int i = 0; i < 9; i++) {
    (void)snprintf(key, sizeof key, "新-%d", i);
    (void)shop_call(self, "customer.create", keyed(self, "王秀兰", key));
    size_t old = i < 4 ? 9 - 2 * (size_t)(i + 1) : 0;
    assert_int_equal(count_rows(self), 2 * (old + (size_t)i + 1));
  }
}

static void a_key_is_a_short_text_of_a_user(void **state) {
  shop *self = *state;
  char key[130];
  memset(key, 'k', sizeof key - 1);
  key[sizeof key - 1] = '\0';
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.create", keyed(self, "张建国", key));
  assert_string_equal(self->error.field, "idempotency_key");
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.create", keyed(self, "张建国", ""));
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.create",
               shop_map(self, "ti", "name", "张建国", "idempotency_key", (int64_t)7));
  key[128] = '\0';
  (void)shop_call(self, "customer.create", keyed(self, "张建国", key));
  /* Reads do not take one. */
  shop_refused(self, BASE_INVALID_ARGUMENT, "customer.get",
               shop_map(self, "it", "id", (int64_t)1, "idempotency_key", "k1"));
}

#define SHOP_TEST(name) cmocka_unit_test_setup_teardown(name, shop_begin, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      SHOP_TEST(a_repeated_request_has_one_effect),
      SHOP_TEST(another_body_is_refused),
      SHOP_TEST(keys_belong_to_their_actor),
      SHOP_TEST(errors_are_not_kept),
      SHOP_TEST(an_answer_without_effect_is_kept),
      SHOP_TEST(one_key_twice_in_one_group),
      SHOP_TEST(a_prepared_op_is_known_by_what_was_asked),
      SHOP_TEST(keys_expire_after_a_day),
      SHOP_TEST(a_new_answer_outlives_the_one_it_replaced),
      SHOP_TEST(new_answers_take_expired_ones_away),
      SHOP_TEST(a_key_is_a_short_text_of_a_user),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
