/* test: a package's test.lua is run, counted and reported. */
#include "probe.h"

typedef struct log {
  char text[2048];
  int resets;
} log;

static base_code answer(void *self, base_slice user, base_slice op, base_slice params,
                        base_buffer *result, base_error *error) {
  log *to = self;
  if (base_slice_is(op, "wrong.op")) {
    return base_error_set(error, BASE_NOT_FOUND, "id", "没有", "no such record");
  }
  size_t used = strlen(to->text);
  (void)snprintf(to->text + used, sizeof to->text - used, "%.*s>%.*s ", BASE_SLICE_ARGS(user),
                 BASE_SLICE_ARGS(op));
  data_append_raw(result, params);
  return BASE_OK;
}

static base_code reset(void *self, bool empty, base_error *error) {
  (void)empty;
  (void)error;
  ((log *)self)->resets++;
  return BASE_OK;
}

static base_code configure(void *self, base_slice values, base_error *error) {
  log *to = self;
  if (data_map_integer(values, "days", 0) > 9) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "packages.config.probe.days", "太多",
                          "too many days");
  }
  size_t used = strlen(to->text);
  (void)snprintf(to->text + used, sizeof to->text - used, "{%d} ",
                 (int)data_map_integer(values, "days", 0));
  return BASE_OK;
}

static void note(void *self, const char *test, bool passed, const char *text) {
  log *to = self;
  size_t used = strlen(to->text);
  (void)snprintf(to->text + used, sizeof to->text - used, "[%s %s %s]\n", test,
                 passed ? "passed" : "failed", text);
}

static void run(probe *in, const char *text, log *to, int64_t *passed, int64_t *failed) {
  script_test_host host = {
      .call = answer, .reset = reset, .configure = configure, .report = note, .self = to};
  char path[128];
  probe_write(in, "init.lua", "return crm.package{name = 'probe', version = '1.0.0'}");
  probe_write(in, "test.lua", text);
  (void)snprintf(path, sizeof path, "%s/probe", in->root);
  *to = (log){.resets = 0};
  base_code code = script_test_run(path, &host, passed, failed, &in->error);
  if (code != BASE_OK) fail_msg("%s", in->error.message);
}

static void tests_run_in_order_and_are_counted(void **state) {
  log to;
  int64_t passed = 0;
  int64_t failed = 0;
  run(*state,
      "crm.test('zebra', function(t) t:call('order.create', {}) t:as('李静'):call('task.list') "
      "end)\n"
      "crm.test('apple', function(t) t:equal(t:call('echo.it', {a = {1, 2}}), {a = {1, 3}}) end)\n"
      "crm.test('clock', function(t) t:advance('2026-03-07') end)\n",
      &to, &passed, &failed);
  assert_int_equal(passed, 2);
  assert_int_equal(failed, 1);
  assert_int_equal(to.resets, 3);
  assert_string_equal(to.text,
                      ">order.create 李静>task.list [zebra passed ]\n"
                      ">echo.it [apple failed probe/test.lua:2: 1 difference, - wanted, + got\n@@ "
                      "a[2] @@\n- 3\n+ 2]\n"
                      ">clock.advance [clock passed ]\n");
}

/* What a test configures ends with it: the next begins with what the package was given. */
static void a_configuration_ends_with_its_test(void **state) {
  log to;
  int64_t passed = 0;
  int64_t failed = 0;
  run(*state,
      "crm.test('a', function(t) t:configure{days = 7} t:call('one.op') end)\n"
      "crm.test('b', function(t) t:call('two.op') end)\n"
      "crm.test('c', function(t) t:configure{days = 10} end)\n"
      "crm.test('d', function(t) end)\n",
      &to, &passed, &failed);
  assert_int_equal(passed, 3);
  assert_string_equal(to.text,
                      "{7} >one.op [a passed ]\n{0} >two.op [b passed ]\n"
                      "[c failed probe/test.lua:3: configure failed with VALIDATION_FAILED at "
                      "packages.config.probe.days: 太多]\n{0} [d passed ]\n");
}

static void assert_failed(probe *in, const char *body, const char *part) {
  log to;
  int64_t passed = 0;
  int64_t failed = 0;
  char text[512];
  (void)snprintf(text, sizeof text, "crm.test('one', function(t)\n%s\nend)", body);
  run(in, text, &to, &passed, &failed);
  assert_int_equal(failed, 1);
  assert_within(to.text, part);
}

