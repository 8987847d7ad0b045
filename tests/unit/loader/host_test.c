/* The host table, seen from plugins that run in a server: records, rules, timers, values, the
 * contract of callbacks, the plugin of docs/plugin-abi.md, and the refill forecast. */
#include "desk.h"

static const char *const guestbook[] = {TEST_PLUGINS "/guestbook.so", NULL};
static const char *const ill[] = {TEST_PLUGINS "/ill.so", NULL};
static const char *const grown[] = {TEST_PLUGINS "/grown.so", NULL};
static const char *const quiet[] = {TEST_PLUGINS "/quiet.so", NULL};
static const char *const forecast[] = {BUILT_PLUGINS "/health_product.so", NULL};

static const base_slice nothing;

static base_slice enter(desk *self, int64_t customer, const char *on, const char *note) {
  base_slice params = desk_map(self, "itt", "customer", customer, "on", on, "note", note);
  return desk_call(self, "guestbook.enter", params);
}

/* --- records and rules ------------------------------------------------------------------------- */

static void an_op_creates_and_its_rules_follow(void **state) {
  desk *self = *state;
  desk_start(self, nothing, guestbook);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  base_slice visit = enter(self, customer, "2026-03-05", "买海参肽");
  assert_text(data_map_text(visit, "on"), "2026-03-05");
  assert_text(data_map_text(visit, "state"), "entered");
  assert_text(data_map_text(desk_get(self, "customer", customer), "guest_last_on"), "2026-03-05");
}

static void a_rule_refuses_and_nothing_stays(void **state) {
  desk *self = *state;
  desk_start(self, nothing, guestbook);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  desk_refused(self, BASE_RULE_FAILED, "“包治百病” is a forbidden claim", "guestbook.enter",
               desk_map(self, "it", "customer", customer, "note", "包治百病"));
  assert_string_equal(self->error.field, "note");
  assert_int_equal(desk_count(self, "visit"), 0);
  data_value last;
  assert_false(data_map_find(desk_get(self, "customer", customer), "guest_last_on", &last));
}

static void a_list_goes_through_all_pages(void **state) {
  desk *self = *state;
  desk_start(self, nothing, guestbook);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  int64_t other = desk_customer(self, "王淑芬", "13800001002");
  const char *days[] = {"2026-01-05", "2026-01-03", "2026-01-01", "2026-01-04", "2026-01-02"};
  for (size_t i = 0; i < 5; i++) (void)enter(self, customer, days[i], "到店");
  (void)enter(self, other, "2026-01-09", "到店");
  base_slice list = desk_call(self, "guestbook.list", desk_map(self, "i", "customer", customer));
  data_value items;
  assert_int_equal(data_map_integer(list, "count", 0), 5);
  assert_true(data_map_find(list, "items", &items));
  assert_int_equal(items.as.count, 5);
  data_walk walk = data_walk_begin(items.raw);
  for (int day = 5; data_walk_next(&walk); day--) {
    char expected[DATA_DATE_SIZE];
    (void)snprintf(expected, sizeof expected, "2026-01-%02d", day);
    assert_text(data_map_text(walk.value.raw, "on"), expected);
  }
}

static void a_record_is_deleted_by_whom_may(void **state) {
  desk *self = *state;
  desk_start(self, nothing, guestbook);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  int64_t id = data_map_integer(enter(self, customer, "2026-03-05", "到店"), "id", 0);
  base_slice params = desk_map(self, "i", "id", id);
  desk_refused(self, BASE_PERMISSION_DENIED, "", "guestbook.tear", params);
  (void)desk_call_as(self, &self->administrator, "guestbook.tear", params);
  assert_int_equal(desk_count(self, "visit"), 0);
  data_value last;
  assert_false(data_map_find(desk_get(self, "customer", customer), "guest_last_on", &last));
}

/* --- timers, prepare, values, configuration ---------------------------------------------------- */

static void a_timer_calls_the_op_on_its_day(void **state) {
  desk *self = *state;
  desk_start(self, nothing, guestbook);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  int64_t id = data_map_integer(enter(self, customer, "2026-03-05", "到店"), "id", 0);
  base_slice just_before = desk_map(self, "t", "to", "2026-04-03T23:59:59+08:00");
  (void)desk_call_as(self, &self->administrator, "clock.advance", just_before);
  assert_text(data_map_text(desk_get(self, "visit", id), "state"), "entered");
  (void)desk_call_as(self, &self->administrator, "clock.advance",
                     desk_map(self, "t", "to", "2026-04-04"));
  base_slice visit = desk_get(self, "visit", id);
  assert_text(data_map_text(visit, "state"), "reminded");
  assert_int_equal(data_map_integer(visit, "reminded_at", 0),
                   data_zone_midnight(self->zone, data_date_make(2026, 4, 4)));
}

