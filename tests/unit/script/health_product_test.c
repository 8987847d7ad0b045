/* health_product: what its own tests cannot show because it takes another configuration. The forecast
 * plugin is played by a package without ops. */
#include "stage.h"

static void keep(api_package *package) {
  (void)package;
}

static api_package *load(probe *in) {
  static const char here[] = "tests/unit/script/health_product_test.c";
  char directory[256];
  api_package *package = NULL;
  (void)snprintf(directory, sizeof directory, "%.*sscripts/health_product",
                 (int)(strlen(__FILE__) - strlen(here)), __FILE__);
  base_code code = script_package_load(directory, &in->limits, &package, &in->error);
  if (code != BASE_OK) fail_msg("%s", in->error.message);
  return package;
}

static void run(probe *in, const char *option, const char *tests) {
  static api_package forecast = {
      .name = "health_forecast", .version = "1.0.0", .source = "test", .free = keep};
  api_package *packages[2] = {&forecast, load(in)};
  probe_write(in, "init.lua", "-- the tests need only a folder");
  base_buffer configs = {0};
  data_append_map(&configs, 1);
  data_append_text(&configs, "health_product");
  data_append_map(&configs, 1);
  if (strcmp(option, "stack_leftover") == 0) {
    data_append_pair_boolean(&configs, option, true);
  } else {
    data_append_pair_integer(&configs, option, 1);
  }
  stage_run(in, packages, 2, base_buffer_slice(&configs), tests);
  base_buffer_fini(&configs);
}

static const char fill[] =
    "local function fill(t) for _, days in ipairs{15, 60} do t:call('record.create', {type =\n"
    "  'product', values = {name = '天宇' .. days, cycle_days = days}}) end\n"
    "  t:call('record.create', {type = 'customer', values = {name = '王秀兰', owner = '李静'}}) "
    "end\n"
    "local function order(t, on, quantity, product) return t:call('order.create', {customer = 1,\n"
    "  ordered_on = on, lines = {{product = product or 1, quantity = quantity}}}) end\n";

/* C-05: with stack_leftover an order counts from the day the earlier goods run out, when later. */
static void leftovers_are_used_first(void **state) {
  char tests[2048];
  (void)snprintf(
      tests, sizeof tests, "%s%s", fill,
      "crm.test('C-05', function(t) fill(t)\n"
      "  t:equal(order(t, '2026-03-02', 2).lines[1].repurchase_on, '2026-04-01')\n"
      "  t:equal(order(t, '2026-03-20', 2).lines[1].repurchase_on, '2026-05-01')\n"
      "  t:equal(order(t, '2026-03-20', 1, 2).lines[1].repurchase_on, '2026-05-19')\n"
      "  t:equal(order(t, '2026-06-01', 1).lines[1].repurchase_on, '2026-06-16') end)\n");
  run(*state, "stack_leftover", tests);
}

static void the_first_day_is_configured(void **state) {
  char tests[2048];
  (void)snprintf(tests, sizeof tests, "%s%s", fill,
                 "crm.test('REV-01', function(t) fill(t) order(t, '2026-03-02', 2)\n"
                 "  t:equal(t:call('task.list', {on = '2026-03-31'}).items[1].due_on,\n"
                 "    '2026-03-03') end)\n");
  run(*state, "first_days", tests);
}

static void the_purchase_record_is_cut(void **state) {
  char tests[2048];
  (void)snprintf(tests, sizeof tests, "%s%s", fill,
                 "crm.test('REV-03', function(t) fill(t) order(t, '2026-03-02', 2)\n"
                 "  order(t, '2026-03-09', 3)\n"
                 "  local p = t:call('revisit.open', {id = 1}).purchases\n"
                 "  t:equal(#p, 1) t:equal(p[1].quantity, 3) end)\n");
  run(*state, "purchases_shown", tests);
}

static void what_is_missing_is_named(void **state) {
  probe *in = *state;
  api_package *packages[2] = {api_core_package(), load(in)};
  api_registry *registry = NULL;
  assert_int_equal(api_registry_new(packages, 2, (base_slice){0}, &registry, &in->error),
                   BASE_VALIDATION_FAILED);
  assert_within(in->error.message, "health_forecast");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PROBE_TEST(leftovers_are_used_first), PROBE_TEST(the_first_day_is_configured),
      PROBE_TEST(the_purchase_record_is_cut), PROBE_TEST(what_is_missing_is_named)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
