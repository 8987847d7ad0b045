/* lua_api: the code blocks of docs/lua-api.md are true. A block that begins with "-- welcome/FILE" is
 * that file of the package `welcome`; "-- example" is the body of an op that writes; "-- part of a
 * manifest: types" is one. */
#include "stage.h"

static char document[65536];

static void read_document(void) {
  static const char here[] = "tests/unit/script/lua_api_test.c";
  char path[256];
  (void)snprintf(path, sizeof path, "%.*sdocs/lua-api.md", (int)(strlen(__FILE__) - strlen(here)),
                 __FILE__);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  size_t size = fread(document, 1, sizeof document - 1, file);
  assert_int_equal(fclose(file), 0);
  assert_in_range(size, 1, sizeof document - 2);
  document[size] = '\0';
}

/* Copies the next Lua block whose first line is this comment; false when there is none. */
static bool next_block(const char **from, const char *first, char *block, size_t size) {
  char head[128];
  (void)snprintf(head, sizeof head, "```lua\n-- %s\n", first);
  const char *at = strstr(*from, head);
  if (at == NULL) return false;
  at += strlen("```lua\n");
  const char *end = strstr(at, "\n```");
  assert_non_null(end);
  assert_in_range(end - at, 1, size - 1);
  (void)snprintf(block, size, "%.*s", (int)(end - at), at);
  *from = end;
  return true;
}

static void write_block(const probe *in, const char *file, const char *to) {
  char first[64];
  char path[128];
  char block[8192];
  const char *from = document;
  (void)snprintf(first, sizeof first, "welcome/%s", file);
  assert_true(next_block(&from, first, block, sizeof block));
  (void)snprintf(path, sizeof path, "%s/%s/%s", in->root, to, file);
  FILE *out = fopen(path, "wb");
  assert_non_null(out);
  assert_true(fputs(block, out) >= 0);
  assert_int_equal(fclose(out), 0);
}

static void the_whole_package_works(void **state) {
  probe *in = *state;
  char path[128];
  char tests[8192];
  const char *from = document;
  api_package *package = NULL;
  (void)snprintf(path, sizeof path, "%s/welcome/i18n", in->root);
  *strrchr(path, '/') = '\0';
  assert_int_equal(mkdir(path, 0700), 0);
  (void)snprintf(path, sizeof path, "%s/welcome/i18n", in->root);
  assert_int_equal(mkdir(path, 0700), 0);
  write_block(in, "init.lua", "welcome");
  write_block(in, "i18n/zh-CN.lua", "welcome");
  write_block(in, "i18n/en.lua", "welcome");
  *strrchr(path, '/') = '\0';
  base_code code = script_package_load(path, &in->limits, &package, &in->error);
  if (code != BASE_OK) fail_msg("%s", in->error.message);
  assert_true(next_block(&from, "welcome/test.lua", tests, sizeof tests));
  probe_write(in, "init.lua", "-- the tests need only a folder");
  stage_run(in, &package, 1, (base_slice){0}, tests);
}

/* Runs every block with that head as something's body; returns how many there are. */
static size_t run_blocks(probe *in, const char *head, const char *before, const char *after,
                         const char *tests) {
  char block[4096];
  char text[8192];
  const char *from = document;
  size_t count = 0;
  while (next_block(&from, head, block, sizeof block)) {
    count++;
    (void)snprintf(text, sizeof text, "%s%s%s", before, block, after);
    stage_probe(in, text, tests);
  }
  return count;
}

static void the_examples_hold(void **state) {
  size_t count = run_blocks(*state, "example",
                            "return crm.package{name = 'probe', version = '1.0.0', ops = {"
                            "['probe.run'] = {write = true, run = function(ctx, params)\n",
                            "\nend}}}", "crm.test('example', function(t) t:call('probe.run') end)");
  assert_int_equal(count, 8);
}

static void the_test_example_holds(void **state) {
  static const char empty[] = "return crm.package{name = 'probe', version = '1.0.0'}";
  char block[4096];
  char text[8192];
  const char *from = document;
  assert_true(next_block(&from, "test example", block, sizeof block));
  (void)snprintf(text, sizeof text, "crm.test('example', function(t)\n%s\nend)", block);
  stage_probe(*state, empty, text);
}

