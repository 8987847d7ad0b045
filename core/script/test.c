/* test: running test.lua. See test.h; the methods of t are in test_api.c. */
#include "script/test.h"

#include "script/failure.h"
#include "script/loading.h"

#define TEST_MEMORY ((size_t)64 << 20)
#define TEST_INSTRUCTIONS 500000000
#define TEST_MILLISECONDS 60000

#define TEST_PARTS 3  /* of a test in the list */
#define CALLERS_MAX 8 /* lines that led to a failure */

/* Addresses are the keys of what a state keeps in its registry. */
static const char tests_key; /* a list of name, function, whether on an empty store, and so on */
static const char test_key;

script_test *script_test_of(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &test_key);
  script_test *test = lua_touserdata(lua, -1);
  lua_pop(lua, 1);
  return test;
}

int script_test_register(lua_State *lua) {
  luaL_checkstring(lua, 1);
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_settop(lua, 2);
  if (!script_state_of(lua)->loading)
    return luaL_error(lua, "crm.test belongs to the top of test.lua");
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &tests_key);
  lua_Integer count = (lua_Integer)lua_rawlen(lua, 3);
  lua_pushvalue(lua, 1);
  lua_rawseti(lua, 3, count + 1);
  lua_pushvalue(lua, 2);
  lua_rawseti(lua, 3, count + 2);
  lua_pushboolean(lua, script_test_of(lua)->empty);
  lua_rawseti(lua, 3, count + 3);
  return 0;
}

int script_test_on(lua_State *lua) {
  static const char *const names[] = {"data", "empty", NULL};
  if (!script_state_of(lua)->loading)
    return luaL_error(lua, "crm.test_on belongs to the top of test.lua");
  script_test_of(lua)->empty = luaL_checkoption(lua, 1, NULL, names) == 1;
  return 0;
}

/* --- steps that run protected ---------------------------------------------------------------------- */

static int load_tests(lua_State *lua) {
  script_test *test = lua_touserdata(lua, 1);
  script_test_init(lua);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &tests_key);
  lua_pushlightuserdata(lua, test);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &test_key);
  script_loading_push(lua, script_source_find(&script_state_of(lua)->package->sources, "test"));
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &tests_key);
  test->count = (lua_Integer)lua_rawlen(lua, -1) / TEST_PARTS;
  return 0;
}

static int name_test(lua_State *lua) {
  script_test *test = lua_touserdata(lua, 1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &tests_key);
  lua_rawgeti(lua, -1, (test->index - 1) * TEST_PARTS + 1);
  (void)snprintf(test->name, sizeof test->name, "%s", lua_tostring(lua, -1));
  lua_rawgeti(lua, -2, (test->index - 1) * TEST_PARTS + 3);
  test->empty = lua_toboolean(lua, -1);
  return 0;
}

/* A message handler: behind the text, the lines of the functions that led there. The innermost one is
 * in the text already. */
static int explain(lua_State *lua) {
  lua_Debug at;
  size_t found = 0;
  script_failure_explain(lua);
  if (lua_type(lua, -1) != LUA_TSTRING) return 1;
  luaL_checkstack(lua, CALLERS_MAX + 4, NULL);
  for (int level = 1; found <= CALLERS_MAX && lua_getstack(lua, level, &at) != 0; level++) {
    lua_getinfo(lua, "Sl", &at);
    if (at.currentline <= 0 || found++ == 0) continue;
    lua_pushfstring(lua, "\ncalled at %s:%d", at.short_src, at.currentline);
  }
  if (found > 1) lua_concat(lua, (int)found);
  return 1;
}

static void note_failure(script_test *test, lua_State *lua) {
  size_t size = 0;
  const char *text = lua_tolstring(lua, -1, &size);
  if (test->text.size > 0) base_buffer_byte(&test->text, '\n');
  if (text == NULL) text = "an error without a text";
  base_buffer_append(&test->text, text, size > 0 ? size : strlen(text));
  test->failed = true;
}