static void internal_ops_are_not_for_clients(void **state) {
  desk *self = *state;
  desk_start(self, nothing, guestbook);
  desk_refused(self, BASE_UNKNOWN_METHOD, "", "guestbook.remind",
               desk_map(self, "i", "id", (int64_t)1));
}

static void prepare_makes_the_params(void **state) {
  desk *self = *state;
  desk_start(self, nothing, guestbook);
  base_slice echo = desk_call(self, "guestbook.echo", desk_map(self, "t", "note", "您好"));
  assert_text(data_map_text(echo, "first"), "您好");
  assert_text(data_map_text(echo, "second"), "您好");
}

static void values_of_every_type_arrive(void **state) {
  desk *self = *state;
  data_value value;
  base_slice own = desk_map(self, "t", "greeting", "欢迎来到济南店");
  desk_start(self, desk_map(self, "r", "guestbook", own), guestbook);
  base_slice shown = desk_call(self, "guestbook.show", nothing);
  assert_text(data_map_text(shown, "greeting"), "欢迎来到济南店");
  assert_true(data_map_find(shown, "ping", &value));
  assert_true(data_map_boolean(value.raw, "pong", false));
  assert_true(data_map_find(shown, "number", &value));
  assert_true(value.type == DATA_FLOAT && value.as.number > 0.4 && value.as.number < 0.6);
  assert_true(data_map_find(shown, "binary", &value));
  assert_int_equal(value.type, DATA_BINARY);
  assert_int_equal(value.as.bytes.size, 2);
  assert_true(data_map_find(shown, "nothing", &value));
  assert_int_equal(value.type, DATA_NIL);
  assert_text(data_map_text(shown, "next_month"), "2026-02-28");
  assert_text(data_map_text(shown, "epoch"), "1970-01-01");
  assert_text(data_map_text(shown, "today"), "2026-03-07");
  assert_true(data_map_boolean(shown, "same_day", false));
  assert_text(data_map_text(shown, "actor"), "李静");
  assert_text(data_map_text(shown, "package"), "guestbook");
  assert_int_equal(data_map_integer(shown, "writes", -1), 0);
  assert_true(data_map_find(shown, "many", &value));
  assert_int_equal(value.as.count, 1000);
}

static void start_may_refuse_its_configuration(void **state) {
  desk *self = *state;
  api_package *packages[] = {api_core_package(), NULL};
  base_slice own = desk_map(self, "t", "greeting", "不");
  desk_load(self, guestbook[0], &packages[1]);
  base_slice configs = desk_map(self, "r", "guestbook", own);
  assert_int_equal(api_registry_new(packages, 2, configs, &self->registry, &self->error),
                   BASE_VALIDATION_FAILED);
  assert_non_null(strstr(self->error.message, "the greeting cannot be “不”"));
}

/* --- the contract ------------------------------------------------------------------------------ */

static void a_broken_result_never_leaves(void **state) {
  desk *self = *state;
  static const char *const ops[] = {"ill.nothing",     "ill.twice",       "ill.not_ended",
                                    "ill.ended_twice", "ill.half_a_pair", "ill.same_key",
                                    "ill.no_text",     "ill.too_deep",    "ill.no_value"};
  desk_start(self, nothing, ill);
  for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
    desk_refused(self, BASE_INTERNAL, "plugin ill: its ill.", ops[i], nothing);
  }
  desk_refused(self, BASE_INTERNAL, "its values is not one whole value", "ill.open_values",
               nothing);
  desk_refused(self, BASE_INTERNAL, "its where is not one whole value", "ill.open_where", nothing);
}

static void codes_are_made_good(void **state) {
  desk *self = *state;
  desk_start(self, nothing, ill);
  desk_refused(self, BASE_INTERNAL, "plugin ill: ill.odd_code answered 99", "ill.odd_code",
               nothing);
  desk_refused(self, BASE_RULE_FAILED, "plugin ill: ill.silent failed without saying why",
               "ill.silent", nothing);
  desk_refused(self, BASE_READ_ONLY, "CRM_OP_WRITE", "ill.write_in_read", nothing);
  desk_refused(self, BASE_UNAVAILABLE, "cannot submit", "ill.submit_inside", nothing);
}