static void the_whole_test_holds(void **state) {
  char block[4096];
  const char *from = document;
  assert_true(next_block(&from, "whole test", block, sizeof block));
  stage_probe(*state, "return crm.package{name = 'probe', version = '1.0.0'}", block);
}

static void a_file_is_required(void **state) {
  char block[4096];
  const char *from = document;
  assert_true(next_block(&from, "part of a file", block, sizeof block));
  probe_write(*state, "note.lua", block);
  stage_probe(*state,
              "return crm.package{name = 'probe', version = '1.0.0', ops = {['probe.run'] = "
              "{write = true, params = {id = {kind = 'integer'}}, run = function(ctx, params) "
              "return crm.require('note').note(ctx, ctx:get('order', params.id)) end}}}",
              "crm.test('note', function(t) t:fails('SCRIPT_ERROR', 'probe.run', {id = 1}) end)");
  stage_probe(*state,
              "local note = crm.require('note').note return crm.package{name = 'probe', version = "
              "'1.0.0', ops = {['probe.run'] = {write = true, run = function(ctx) return note(ctx, "
              "{id = 1}) end}}}",
              "crm.test('note', function(t) t:fails('NOT_FOUND', 'probe.run') end)");
}

/* Each part stands in a manifest that loads; what the test then sees is the first one's. */
static size_t run_parts(probe *in, const char *part, const char *tests) {
  char head[64];
  char before[128];
  (void)snprintf(head, sizeof head, "part of a manifest: %s", part);
  (void)snprintf(before, sizeof before,
                 "return crm.package{name = 'probe', version = '2.0.0', %s = {\n", part);
  return run_blocks(in, head, before, "\n}}", tests);
}

static const char of_types[] =
    "crm.test('types', function(t)\n"
    "t:call('record.create', {type = 'customer', values = {name = '王秀兰'}})\n"
    "for _, kind in ipairs(t:call('api.describe').types) do if kind.name == 'visit' then\n"
    "local values = {customer = 1, visit_on = '2026-03-07', stops = {{place = '济南'}}}\n"
    "t:equal(t:call('record.create', {type = 'visit', values = values}).state, 'planned')\n"
    "t:fails('DUPLICATE', 'record.create', {type = 'visit', values = values}) return end\n"
    "if kind.name == 'interview' then local own = {type = 'interview', values = {subject = "
    "'李静'}}\n"
    "t:call('record.create', own) t:equal(t:call('record.count', {type = 'interview'}).count, 1)\n"
    "t:equal(t:as('李静'):call('record.count', {type = 'interview'}).count, 0) return end\n"
    "if kind.name == 'parcel' then local move = {type = 'parcel', id = 1, to = 'claimed'}\n"
    "t:call('record.create', {type = 'parcel', values = {fragile = true}})\n"
    "t:equal(t:as('李静'):call('record.move', move).owner, '李静')\n"
    "t:as('周强'):fails('ALREADY_CLAIMED', 'record.move', move)\n"
    "t:advance('2026-01-05') local parcel = {type = 'parcel', id = 1}\n"
    "t:equal(t:call('record.get', parcel).pressed, 100)\n"
    "t:advance('2026-01-16')\n"
    "t:equal(t:call('record.get', parcel).state, 'pool') return end end\n"
    "t:equal(t:call('record.create', {type = 'customer', values = {name = '刘建国',\n"
    "favourite = '蜂胶'}}).favourite, '蜂胶') end)";

static const char of_rules[] =
    "crm.test('rules', function(t)\n"
    "t:call('record.create', {type = 'product', values = {name = '蜂胶', price = 90000}})\n"
    "local function set(price) return {type = 'product', id = 1, values = {price = price}} end\n"
    "t:call('record.update', set(100000))\n"
    "t:equal(t:fails('RULE_FAILED', 'record.update', set(100001)).message, '蜂胶 would be too "
    "dear') end)";

static const char of_ops[] =
    "crm.test('ops', function(t)\n"
    "t:call('record.create', {type = 'task', values = {title = '送样品', owner = '李静',\n"
    "due_on = '2026-01-01'}})\n"
    "t:equal(t:call('visit.minutes', {owner = '李静'}), {minutes = 15}) end)";

