/* manifest: what a package brings arrives as it was written; what is wrong is named. */
#include "probe.h"

static const char whole[] =
    "return crm.package{\n"
    "  name = 'probe', version = '2.1.0', doc = {zh = '试验', en = 'A probe.'}, needs = "
    "{'other'},\n"
    "  config = {first_days = {kind = 'integer', default = 5, min = 0, max = 365,\n"
    "    label = {zh = '首次回访天数', en = 'days to the first revisit'}}},\n"
    "  types = {\n"
    "    visit = {label = {zh = '拜访', en = 'visit'}, title = 'name', fields = {\n"
    "      {name = 'owner', kind = 'text'}, {name = 'on', kind = 'date'},\n"
    "      {name = 'state', kind = 'states', choices = {'open', 'done'},\n"
    "       transitions = {open = {'done'}}}},\n"
    "      indexes = {by_day = {fields = {'owner', 'on'}, unique = true,\n"
    "        where = {state = {'open', 'done'}}}}},\n"
    "    product = {extends = true, fields = {course = {kind = 'integer'}}}},\n"
    "  rules = {plan = {on = 'order', events = {'create', 'update'}, where = {state = 'open'},\n"
    "    fields = {'lines'}, doc = 'Plans.', before = function() end}},\n"
    "  ops = {['visit.open'] = {write = true, admin = true, internal = true,\n"
    "      doc = {zh = '打开', en = 'Opens.'},\n"
    "      params = {id = {kind = 'integer', required = true}}, errors = {'NOT_FOUND', "
    "'RULE_FAILED'},\n"
    "      run = function() end},\n"
    "    ['visit.close'] = {since = '2', run = function() end}}}";

static void a_manifest_arrives_whole(void **state) {
  probe *in = *state;
  probe_write(in, "init.lua", whole);
  if (probe_load(in) != BASE_OK) fail_msg("%s", in->error.message);
  const api_package *package = in->package;
  assert_string_equal(package->version, "2.1.0");
  assert_string_equal(package->doc_zh, "试验");
  assert_string_equal(package->needs[0], "other");
  assert_null(package->needs[1]);
  assert_string_equal(package->config[0].name, "first_days");
  assert_string_equal(package->config[0].initial, "5");
  assert_int_equal(package->config[0].max, 365);
  assert_string_equal(package->ops[0].name, "visit.close");
  assert_string_equal(package->ops[0].since, "2");
  assert_int_equal(package->ops[0].flags, 0);
  assert_int_equal(package->ops[1].flags, API_WRITE | API_ADMIN | API_INTERNAL);
  assert_string_equal(package->ops[1].errors, "NOT_FOUND RULE_FAILED");
  assert_string_equal(package->ops[1].doc, "Opens.");
  assert_int_equal(package->ops[1].params[0].flags, DATA_REQUIRED);
  assert_null(package->ops[2].name);
}

static void types_and_rules_arrive(void **state) {
  probe *in = *state;
  probe_write(in, "init.lua", whole);
  assert_int_equal(probe_load(in), BASE_OK);
  const model_type_definition *product = &in->package->types[0];
  const model_type_definition *visit = &in->package->types[1];
  assert_true(product->extends);
  assert_string_equal(visit->label_zh, "拜访");
  assert_string_equal(visit->title, "name");
  assert_string_equal(visit->fields[0].name, "owner");
  assert_string_equal(visit->fields[1].name, "on");
  assert_string_equal(visit->indexes[0].fields[1], "on");
  assert_true(visit->indexes[0].unique);
  assert_string_equal(visit->indexes[0].where[1].value, "done");
  assert_null(visit->indexes[0].where[2].field);
  const model_rule *rule = &in->package->rules[0];
  assert_string_equal(rule->name, "plan");
  assert_string_equal(rule->type, "order");
  assert_int_equal(rule->events, MODEL_CREATE | MODEL_UPDATE);
  assert_true(base_slice_is(data_map_text(rule->where, "state"), "open"));
  assert_string_equal(rule->fields[0], "lines");
  assert_string_equal(rule->doc, "Plans.");
}

/* `part` stands inside crm.package{name, version, …}. */
static void assert_refused(probe *in, const char *part, const char *field, const char *message) {
  char text[1024];
  (void)snprintf(text, sizeof text,
                 "local f = function() end return crm.package{name = 'probe', version = '1.0.0', "
                 "%s}",
                 part);
  probe_write(in, "init.lua", text);
  base_code code = probe_load(in);
  if (code != BASE_VALIDATION_FAILED) {
    fail_msg("%s: got %s %s", part, base_code_name(code), in->error.message);
  }
  assert_within(in->error.message, "package probe");
  assert_within(in->error.message, message);
  assert_string_equal(in->error.field, field);
}

