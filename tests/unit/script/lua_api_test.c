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

static void the_examples_hold(void **state) {
  probe *in = *state;
  char block[4096];
  char manifest[8192];
  const char *from = document;
  size_t count = 0;
  while (next_block(&from, "example", block, sizeof block)) {
    count++;
    (void)snprintf(manifest, sizeof manifest,
                   "return crm.package{name = 'probe', version = '1.0.0', ops = {['probe.run'] = "
                   "{write = true, run = function(ctx, params)\n%s\nend}}}",
                   block);
    stage_probe(in, manifest, "crm.test('example', function(t) t:call('probe.run') end)");
  }
  assert_int_equal(count, 5);
}

static void the_type_is_one(void **state) {
  probe *in = *state;
  char block[4096];
  char manifest[8192];
  const char *from = document;
  assert_true(next_block(&from, "part of a manifest: types", block, sizeof block));
  (void)snprintf(manifest, sizeof manifest,
                 "return crm.package{name = 'probe', version = '1.0.0', types = {\n%s\n}}", block);
  stage_probe(
      in, manifest,
      "crm.test('visit', function(t)\n"
      "t:call('record.create', {type = 'customer', values = {name = '王秀兰'}})\n"
      "local values = {customer = 1, visit_on = '2026-03-07', stops = {{place = '济南'}}}\n"
      "t:equal(t:call('record.create', {type = 'visit', values = values}).state, 'planned')\n"
      "t:fails('DUPLICATE', 'record.create', {type = 'visit', values = values}) end)");
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(the_whole_package_works),
                                     PROBE_TEST(the_examples_hold), PROBE_TEST(the_type_is_one)};
  read_document();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
