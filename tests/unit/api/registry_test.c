/* registry and op: what packages bring together, what they may not, and how it is described. */
#include "shop.h"

static _Atomic int started;
static _Atomic int stopped;
static _Atomic int freed;
static char order[64];

static base_code start(api_package *package, base_slice config, base_error *error) {
  if (data_map_boolean(config, "fails", false)) {
    return base_error_set(error, BASE_UNAVAILABLE, NULL, "启动失败", "cannot start");
  }
  started++;
  (void)strncat(order, package->name, sizeof order - strlen(order) - 1);
  return BASE_OK;
}

static void stop(api_package *package) {
  (void)package;
  stopped++;
}

static void drop(api_package *package) {
  (void)package;
  freed++;
}

static int reset(void **state) {
  *state = NULL;
  started = stopped = freed = 0;
  order[0] = '\0';
  return 0;
}

static const data_field config_fields[] = {
    {.name = "fails", .kind = DATA_KIND_BOOLEAN, .initial = "false"}, {.name = NULL}};

static api_package package_named(const char *name, const char *const *needs) {
  return (api_package){.name = name,
                       .version = "1.0.0",
                       .source = name,
                       .needs = needs,
                       .config = config_fields,
                       .start = start,
                       .stop = stop,
                       .free = drop};
}

static base_code make(api_package *const *packages, size_t count, base_slice configs,
                      api_registry **registry, base_error *error) {
  *error = (base_error){.language = BASE_EN};
  return api_registry_new(packages, count, configs, registry, error);
}

static void assert_refused(api_package *const *packages, size_t count, const char *first,
                           const char *second) {
  api_registry *registry = NULL;
  base_error error;
  assert_int_equal(make(packages, count, (base_slice){0}, &registry, &error),
                   BASE_VALIDATION_FAILED);
  if (strstr(error.message, first) == NULL || strstr(error.message, second) == NULL) {
    fail_msg("\"%s\" does not name %s and %s", error.message, first, second);
  }
}

static void packages_follow_their_needs(void **state) {
  (void)state;
  static const char *const needs_a[] = {"a", NULL};
  static const char *const needs_b[] = {"b", "a", NULL};
  api_package core = package_named("core", NULL);
  api_package a = package_named("a", NULL);
  api_package b = package_named("b", needs_a);
  api_package c = package_named("c", needs_b);
  api_package d = package_named("d", NULL);
  api_package *packages[] = {&c, &b, &d, &a, &core};
  api_registry *registry;
  base_error error;
  assert_int_equal(make(packages, 5, (base_slice){0}, &registry, &error), BASE_OK);
  assert_string_equal(order, "coredabc");
  assert_int_equal(started, 5);
  api_registry_release(api_registry_acquire(registry));
  assert_int_equal(stopped, 0);
  api_registry_release(registry);
  assert_int_equal(stopped, 5);
  assert_int_equal(freed, 5);
}

static void needs_must_be_there_and_no_circle(void **state) {
  (void)state;
  static const char *const needs_b[] = {"b", NULL};
  static const char *const needs_a[] = {"a", NULL};
  api_package a = package_named("a", needs_b);
  api_package b = package_named("b", needs_a);
  api_package *lonely[] = {&a};
  assert_refused(lonely, 1, "a needs package b", "enable b or disable a");
  assert_int_equal(freed, 1);
  api_package *circle[] = {&a, &b};
  assert_refused(circle, 2, "package a", "need b");
  assert_int_equal(freed, 3);
  assert_int_equal(started, 0);
}

static base_code nothing(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  (void)ctx, (void)params, (void)self;
  data_append_nil(result);
  return BASE_OK;
}

