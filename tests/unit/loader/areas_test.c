/* Each part of the ABI by itself, with the tiny plugin of tests/plugins/areas/ that uses it and nothing
 * else. Threads of a plugin's own: submit_test.c; the handshake: handshake_test.c. */
#include "desk.h"

static const base_slice nothing;

#define AREA(name)                                                                                 \
  (const char *const[]) {                                                                          \
    TEST_PLUGINS "/area_" name ".so", NULL                                                         \
  }

/* [] and {}, and what is made of them */
static base_slice encode(desk *self, void (*fill)(base_buffer *out)) {
  base_buffer out = {0};
  fill(&out);
  base_slice made = base_arena_slice(self->arena, base_buffer_slice(&out));
  base_buffer_fini(&out);
  return made;
}

static data_value part(base_slice map, const char *key) {
  data_value value = {0};
  assert_true(data_map_find(map, key, &value));
  return value;
}

/* --- config ------------------------------------------------------------------------------------ */

static void two_steps(base_buffer *out) {
  data_append_array(out, 2);
  data_append_map(out, 0);
  data_append_map(out, 1);
  data_append_pair_integer(out, "days", 30);
}

static void config_has_defaults(void **state) {
  desk *self = *state;
  base_slice own = desk_map(self, "tir", "shop", "济南店", "limit", (int64_t)9, "steps",
                            encode(self, two_steps));
  desk_start(self, desk_map(self, "r", "config", own), AREA("config"));
  base_slice shown = desk_call(self, "config.show", nothing);
  assert_text(data_map_text(shown, "shop"), "济南店");
  assert_int_equal(data_map_integer(shown, "limit", 0), 9);
  assert_int_equal(data_map_integer(shown, "price", 0), 1990);
  assert_true(data_map_boolean(shown, "open", false));
  assert_text(data_map_text(shown, "colour"), "green");
  assert_text(data_map_text(shown, "since"), "2026-03-07");
  data_walk walk = data_walk_begin(part(shown, "steps").raw);
  for (int64_t days = 5; days <= 30; days += 25) {
    assert_true(data_walk_next(&walk));
    assert_int_equal(data_map_integer(walk.value.raw, "days", 0), days);
  }
}

static void config_is_checked(void **state) {
  desk *self = *state;
  const struct {
    base_slice own;
    const char *field;
  } wrong[] = {
      {desk_map(self, "i", "limit", (int64_t)3), "packages.config.config.shop"},
      {desk_map(self, "ti", "shop", "店", "limit", (int64_t)0), "packages.config.config.limit"},
      {desk_map(self, "ti", "shop", "店", "limit", (int64_t)10), "packages.config.config.limit"},
      {desk_map(self, "tt", "shop", "店", "colour", "blue"), "packages.config.config.colour"},
      {desk_map(self, "tt", "shop", "店", "size", "L"), "packages.config.config.size"}};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    api_package *packages[] = {api_core_package(), NULL};
    desk_load(self, AREA("config")[0], &packages[1]);
    assert_int_equal(api_registry_new(packages, 2, desk_map(self, "r", "config", wrong[i].own),
                                      &self->registry, &self->error),
                     BASE_VALIDATION_FAILED);
    assert_string_equal(self->error.field, wrong[i].field);
  }
}

/* --- types ------------------------------------------------------------------------------------- */

static base_slice unit(desk *self, const char *place, int64_t floor) {
  return desk_map(self, "ti", "place", place, "floor", floor);
}

static void unit_refused(desk *self, base_code code, const char *field, base_slice values) {
  desk_refused(self, code, "", "record.create",
               desk_map(self, "tr", "type", "unit", "values", values));
  assert_string_equal(self->error.field, field);
}