static void a_failed_write_cannot_be_ignored(void **state) {
  desk *self = *state;
  desk_start(self, nothing, ill);
  desk_refused(self, BASE_DUPLICATE, "", "ill.ignore", nothing);
  assert_int_equal(desk_count(self, "customer"), 0);
}

static void a_failed_look_up_may_be_passed_over(void **state) {
  desk *self = *state;
  desk_start(self, nothing, ill);
  base_slice result = desk_call(self, "ill.look_past", nothing);
  assert_int_equal(data_map_integer(result, "code", 0), BASE_NOT_FOUND);
}

static void a_plugin_with_larger_structs_runs(void **state) {
  desk *self = *state;
  desk_start(self, nothing, grown);
  base_slice first = desk_call(self, "grown.first", desk_map(self, "t", "note", "新"));
  assert_text(data_map_text(first, "op"), "first");
  assert_text(data_map_text(first, "note"), "新");
  assert_text(data_map_text(desk_call(self, "grown.second", nothing), "op"), "second");
  base_slice values = desk_map(self, "t", "note", "新");
  desk_refused(self, BASE_RULE_FAILED, "forbidden word", "record.create",
               desk_map(self, "tr", "type", "grown", "values", values));
}

/* --- the plugin of the document ---------------------------------------------------------------- */

static void the_documents_plugin_counts_contacts(void **state) {
  desk *self = *state;
  desk_start(self, nothing, quiet);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  base_slice params = desk_map(self, "i", "customer", customer);
  desk_refused(self, BASE_NOT_FOUND, "nobody has contacted customer", "quiet.look", params);
  for (int64_t ago = 40; ago >= 30; ago -= 10) {
    int64_t at = DESK_NOW - ago * DESK_DAY;
    (void)desk_create(self, "activity",
                      desk_map(self, "iit", "customer", customer, "at", at, "content", "电话回访"));
  }
  assert_int_equal(data_map_integer(desk_get(self, "customer", customer), "quiet_contacts", 0), 2);
  base_slice look = desk_call(self, "quiet.look", params);
  assert_int_equal(data_map_integer(look, "days", 0), 30);
  assert_true(data_map_boolean(look, "quiet", false));
}

/* --- the refill forecast ----------------------------------------------------------------------- */

static int64_t product(desk *self, const char *name, int64_t cycle_days) {
  base_slice values = desk_map(self, "ti", "name", name, "cycle_days", cycle_days);
  return data_map_integer(desk_create(self, "product", values), "id", 0);
}

static base_slice line(desk *self, int64_t product_id, int64_t quantity) {
  base_slice one = desk_map(self, "ii", "product", product_id, "quantity", quantity);
  base_buffer lines = {0};
  data_append_array(&lines, 1);
  data_append_raw(&lines, one);
  base_slice made = base_arena_slice(self->arena, base_buffer_slice(&lines));
  base_buffer_fini(&lines);
  return made;
}

static int64_t buy(desk *self, int64_t customer, const char *on, base_slice lines) {
  base_slice order =
      desk_call(self, "order.create",
                desk_map(self, "itr", "customer", customer, "ordered_on", on, "lines", lines));
  return data_map_integer(order, "id", 0);
}

/* The item of that place, and how many there are. */
static base_slice item(desk *self, base_slice params, uint32_t place, uint32_t count) {
  data_value items;
  base_slice result = desk_call(self, "refill.forecast", params);
  assert_true(data_map_find(result, "items", &items));
  assert_int_equal(items.as.count, count);
  data_walk walk = data_walk_begin(items.raw);
  for (uint32_t i = 0; i <= place; i++) assert_true(data_walk_next(&walk));
  return walk.value.raw;
}

/* ORD-01, ORD-04, C-05: the example of the plugin's README. */
static void the_forecast_carries_leftovers(void **state) {
  desk *self = *state;
  desk_start(self, nothing, forecast);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  int64_t capsule = product(self, "海参肽胶囊", 15);
  int64_t tea = product(self, "银杏茶", 60);
  (void)buy(self, customer, "2026-01-29", line(self, capsule, 3));
  (void)buy(self, customer, "2026-01-29", line(self, tea, 1));
  base_slice params = desk_map(self, "i", "customer", customer);
  assert_text(data_map_text(item(self, params, 0, 2), "refill_on"), "2026-03-15");
  assert_text(data_map_text(item(self, params, 1, 2), "refill_on"), "2026-03-30");
  assert_text(data_map_text(item(self, params, 1, 2), "name"), "银杏茶");

  (void)buy(self, customer, "2026-03-01", line(self, capsule, 1));
  base_slice on =
      desk_map(self, "iit", "customer", customer, "product", capsule, "on", "2026-03-20");
  base_slice left = item(self, on, 0, 1);
  assert_text(data_map_text(left, "refill_on"), "2026-03-30");
  assert_int_equal(data_map_integer(left, "days_left", 0), 10);
  assert_int_equal(data_map_integer(left, "stock", 0), 1);
  assert_int_equal(data_map_integer(left, "orders", 0), 2);
  assert_int_equal(data_map_integer(left, "average_interval", 0), 31);
  assert_false(data_map_boolean(left, "late", true));
}