static void names_are_given_once(void **state) {
  (void)state;
  static const api_op ops[] = {{.name = "unit.hold", .run = nothing}, {.name = NULL}};
  static const data_field fields[] = {{.name = "name", .kind = DATA_KIND_TEXT}, {.name = NULL}};
  static const model_type_definition types[] = {{.name = "unit", .fields = fields}, {.name = NULL}};
  api_package a = package_named("estate", NULL);
  api_package b = package_named("hotel", NULL);
  api_package *both[] = {&a, &b};
  a.ops = b.ops = ops;
  assert_refused(both, 2, "estate", "hotel");
  a.ops = b.ops = NULL;
  a.types = b.types = types;
  assert_refused(both, 2, "estate", "hotel");
  api_package twin = package_named("estate", NULL);
  twin.source = "packages/estate2";
  api_package *twins[] = {&a, &twin};
  assert_refused(twins, 2, "estate", "packages/estate2");
  assert_int_equal(freed, 6);
}

/* {estate = {key = value}} */
static base_slice config_of(base_buffer *out, const char *key, bool value) {
  base_buffer_clear(out);
  data_append_map(out, 1);
  data_append_text(out, "estate");
  data_append_map(out, 1);
  data_append_pair_boolean(out, key, value);
  return base_buffer_slice(out);
}

static void configurations_are_checked_and_start_may_fail(void **state) {
  (void)state;
  api_package core = package_named("core", NULL);
  api_package estate = package_named("estate", NULL);
  api_package *packages[] = {&core, &estate};
  api_registry *registry;
  base_error error;
  base_buffer config = {0};
  assert_int_equal(make(packages, 2, config_of(&config, "fail", true), &registry, &error),
                   BASE_VALIDATION_FAILED);
  assert_string_equal(error.field, "packages.config.estate.fail");
  assert_int_equal(started, stopped);
  assert_int_equal(freed, 2);
  assert_int_equal(make(packages, 2, config_of(&config, "fails", true), &registry, &error),
                   BASE_UNAVAILABLE);
  assert_int_equal(started, stopped);
  assert_int_equal(freed, 4);
  base_buffer_fini(&config);
}

static void unknown_ops_get_a_suggestion(void **state) {
  shop *self = *state;
  shop_refused(self, BASE_UNKNOWN_METHOD, "customer.creat", (base_slice){0});
  assert_non_null(strstr(self->error.message, "did you mean customer.create?"));
  shop_refused(self, BASE_UNKNOWN_METHOD, "完全不同", (base_slice){0});
  assert_null(strstr(self->error.message, "did you mean"));
  /* Not even by a suggestion. */
  shop_refused(self, BASE_UNKNOWN_METHOD, "ring.notes", (base_slice){0});
  assert_null(strstr(self->error.message, "ring.note?"));
}

static void count_op(const api_op *op, void *self) {
  assert_non_null(op->package);
  ++*(size_t *)self;
}

static void ops_are_described(void **state) {
  shop *self = *state;
  const api_op *op;
  size_t count = 0;
  data_value value;
  base_buffer out = {0};
  shop_check(
      self, api_registry_op(self->registry, base_slice_text("customer.create"), &op, &self->error));
  api_op_append(op, &out);
  base_slice map = base_buffer_slice(&out);
  assert_int_equal(data_peek(map).raw.size, map.size);
  assert_text(data_map_text(map, "name"), "customer.create");
  assert_text(data_map_text(map, "package"), "core");
  assert_text(data_map_text(map, "since"), "1");
  assert_true(data_map_find(map, "errors", &value));
  assert_int_equal(value.as.count, 2);
  assert_true(data_map_find(map, "flags", &value));
  data_walk flags = data_walk_begin(value.raw);
  assert_true(data_walk_next(&flags));
  assert_text(flags.value.as.bytes, "write");
  assert_false(data_walk_next(&flags));
  assert_true(data_map_find(map, "params", &value));
  assert_int_equal(value.as.count, 2);
  base_buffer_fini(&out);
  api_registry_each_op(self->registry, count_op, &count);
  assert_int_equal(count, 27);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(packages_follow_their_needs, reset),
      cmocka_unit_test_setup(needs_must_be_there_and_no_circle, reset),
      cmocka_unit_test_setup(names_are_given_once, reset),
      cmocka_unit_test_setup(configurations_are_checked_and_start_may_fail, reset),
      cmocka_unit_test_setup_teardown(unknown_ops_get_a_suggestion, shop_begin, shop_end),
      cmocka_unit_test_setup_teardown(ops_are_described, shop_begin, shop_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