static void what_is_wrong_is_named(void **state) {
  probe *in = *state;
  assert_refused(in, "rule = {}", "rule", "rules");
  assert_refused(in, "ops = {['visit.open'] = {rum = f}}", "ops.visit.open.rum", "run");
  assert_refused(in, "ops = {['visit.open'] = {run = 5}}", "ops.visit.open.run", "function");
  assert_refused(in, "ops = {visit = {run = f}}", "ops.visit", "noun.verb");
  assert_refused(in, "ops = {['visit.open'] = {run = f, errors = {'NOT_FUOND'}}}",
                 "ops.visit.open.errors", "NOT_FUOND");
  assert_refused(in, "ops = {['visit.open'] = {run = f, params = {id = {kind = 'integr'}}}}",
                 "ops.visit.open.params.id.kind", "integer");
  assert_refused(in, "ops = {['visit.open'] = {run = f, doc = {cn = 'x'}}}",
                 "ops.visit.open.doc.cn", "cn");
  assert_refused(in, "rules = {plan = {events = {'create'}, before = f}}", "rules.plan.on", "on");
  assert_refused(in, "rules = {plan = {on = 'order', events = {'created'}, before = f}}",
                 "rules.plan.events", "created");
  assert_refused(in, "rules = {plan = {on = 'order', events = {'create'}, after = f, before = f}}",
                 "rules.plan.before", "after");
  assert_refused(
      in, "types = {visit = {fields = {}, indexes = {a = {fields = {'x'}, where = {n = 1}}}}}",
      "types.visit.indexes.a.where", "n");
  assert_refused(in, "config = {days = {kind = 'integer', max = 'x'}}", "config.days.max", "max");
}

static void heads_must_fit(void **state) {
  probe *in = *state;
  probe_write(in, "init.lua", "return crm.package{name = 'other', version = '1.0.0'}");
  assert_int_equal(probe_load(in), BASE_VALIDATION_FAILED);
  assert_within(in->error.message, "its folder probe");
  probe_write(in, "init.lua", "return crm.package{name = 'probe'}");
  assert_int_equal(probe_load(in), BASE_VALIDATION_FAILED);
  assert_string_equal(in->error.field, "version");
  probe_write(in, "init.lua", "crm.package{name = 'probe', version = '1'} return {}");
  assert_int_equal(probe_load(in), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "return crm.package");
}

static void syntax_errors_name_file_and_line(void **state) {
  probe *in = *state;
  probe_write(in, "init.lua", "local x = 1\nlocal y = = 2\n");
  assert_int_equal(probe_load(in), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "probe/init.lua:2: unexpected symbol near '='");
  probe_write(in, "init.lua", "local plan = crm.require('plan')\nreturn plan");
  probe_write(in, "plan.lua", "\n\nreturn {");
  assert_int_equal(probe_load(in), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "probe/plan.lua:3:");
}

static void files_are_required_by_name(void **state) {
  probe *in = *state;
  probe_write(in, "plan.lua", "return {days = 5}");
  probe_write(in, "init.lua",
              "local a, b = crm.require('plan'), crm.require('plan') "
              "return crm.package{name = 'probe', version = '1.0.0', ops = {['probe.run'] = {run = "
              "function() return {value = a == b and a.days or 0} end}}}");
  assert_int_equal(probe_load(in), BASE_OK);
  assert_int_equal(probe_call(in, (base_slice){0}), BASE_OK);
  assert_int_equal(data_map_integer(base_buffer_slice(&in->result), "value", 0), 5);
  static const char *const names[] = {"../plan",     "i18n/en", "plan.lua",
                                      "/etc/passwd", "",        "missing"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char text[128];
    (void)snprintf(text, sizeof text, "crm.require('%s')", names[i]);
    probe_write(in, "init.lua", text);
    assert_int_equal(probe_load(in), BASE_SCRIPT_ERROR);
    assert_within(in->error.message, "crm.require");
  }
  probe_write(in, "plan.lua", "return crm.require('plan')");
  probe_write(in, "init.lua", "crm.require('plan')");
  assert_int_equal(probe_load(in), BASE_SCRIPT_ERROR);
  assert_within(in->error.message, "require one another");
}

static void a_folder_must_be_there(void **state) {
  probe *in = *state;
  api_package *package = NULL;
  base_error error = {.language = BASE_EN};
  assert_int_equal(script_package_load("/nonexistent/probe", &in->limits, &package, &error),
                   BASE_UNAVAILABLE);
  char path[128];
  (void)snprintf(path, sizeof path, "%s/probe/", in->root);
  assert_int_equal(script_package_load(path, &in->limits, &package, &error),
                   BASE_VALIDATION_FAILED);
  assert_within(error.message, "there is no init.lua");
  assert_int_equal(script_package_load("/tmp/My-Package", &in->limits, &package, &error),
                   BASE_VALIDATION_FAILED);
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(a_manifest_arrives_whole),
                                     PROBE_TEST(types_and_rules_arrive),
                                     PROBE_TEST(what_is_wrong_is_named),
                                     PROBE_TEST(heads_must_fit),
                                     PROBE_TEST(syntax_errors_name_file_and_line),
                                     PROBE_TEST(files_are_required_by_name),
                                     PROBE_TEST(a_folder_must_be_there)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