static void differences_are_readable(void **state) {
  assert_failed(*state, "t:equal({a = 1}, {a = 1, b = 'x'})", "@@ b @@\n- \"x\"]");
  assert_failed(*state, "t:equal({a = 1, b = 2}, {a = 1})", "got\n@@ b @@\n+ 2]");
  assert_failed(*state, "t:equal({lines = {{on = '2026-04-01'}}}, {lines = {{on = '2026-04-02'}}})",
                "@@ lines[1].on @@\n- \"2026-04-02\"\n+ \"2026-04-01\"");
  assert_failed(*state, "t:equal(1, '1')", "@@ value @@\n- \"1\"\n+ 1");
  assert_failed(*state, "t:equal({[true] = 1}, {[7] = 2})",
                "2 differences, - wanted, + got\n@@ [7] @@\n- 2\n@@ [true] @@\n+ 1]");
  assert_failed(*state, "t:equal({}, nil)", "@@ value @@\n+ {}");
  assert_failed(*state, "t:includes({a = 1, b = 2}, {b = 3})", "@@ b @@\n- 3\n+ 2");
  assert_failed(*state, "t:includes({items = {1, 2}}, {items = {1}})", "@@ items[2] @@\n+ 2]");
  assert_failed(*state, "t:includes({items = {{a = 1, b = 2}, {a = 3}}}, {items = {{a = 3}}})",
                "1 difference, - wanted, + got\n@@ items[1] @@\n+ { a = 1, b = 2 }]");
}

static void all_differences_are_shown(void **state) {
  assert_failed(*state, "t:equal({a = 1, b = {c = 2, d = 3}}, {a = 2, b = {c = 3, d = 3}})",
                "2 differences, - wanted, + got\n@@ a @@\n- 2\n+ 1\n@@ b.c @@\n- 3\n+ 2");
  assert_failed(*state, "t:equal({1, 2, 3, 4, 5}, {1, 2, 4, 5})",
                "1 difference, - wanted, + got\n@@ [3] @@\n+ 3]");
  assert_failed(*state, "t:equal({1, 5}, {1, 2, {x = 1}, 5})",
                "2 differences, - wanted, + got\n@@ [2] @@\n- 2\n@@ [3] @@\n- { x = 1 }]");
  assert_failed(*state,
                "t:equal({}, {name = '济南百草春药房有限公司', city = '济南', phone = "
                "'0531-88880000', tags = {'老客户', '药房'}})",
                "4 differences");
  assert_failed(*state,
                "t:equal(1, {name = '济南百草春药房有限公司', city = '济南市历下区泉城路', tags = "
                "{'老客户', '药房'}})",
                "- {\n-   city = \"济南市历下区泉城路\",\n-   name = \"济南百草春药房有限公司\",\n"
                "-   tags = { \"老客户\", \"药房\" },\n- }\n+ 1");
  assert_failed(*state, "local a = {} for i = 1, 22 do a[i] = i end t:equal(a, {0, 23})",
                "@@ [18] @@\n+ 18\n@@ … @@\n4 more differences]");
}

static void odd_values_are_shown(void **state) {
  assert_failed(*state, "t:equal('a\\n\"b\\\\\\1', 'a')", "+ \"a\\n\\\"b\\\\\\001\"");
  assert_failed(*state, "t:equal(('好'):rep(400), '')", "好…\"");
  assert_failed(*state, "t:equal(crm.null, 2.5)", "- 2.5\n+ null");
  assert_failed(*state, "t:equal({[1] = 1, [3] = 3}, {})", "2 differences");
  assert_failed(*state, "local a = {} a.a = a t:equal(a, {a = a})", "nested deeper than 40");
  assert_failed(*state, "local a, b = 1, 2 for _ = 1, 40 do a, b = {a}, {b} end t:equal(a, b)",
                "[1][1] @@\n- 2\n+ 1]");
  assert_failed(*state, "local a, b = 1, 1 for _ = 1, 41 do a, b = {a}, {b} end t:equal(a, b)",
                "nested deeper than 40");
  assert_failed(*state, "local a = {} a.a = a t:equal(a, 1)", "{…}");
  assert_failed(*state, "t:equal({[{}] = 1}, {})", "keys of a table must be");
}