static int run_test(lua_State *lua) {
  script_test *test = lua_touserdata(lua, 1);
  lua_pushcfunction(lua, explain);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &tests_key);
  lua_rawgeti(lua, -1, (test->index - 1) * TEST_PARTS + 2);
  script_test_push(lua);
  int status = lua_pcall(lua, 1, 0, 2);
  if (status == LUA_OK) return 0;
  if (script_state_is_final(script_state_of(lua), status)) return lua_error(lua);
  note_failure(test, lua);
  return 0;
}

/* --- one test, all tests --------------------------------------------------------------------------- */

static base_code run_step(script_state *state, lua_CFunction function, script_test *test,
                          base_error *error) {
  int64_t budget = TEST_INSTRUCTIONS;
  return script_state_run(state, function, test, &budget, error);
}

static void note_error(script_test *test, const base_error *error) {
  if (test->text.size > 0) base_buffer_byte(&test->text, '\n');
  base_buffer_format(&test->text, "%s: %s", base_code_name(error->code), error->message);
  test->failed = true;
}

static bool is_chosen(const script_test *test) {
  return test->host->filter == NULL || strstr(test->name, test->host->filter) != NULL;
}

/* The store of the test, and the configuration that the package was given. */
static base_code begin(script_test *test, base_error *error) {
  static const uint8_t empty_map[] = {0x80};
  const api_test_host *host = test->host;
  BASE_TRY(host->reset(host->self, test->empty, error));
  if (!test->configured) return BASE_OK;
  test->configured = false;
  return host->configure(host->self, base_slice_make(empty_map, sizeof empty_map), error);
}

static void run_one(script_state *state, script_test *test, base_error *error) {
  const api_test_host *host = test->host;
  test->failed = false;
  base_buffer_clear(&test->text);
  base_code code = begin(test, error);
  if (code == BASE_OK) code = run_step(state, run_test, test, error);
  if (code != BASE_OK) note_error(test, error);
  base_buffer_byte(&test->text, '\0');
  host->report(host->self, test->name, !test->failed, (const char *)test->text.data);
}

static base_code run_all(script_state *state, script_test *test, int64_t *passed, int64_t *failed,
                         base_error *error) {
  state->loading = true;
  base_code code = run_step(state, load_tests, test, error);
  state->loading = false;
  BASE_TRY(code);
  for (test->index = 1; test->index <= test->count; test->index++) {
    base_error own = {.language = error->language};
    BASE_TRY(run_step(state, name_test, test, error));
    if (!is_chosen(test)) continue;
    run_one(state, test, &own);
    *(test->failed ? failed : passed) += 1;
  }
  return BASE_OK;
}

static base_code check_tests(const script_package *package, base_error *error) {
  if (script_source_find(&package->sources, "test") != NULL) return BASE_OK;
  return base_error_set(error, BASE_SCRIPT_ERROR, NULL, "脚本包 %s 没有 test.lua",
                        "package %s has no test.lua", package->name);
}

static const script_limits test_limits = {.milliseconds = TEST_MILLISECONDS,
                                          .memory = TEST_MEMORY,
                                          .allocation = TEST_MEMORY,
                                          .instructions = TEST_INSTRUCTIONS};

/* Takes over the package. */
static base_code run(script_package *package, const api_test_host *host, int64_t *passed,
                     int64_t *failed, base_error *error) {
  script_state *state = NULL;
  script_test test = {.host = host};
  base_code code = check_tests(package, error);
  if (code == BASE_OK) code = script_loading_state(package, true, &state, error);
  if (code == BASE_OK) code = run_all(state, &test, passed, failed, error);
  base_buffer_fini(&test.text);
  base_buffer_fini(&test.differences);
  script_state_free(state);
  script_package_free(package);
  return code;
}

base_code script_test_run(const char *directory, const api_test_host *host, int64_t *passed,
                          int64_t *failed, base_error *error) {
  script_package *package = NULL;
  *passed = *failed = 0;
  BASE_TRY(script_package_open(directory, &test_limits, &package, error));
  return run(package, host, passed, failed, error);
}

base_code script_test_run_bundle(const char *name, base_slice bundle, const api_test_host *host,
                                 int64_t *passed, int64_t *failed, base_error *error) {
  script_package *package = NULL;
  *passed = *failed = 0;
  BASE_TRY(script_package_unpack(name, bundle, &test_limits, &package, error));
  return run(package, host, passed, failed, error);
}