/* A part has what it needs of others beside it. */
static const char of_include[] =
    "types = {customer = {extends = true, fields = {\n"
    "{name = 'bought_on', kind = 'date'}, {name = 'lost', kind = 'boolean'}}}}}";

static const char include_tests[] =
    "crm.test('include', function(t)\n"
    "t:advance('2026-03-02T09:30:00+08:00')\n"
    "t:call('record.create', {type = 'customer', values = {name = '王秀兰'}})\n"
    "local function tasks(on) return t:call('task.list', {on = on}).items end\n"
    "for _, kind in ipairs(t:call('api.describe').types) do\n"
    "for _, field in ipairs(kind.fields) do if field.name == 'care' then\n"
    "t:call('record.update', {type = 'customer', id = 1, values = {bought_on = '2026-03-01'}})\n"
    "t:advance('2026-03-08T09:00:00+08:00')\n"
    "t:includes(tasks('2026-03-08'), {{kind = 'care_week'}})\n"
    "t:call('record.update', {type = 'customer', id = 1, values = {lost = true}})\n"
    "t:advance('2026-04-02')\n"
    "t:equal(#tasks('2026-04-02'), 1) return end end end\n"
    "t:call('record.create', {type = 'product', values = {name = '蜂胶', price = 90000}})\n"
    "t:call('order.create', {customer = 1, lines = {{product = 1, quantity = 1}}})\n"
    "local move = {type = 'order', id = 1, field = 'approval', to = 'approved'}\n"
    "t:equal(t:fails('TRANSITION_DENIED', 'record.move', move).field, 'approval')\n"
    "move.to = 'asked' t:call('record.move', move)\n"
    "t:includes(tasks('2026-03-02'), {{kind = 'approve'}})\n"
    "t:advance('2026-03-02T14:00:00+08:00') t:equal(#tasks('2026-03-02')[1].reasons, 2)\n"
    "move.to = 'approved' t:as('李静'):fails('TRANSITION_DENIED', 'record.move', move)\n"
    "t:call('record.move', move) end)";

static const char of_segments[] =
    "crm.test('segments', function(t)\n"
    "t:call('record.create', {type = 'customer', values = {name = '王秀兰'}})\n"
    "t:equal(t:call('record.count', {type = 'customer', where = {segment = 'lost'}}).count, 0)\n"
    "t:fails('INVALID_ARGUMENT', 'record.count', {type = 'customer', where = {segment = 'x'}}) "
    "end)";

static void included_parts_are_parts(void **state) {
  char after[512];
  (void)snprintf(after, sizeof after, "\n}, %s", of_include);
  size_t count = run_blocks(*state, "part of a manifest: include",
                            "return crm.package{name = 'probe', version = '1.0.0', include = {\n",
                            after, include_tests);
  assert_int_equal(count, 2);
}

static void the_parts_of_manifests_are_parts(void **state) {
  assert_int_equal(run_parts(*state, "types", of_types), 4);
  assert_int_equal(run_parts(*state, "segments", of_segments), 1);
  assert_int_equal(run_parts(*state, "rules", of_rules), 1);
  assert_int_equal(run_parts(*state, "ops", of_ops), 1);
  assert_int_equal(run_parts(*state, "migrations", "crm.test('loads', function() end)"), 1);
  assert_int_equal(run_parts(*state, "config", "crm.test('config', function() end)"), 1);
  assert_int_equal(run_parts(*state, "jobs", "crm.test('jobs', function() end)"), 1);
}

/* The four files of the package, and the blocks counted above. */
static void no_block_is_left_out(void **state) {
  size_t count = 0;
  (void)state;
  for (const char *at = document; (at = strstr(at, "```lua\n")) != NULL; at++) count++;
  assert_int_equal(count, 4 + 9 + 1 + 1 + 1 + 11);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PROBE_TEST(the_whole_package_works),  PROBE_TEST(the_examples_hold),
      PROBE_TEST(the_test_example_holds),   PROBE_TEST(the_whole_test_holds),
      PROBE_TEST(a_file_is_required),       PROBE_TEST(the_parts_of_manifests_are_parts),
      PROBE_TEST(included_parts_are_parts), PROBE_TEST(no_block_is_left_out)};
  read_document();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