static void types_are_types_like_any(void **state) {
  desk *self = *state;
  desk_start(self, nothing, AREA("types"));
  base_slice made = desk_create(self, "unit", unit(self, "3-1201", 12));
  assert_text(data_map_text(made, "state"), "new");
  unit_refused(self, BASE_DUPLICATE, "place", unit(self, "3-1201", 12));
  unit_refused(self, BASE_VALIDATION_FAILED, "floor", unit(self, "3-1201", 100));
  unit_refused(self, BASE_VALIDATION_FAILED, "place", unit(self, "3", 1));
  base_slice params = desk_map(self, "tir", "type", "unit", "id", data_map_integer(made, "id", 0),
                               "values", desk_map(self, "t", "state", "gone"));
  desk_refused(self, BASE_TRANSITION_DENIED, "", "record.update", params);
  base_slice customer = desk_create(
      self, "customer", desk_map(self, "ti", "name", "张建国", "unit_budget", (int64_t)990000000));
  assert_int_equal(data_map_integer(customer, "unit_budget", 0), 990000000);
  base_slice values = desk_map(self, "i", "unit_budget", (int64_t)1);
  desk_refused(self, BASE_PERMISSION_DENIED, "", "record.create",
               desk_map(self, "tr", "type", "unit_key", "values", values));
  (void)desk_try_as(self, &self->administrator, "record.create",
                    desk_map(self, "tr", "type", "unit_secret", "values", values));
  assert_int_not_equal(self->error.code, BASE_OK);
}

/* --- ops --------------------------------------------------------------------------------------- */

static void ops_are_rows(void **state) {
  desk *self = *state;
  static const char *const all[] = {"ops.read", "ops.point", "ops.write"};
  desk_start(self, nothing, AREA("ops"));
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    base_slice said = desk_call(self, all[i], nothing);
    assert_text(data_map_text(said, "self"), strchr(all[i], '.') + 1);
    assert_int_equal(data_map_boolean(said, "writes", false), i == 2);
    assert_int_equal(data_map_integer(said, "times", 0), 1);
  }
  desk_refused(self, BASE_INVALID_ARGUMENT, "times", "ops.read",
               desk_map(self, "i", "times", (int64_t)10));
  desk_refused(self, BASE_PERMISSION_DENIED, "", "ops.admin", nothing);
  (void)desk_call_as(self, &self->administrator, "ops.admin", nothing);
  desk_refused(self, BASE_UNKNOWN_METHOD, "", "ops.hidden", nothing);
  assert_text(data_map_text(desk_call(self, "ops.through", nothing), "self"), "hidden");
  base_slice prepared = desk_call(self, "ops.prepared", desk_map(self, "i", "times", (int64_t)4));
  assert_int_equal(data_map_integer(prepared, "times", 0), 8);
}

/* --- rules ------------------------------------------------------------------------------------- */

static base_slice activity(desk *self, const char *kind) {
  int64_t customer = desk_customer(self, "张建国", kind[0] == 'p' ? "13800001001" : "13800001002");
  return desk_create(self, "activity",
                     desk_map(self, "itti", "customer", customer, "kind", kind, "content",
                              "电话回访", "at", DESK_NOW));
}

static base_slice change(desk *self, base_slice record, const char *field, const char *value) {
  return desk_call(
      self, "record.update",
      desk_map(self, "tir", "type", "activity", "id", data_map_integer(record, "id", 0), "values",
               desk_map(self, "t", field, value)));
}

static void rules_join_what_they_say(void **state) {
  desk *self = *state;
  desk_start(self, nothing, AREA("rules"));
  base_slice visit = activity(self, "visit");
  assert_text(data_map_text(visit, "rules_seen"), "ab");
  base_slice call = activity(self, "phone");
  assert_text(data_map_text(call, "rules_seen"), "abc");
  assert_text(data_map_text(change(self, call, "owner", "李静"), "rules_seen"), "abc");
  assert_text(data_map_text(change(self, call, "content", "已回访"), "rules_seen"), "abcd");
  desk_refused(self, BASE_RULE_FAILED, "cannot be deleted", "record.delete",
               desk_map(self, "ti", "type", "activity", "id", data_map_integer(call, "id", 0)));
  assert_string_equal(self->error.field, "content");
}