static void the_forecast_sees_what_was_known_on_a_day(void **state) {
  desk *self = *state;
  desk_start(self, nothing, forecast);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  int64_t capsule = product(self, "海参肽胶囊", 15);
  (void)buy(self, customer, "2026-01-01", line(self, capsule, 1));
  int64_t cancelled = buy(self, customer, "2026-01-02", line(self, capsule, 9));
  (void)buy(self, customer, "2026-02-20", line(self, capsule, 1));
  (void)desk_call(self, "order.cancel", desk_map(self, "i", "id", cancelled));
  base_slice then = desk_map(self, "it", "customer", customer, "on", "2026-01-20");
  base_slice seen = item(self, then, 0, 1);
  assert_int_equal(data_map_integer(seen, "units", 0), 1);
  assert_text(data_map_text(seen, "refill_on"), "2026-01-16");
  assert_true(data_map_boolean(seen, "late", false));
  assert_int_equal(data_map_integer(seen, "days_late", 0), 4);
}

/* ORD-08 */
static void the_forecast_leaves_out_what_is_not_bought_again(void **state) {
  desk *self = *state;
  desk_start(self, nothing, forecast);
  int64_t customer = desk_customer(self, "张建国", "13800001001");
  base_slice values = desk_map(self, "t", "name", "血压计");
  int64_t meter = data_map_integer(desk_create(self, "product", values), "id", 0);
  int64_t capsule = product(self, "海参肽胶囊", 15);
  (void)buy(self, customer, "2026-01-01", line(self, meter, 1));
  (void)buy(self, customer, "2026-01-01", line(self, capsule, 1));
  base_slice params = desk_map(self, "i", "customer", customer);
  assert_int_equal(data_map_integer(item(self, params, 0, 1), "product", 0), capsule);
  desk_refused(self, BASE_NOT_FOUND, "", "refill.forecast",
               desk_map(self, "i", "customer", (int64_t)9999));
}

/* More than one page of orders. */
static void the_forecast_reads_the_whole_history(void **state) {
  desk *self = *state;
  desk_start(self, nothing, forecast);
  int64_t customer = desk_customer(self, "济南历下药房", "053188001001");
  int64_t capsule = product(self, "海参肽胶囊", 1);
  for (int32_t day = 0; day < 1100; day++) {
    char on[DATA_DATE_SIZE];
    data_date_format(data_date_make(2023, 1, 1) + day, on);
    (void)buy(self, customer, on, line(self, capsule, 2));
  }
  base_slice all = item(self, desk_map(self, "i", "customer", customer), 0, 1);
  assert_int_equal(data_map_integer(all, "orders", 0), 1100);
  assert_int_equal(data_map_integer(all, "units", 0), 2200);
  assert_int_equal(data_map_integer(all, "average_interval", 0), 1);
  char expected[DATA_DATE_SIZE];
  data_date_format(data_date_make(2023, 1, 1) + 2200, expected);
  assert_text(data_map_text(all, "refill_on"), expected);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)
  const struct CMUnitTest tests[] = {
      TEST(an_op_creates_and_its_rules_follow),
      TEST(a_rule_refuses_and_nothing_stays),
      TEST(a_list_goes_through_all_pages),
      TEST(a_record_is_deleted_by_whom_may),
      TEST(a_timer_calls_the_op_on_its_day),
      TEST(internal_ops_are_not_for_clients),
      TEST(prepare_makes_the_params),
      TEST(values_of_every_type_arrive),
      TEST(start_may_refuse_its_configuration),
      TEST(a_broken_result_never_leaves),
      TEST(codes_are_made_good),
      TEST(a_failed_write_cannot_be_ignored),
      TEST(a_failed_look_up_may_be_passed_over),
      TEST(a_plugin_with_larger_structs_runs),
      TEST(the_documents_plugin_counts_contacts),
      TEST(the_forecast_carries_leftovers),
      TEST(the_forecast_sees_what_was_known_on_a_day),
      TEST(the_forecast_leaves_out_what_is_not_bought_again),
      TEST(the_forecast_reads_the_whole_history),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
