/* test: running test.lua. See test.h; the methods of t are in test_api.c. */
#include "script/test.h"

#include "script/failure.h"
#include "script/loading.h"

#define TEST_MEMORY ((size_t)64 << 20)
#define TEST_INSTRUCTIONS 500000000

/* Addresses are the keys of what a state keeps in its registry. */
static const char tests_key; /* a list of name, function, name, function … */
static const char host_key;

const script_test_host *script_test_host_of(lua_State *lua) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &host_key);
  const script_test_host *host = lua_touserdata(lua, -1);
  lua_pop(lua, 1);
  return host;
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
  return 0;
}

/* --- steps that run protected ---------------------------------------------------------------------- */

typedef struct step {
  const script_test_host *host;
  lua_Integer index; /* of the test, from 1 */
  lua_Integer count;
  char name[160];
} step;

static int load_tests(lua_State *lua) {
  step *made = lua_touserdata(lua, 1);
  script_test_init(lua);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &tests_key);
  lua_pushlightuserdata(lua, (void *)(uintptr_t)made->host);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &host_key);
  script_loading_push(lua, script_source_find(&script_state_of(lua)->package->sources, "test"));
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &tests_key);
  made->count = (lua_Integer)lua_rawlen(lua, -1) / 2;
  return 0;
}

static int name_test(lua_State *lua) {
  step *made = lua_touserdata(lua, 1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &tests_key);
  lua_rawgeti(lua, -1, made->index * 2 - 1);
  (void)snprintf(made->name, sizeof made->name, "%s", lua_tostring(lua, -1));
  return 0;
}

static int run_test(lua_State *lua) {
  const step *made = lua_touserdata(lua, 1);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &tests_key);
  lua_rawgeti(lua, -1, made->index * 2);
  script_test_push(lua, "");
  lua_call(lua, 1, 0);
  return 0;
}

/* --- one test, all tests --------------------------------------------------------------------------- */

static base_code run_step(script_state *state, lua_CFunction function, step *made,
                          base_error *error) {
  int64_t budget = TEST_INSTRUCTIONS;
  state->spent = SCRIPT_SPENT_NOTHING;
  return script_state_run(state, function, made, &budget, error);
}

static void report(const step *made, const base_error *error) {
  char text[640] = "";
  bool passed = error->code == BASE_OK;
  if (error->code == BASE_SCRIPT_ERROR) {
    (void)snprintf(text, sizeof text, "%s", error->message);
  } else if (!passed) {
    (void)snprintf(text, sizeof text, "%s: %s", base_code_name(error->code), error->message);
  }
  made->host->report(made->host->self, made->name, passed, text);
}

static bool run_one(script_state *state, step *made, base_language language) {
  base_error error = {.language = language};
  base_code code = run_step(state, name_test, made, &error);
  if (code == BASE_OK) code = made->host->reset(made->host->self, &error);
  if (code == BASE_OK) code = run_step(state, run_test, made, &error);
  if (code == BASE_OK) base_error_clear(&error);
  report(made, &error);
  return code == BASE_OK;
}

static base_code run_all(script_state *state, const script_test_host *host, int64_t *passed,
                         int64_t *failed, base_error *error) {
  step made = {.host = host};
  state->loading = true;
  base_code code = run_step(state, load_tests, &made, error);
  state->loading = false;
  BASE_TRY(code);
  for (made.index = 1; made.index <= made.count; made.index++) {
    if (run_one(state, &made, error->language)) {
      (*passed)++;
    } else {
      (*failed)++;
    }
  }
  return BASE_OK;
}

static base_code check_tests(const script_package *package, base_error *error) {
  if (script_source_find(&package->sources, "test") != NULL) return BASE_OK;
  return base_error_set(error, BASE_SCRIPT_ERROR, NULL, "脚本包 %s 没有 test.lua",
                        "package %s has no test.lua", package->name);
}

base_code script_test_run(const char *directory, const script_test_host *host, int64_t *passed,
                          int64_t *failed, base_error *error) {
  script_limits limits = {.memory = TEST_MEMORY, .instructions = TEST_INSTRUCTIONS};
  script_package *package = NULL;
  script_state *state = NULL;
  *passed = *failed = 0;
  BASE_TRY(script_package_open(directory, &limits, &package, error));
  base_code code = check_tests(package, error);
  if (code == BASE_OK) code = script_loading_state(package, true, &state, error);
  if (code == BASE_OK) code = run_all(state, host, passed, failed, error);
  script_state_free(state);
  script_package_free(package);
  return code;
}