/* --- records ----------------------------------------------------------------------------------- */

static base_slice product(desk *self, const char *name) {
  return desk_call(self, "records.create",
                   desk_map(self, "r", "values", desk_map(self, "t", "name", name)));
}

static void records_are_read_and_written(void **state) {
  desk *self = *state;
  static const char *const names[] = {"甲", "乙", "丙", "丁", "戊"};
  desk_start(self, nothing, AREA("records"));
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(data_map_integer(product(self, names[i]), "id", 0), i + 1);
  }
  base_slice all = desk_call(self, "records.find", desk_map(self, "i", "limit", (int64_t)2));
  assert_int_equal(part(all, "ids").as.count, 5);
  assert_int_equal(data_map_integer(all, "count", 0), 5);
  base_slice first = desk_map(self, "r", "where", desk_map(self, "t", "name", "丙"));
  assert_int_equal(data_map_integer(desk_call(self, "records.find", first), "count", 0), 1);

  base_slice renamed = desk_map(self, "t", "name", "丙二");
  base_slice update =
      desk_map(self, "iir", "id", (int64_t)3, "version", (int64_t)1, "values", renamed);
  assert_int_equal(data_map_integer(desk_call(self, "records.update", update), "version", 0), 2);
  desk_refused(self, BASE_VERSION_CONFLICT, "", "records.update", update);
  base_slice third = desk_map(self, "i", "id", (int64_t)3);
  assert_text(data_map_text(desk_call(self, "records.get", third), "name"), "丙二");
  (void)desk_call(self, "records.remove", third);
  desk_refused(self, BASE_NOT_FOUND, "", "records.get", third);
  assert_int_equal(desk_count(self, "product"), 4);
}

/* --- timers ------------------------------------------------------------------------------------ */

static void timers_ring_once(void **state) {
  desk *self = *state;
  desk_start(self, nothing, AREA("timers"));
  (void)desk_call(self, "timers.begin", desk_map(self, "i", "ms", (int64_t)60000));
  for (int64_t ms = 59999; ms <= 60001; ms++) {
    (void)desk_call_as(self, &self->administrator, "clock.advance",
                       desk_map(self, "i", "to", DESK_NOW + ms));
    assert_int_equal(desk_count(self, "product"), ms < 60000 ? 0 : 1);
  }
  assert_text(data_map_text(desk_get(self, "product", 1), "name"), "张建国");
}

/* --- values ------------------------------------------------------------------------------------ */

static void every_type(base_buffer *out) {
  data_append_map(out, 9);
  data_append_text(out, "nil");
  data_append_nil(out);
  data_append_pair_boolean(out, "true", true);
  data_append_pair_integer(out, "least", INT64_MIN);
  data_append_pair_integer(out, "most", INT64_MAX);
  data_append_text(out, "float");
  data_append_float(out, -0.125);
  data_append_pair_text(out, "text", "您好，济南");
  data_append_text(out, "binary");
  data_append_binary(out, base_slice_make("\x00\xff", 2));
  data_append_text(out, "array");
  data_append_array(out, 3);
  data_append_array(out, 0);
  data_append_map(out, 0);
  data_append_integer(out, 7);
  data_append_text(out, "map");
  data_append_map(out, 1);
  data_append_pair_text(out, "name", "");
}

static void values_are_copied_exactly(void **state) {
  desk *self = *state;
  base_slice value = encode(self, every_type);
  desk_start(self, nothing, AREA("values"));
  base_slice echoed = desk_call(self, "values.echo", desk_map(self, "r", "value", value));
  assert_true(base_slice_equal(echoed, value));
}

static void containers_nest_so_deep(void **state) {
  desk *self = *state;
  desk_start(self, nothing, AREA("values"));
  (void)desk_call(self, "values.nest", desk_map(self, "i", "depth", (int64_t)31));
  (void)desk_call(self, "values.nest", desk_map(self, "i", "depth", (int64_t)32));
  desk_refused(self, BASE_INTERNAL, "not one whole value", "values.nest",
               desk_map(self, "i", "depth", (int64_t)33));
}