static void failures_name_their_lines(void **state) {
  assert_failed(*state, "t:call('wrong.op')",
                "probe/test.lua:2: wrong.op failed with NOT_FOUND at id: 没有");
  assert_failed(*state, "t:language('en'):call('wrong.op')", "NOT_FOUND at id: no such record");
  assert_failed(*state, "t:language('de')", "invalid option 'de'");
  assert_failed(*state, "t:fails('NOT_FOUND', 'order.create')", "but succeeded");
  assert_failed(*state, "t:fails('DUPLICATE', 'wrong.op')",
                "wrong.op should have failed with DUPLICATE, but failed with NOT_FOUND");
  assert_failed(*state, "local x = nil + 1", "probe/test.lua:2: attempt to perform arithmetic");
  assert_failed(*state, "while true do end", "BUDGET_EXCEEDED");
  assert_failed(*state,
                "local function due(wanted)\nt:equal(1, wanted)\nend\ndue(1)\ndue(2)\nreturn 1",
                "probe/test.lua:3: 1 difference, - wanted, + got\n@@ value @@\n- 2\n+ 1\ncalled at "
                "probe/test.lua:6]");
}

static void a_test_can_show_values(void **state) {
  log to;
  int64_t passed = 0;
  int64_t failed = 0;
  run(*state, "crm.test('one', function(t)\nt:show({a = 1})\nt:show('x') end)", &to, &passed,
      &failed);
  assert_int_equal(passed, 1);
  assert_string_equal(to.text,
                      "[one passed probe/test.lua:2: { a = 1 }\nprobe/test.lua:3: \"x\"]\n");
  assert_failed(*state, "t:show(1) error('no', 0)", "probe/test.lua:2: 1\nno]");
}

static void only_chosen_tests_run(void **state) {
  probe *in = *state;
  log to = {.resets = 0};
  int64_t passed = 0;
  int64_t failed = 0;
  char path[128];
  script_test_host host = {
      .call = answer, .reset = reset, .report = note, .self = &to, .filter = "REV-01"};
  probe_write(in, "init.lua", "return crm.package{name = 'probe', version = '1.0.0'}");
  probe_write(in, "test.lua",
              "for _, name in ipairs{'REV-01: first', 'REV-02', 'two, REV-01'} do\n"
              "crm.test(name, function(t) t:call('order.create') end) end");
  (void)snprintf(path, sizeof path, "%s/probe", in->root);
  assert_int_equal(script_test_run(path, &host, &passed, &failed, &in->error), BASE_OK);
  assert_int_equal(passed, 2);
  assert_int_equal(to.resets, 2);
  host.filter = "ORD";
  assert_int_equal(script_test_run(path, &host, &passed, &failed, &in->error), BASE_OK);
  assert_int_equal(passed + failed, 0);
}

static void what_holds_passes(void **state) {
  log to;
  int64_t passed = 0;
  int64_t failed = 0;
  run(*state,
      "crm.test('one', function(t)\n"
      "t:equal({a = {1, {b = true}}}, {a = {1, {b = true}}})\n"
      "t:includes({a = 1, b = {c = 2, d = 3}}, {b = {d = 3}})\n"
      "t:equal(t:fails('NOT_FOUND', 'wrong.op').field, 'id') end)",
      &to, &passed, &failed);
  assert_int_equal(passed, 1);
  assert_int_equal(failed, 0);
}

static void what_cannot_run_is_an_error(void **state) {
  probe *in = *state;
  script_test_host host = {.call = answer, .reset = reset, .report = note};
  int64_t passed = 0;
  int64_t failed = 0;
  char path[128];
  (void)snprintf(path, sizeof path, "%s/probe", in->root);
  probe_write(in, "init.lua", "return 1");
  assert_int_equal(script_test_run(path, &host, &passed, &failed, &in->error), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "no test.lua");
  probe_write(in, "test.lua", "crm.test(");
  assert_int_equal(script_test_run(path, &host, &passed, &failed, &in->error), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "probe/test.lua:1:");
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(tests_run_in_order_and_are_counted),
                                     PROBE_TEST(a_configuration_ends_with_its_test),
                                     PROBE_TEST(differences_are_readable),
                                     PROBE_TEST(all_differences_are_shown),
                                     PROBE_TEST(odd_values_are_shown),
                                     PROBE_TEST(failures_name_their_lines),
                                     PROBE_TEST(a_test_can_show_values),
                                     PROBE_TEST(only_chosen_tests_run),
                                     PROBE_TEST(what_holds_passes),
                                     PROBE_TEST(what_cannot_run_is_an_error)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