/* --- dates ------------------------------------------------------------------------------------- */

static void dates_are_days_of_the_business(void **state) {
  desk *self = *state;
  desk_start(self, nothing, AREA("dates"));
  base_slice looked = desk_call(self, "dates.look",
                                desk_map(self, "ti", "date", "2024-01-31", "months", (int64_t)1));
  assert_int_equal(data_map_integer(looked, "days", 0), 19753);
  assert_text(data_map_text(looked, "same"), "2024-01-31");
  assert_text(data_map_text(looked, "months"), "2024-02-29");
  assert_int_equal(data_map_integer(looked, "midnight", 0), INT64_C(1706630400000));
  assert_text(data_map_text(looked, "just_before"), "2024-01-30");
  assert_text(data_map_text(looked, "today"), "2026-03-07");
  desk_refused(self, BASE_INVALID_ARGUMENT, "no date", "dates.look",
               desk_map(self, "t", "date", "2024-02-30"));
}

/* --- calls ------------------------------------------------------------------------------------- */

static void calls_facts_and_failures(void **state) {
  desk *self = *state;
  desk_start(self, nothing, AREA("calls"));
  base_slice ping = desk_call(self, "calls.forward", desk_map(self, "t", "op", "server.ping"));
  assert_true(data_map_boolean(ping, "pong", false));
  base_slice create =
      desk_map(self, "tr", "type", "product", "values", desk_map(self, "t", "name", "海参肽胶囊"));
  desk_refused(self, BASE_READ_ONLY, "", "calls.forward",
               desk_map(self, "tr", "op", "record.create", "params", create));
  desk_refused(self, BASE_UNKNOWN_METHOD, "", "calls.forward", desk_map(self, "t", "op", "no.op"));
  base_slice who = desk_call_as(self, &self->administrator, "calls.who", nothing);
  assert_text(data_map_text(who, "actor"), "王芳");
  assert_text(data_map_text(who, "package"), "calls");
  assert_true(data_map_boolean(who, "administrator", false));
  assert_int_equal(data_map_integer(who, "now", 0), DESK_NOW);
  for (int64_t code = BASE_BAD_REQUEST; code <= BASE_INTERNAL; code++) {
    desk_refused(self, (base_code)code, "no 济南 5", "calls.refuse",
                 desk_map(self, "i", "code", code));
    assert_string_equal(self->error.field, "params.code");
  }
}

/* --- life -------------------------------------------------------------------------------------- */

static void start_follows_stop(void **state) {
  desk *self = *state;
  api_package *package = NULL;
  base_slice config = desk_map(self, "i", "fails", (int64_t)3);
  desk_load(self, AREA("life")[0], &package);
  for (int round = 0; round < 2; round++) {
    desk_check(self, package->start(package, config, &self->error));
    package->stop(package);
  }
  assert_int_equal(package->start(package, config, &self->error), BASE_UNAVAILABLE);
  assert_string_equal(self->error.field, "fails");
  assert_string_equal(self->error.message, "not this time");
  package->free(package);
}

static void what_start_wrote_stays_until_stop(void **state) {
  desk *self = *state;
  desk_start(self, nothing, AREA("life"));
  base_slice shown = desk_call(self, "life.show", nothing);
  assert_int_equal(data_map_integer(shown, "starts", 0), 1);
  assert_int_equal(data_map_integer(shown, "stops", -1), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)
  const struct CMUnitTest tests[] = {
      TEST(config_has_defaults),
      TEST(config_is_checked),
      TEST(types_are_types_like_any),
      TEST(ops_are_rows),
      TEST(rules_join_what_they_say),
      TEST(records_are_read_and_written),
      TEST(timers_ring_once),
      TEST(values_are_copied_exactly),
      TEST(containers_nest_so_deep),
      TEST(dates_are_days_of_the_business),
      TEST(calls_facts_and_failures),
      TEST(start_follows_stop),
      TEST(what_start_wrote_stays_until_stop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
