/* loading: running a package's files in a new state. See loading.h. */
#include "script/loading.h"

#include "script/code.h"
#include "script/ctx.h"
#include "script/failure.h"
#include "script/globals.h"
#include "script/record.h"
#include "script/sugar.h"
#include "script/value.h"

/* Addresses are the keys of what a state keeps in its registry. */
static const char manifest_key;
static const char modules_key;
static const char functions_key;

/* --- running a source ---------------------------------------------------------------------------- */

/* Lua 5.4.4 makes wrong code where _ENV is a constant, and no package needs the name. */
static const uint8_t *find_word(base_slice text, const char *word) {
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  size_t size = strlen(word);
  for (size_t i = 0; i + size <= text.size; i++) {
    if (memcmp(text.data + i, word, size) != 0) continue;
    bool begins = i == 0 || strchr(letters, text.data[i - 1]) == NULL;
    bool ends = i + size == text.size || strchr(letters, text.data[i + size]) == NULL;
    if (begins && ends) return text.data + i;
  }
  return NULL;
}

static void refuse_environment(lua_State *lua, const script_source *source) {
  const uint8_t *found = find_word(source->text, "_ENV");
  int line = 1;
  if (found == NULL) return;
  for (const uint8_t *at = source->text.data; at < found; at++) line += *at == '\n';
  luaL_error(lua, "%s:%d: _ENV may not be used: there are no globals but Haoke's",
             source->chunk + 1, line);
}

static void refuse_wrong_code(lua_State *lua, const script_source *source) {
  int line = script_code_wrong_line(lua);
  if (line == 0) return;
  luaL_error(lua,
             "%s:%d: Lua 5.4.4 makes wrong code of t[a >= b], a comparison as a key, where t is a "
             "local of an enclosing function; write: local key = a >= b, and then t[key]",
             source->chunk + 1, line);
}

void script_loading_push(lua_State *lua, const script_source *source) {
  refuse_environment(lua, source);
  int status =
      luaL_loadbufferx(lua, (const char *)source->text.data, source->text.size, source->chunk, "t");
  if (status != LUA_OK) lua_error(lua);
  refuse_wrong_code(lua, source);
  lua_call(lua, 0, 1);
}

/* crm.package{…}: remembers the table; init.lua returns it. */
int script_loading_package(lua_State *lua) {
  if (!script_state_of(lua)->loading) return luaL_error(lua, "crm.package belongs into init.lua");
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 1);
  script_sugar_join(lua, 1);
  lua_pushvalue(lua, 1);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &manifest_key);
  return 1;
}

static void check_module_name(lua_State *lua, const char *name) {
  size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
  if (size > 0 && name[size] == '\0') return;
  luaL_error(lua,
             "crm.require: '%s' is no file of this package; give its name without folder and "
             "without .lua, in small letters, digits and _",
             name);
}

/* crm.require(name): what the file returns; each file is run once per state. */
int script_loading_require(lua_State *lua) {
  script_state *state = script_state_of(lua);
  const char *name = luaL_checkstring(lua, 1);
  if (!state->loading) return luaL_error(lua, "crm.require belongs to the top of a file");
  check_module_name(lua, name);
  const script_source *source = script_source_find(&state->package->sources, name);
  if (source == NULL) {
    return luaL_error(lua, "crm.require: there is no %s/%s.lua", state->package->name, name);
  }
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &modules_key);
  int modules = lua_gettop(lua);
  int type = lua_getfield(lua, modules, name);
  if (type == LUA_TBOOLEAN)
    return luaL_error(lua, "%s.lua and its files require one another", name);
  if (type != LUA_TNIL) return 1;
  lua_pushboolean(lua, 0);
  lua_setfield(lua, modules, name);
  script_loading_push(lua, source);
  if (lua_isnil(lua, -1)) return luaL_error(lua, "%s.lua returns nothing", name);
  lua_pushvalue(lua, -1);
  lua_setfield(lua, modules, name);
  return 1;
}

/* --- the steps ------------------------------------------------------------------------------------ */

static int init_state(lua_State *lua) {
  const bool *test = lua_touserdata(lua, 1);
  script_failure_init(lua);
  script_value_init(lua);
  script_record_init(lua);
  script_ctx_init(lua);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &modules_key);
  lua_newtable(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &functions_key);
  script_globals_init(lua, *test);
  return 0;
}

static base_code run_loading(script_state *state, lua_CFunction step, const void *argument,
                             base_error *error) {
  int64_t budget = state->package->limits.instructions;
  void *writable = (void *)(uintptr_t)argument; /* light userdata has no const */
  state->loading = true;
  base_code code = script_state_run(state, step, writable, &budget, error);
  state->loading = false;
  return code;
}

base_code script_loading_state(const script_package *package, bool test, script_state **state,
                               base_error *error) {
  script_state *made = NULL;
  BASE_TRY(script_state_new(package, &made, error));
  base_code code = run_loading(made, init_state, &test, error);
  if (code != BASE_OK) {
    script_state_free(made);
    return code;
  }
  *state = made;
  return BASE_OK;
}

static int run_init(lua_State *lua) {
  const script_package *package = script_state_of(lua)->package;
  script_loading_push(lua, script_source_find(&package->sources, "init"));
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &manifest_key);
  if (lua_istable(lua, -1) && lua_rawequal(lua, -1, -2)) return 0;
  return luaL_error(lua, "%s/init.lua: it must end with return crm.package{…}", package->name);
}

base_code script_loading_run(script_state *state, base_error *error) {
  return run_loading(state, run_init, NULL, error);
}

static int write_manifest(lua_State *lua) {
  base_buffer_clear(&script_state_of(lua)->scratch);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &manifest_key);
  script_value_append(lua, -1, (script_hint){.functions = true},
                      script_state_of(lua)->package->name);
  return 0;
}

base_code script_loading_manifest(script_state *state, base_error *error) {
  return run_loading(state, write_manifest, NULL, error);
}

static int write_data(lua_State *lua) {
  const script_source *source = lua_touserdata(lua, 1);
  base_buffer_clear(&script_state_of(lua)->scratch);
  script_loading_push(lua, source);
  if (!lua_istable(lua, -1))
    return luaL_error(lua, "%s: it must return a table", source->chunk + 1);
  script_value_append(lua, -1, (script_hint){0}, source->name);
  return 0;
}

base_code script_loading_data(script_state *state, const script_source *source, base_error *error) {
  return run_loading(state, write_data, source, error);
}

/* The manifest of this state was made by the same files as the one that was read. */
static int bind_functions(lua_State *lua) {
  const script_function *function = script_state_of(lua)->package->functions;
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &functions_key);
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &manifest_key);
  for (; function->name != NULL; function++) {
    lua_getfield(lua, -1, function->part);
    lua_getfield(lua, -1, function->name);
    if (function->member != NULL) {
      lua_getfield(lua, -1, function->member);
      lua_remove(lua, -2);
    }
    lua_rawseti(lua, -4, function->index);
    lua_pop(lua, 1);
  }
  lua_pushnil(lua);
  lua_rawsetp(lua, LUA_REGISTRYINDEX, &manifest_key);
  return 0;
}

base_code script_loading_bind(script_state *state, base_error *error) {
  BASE_TRY(run_loading(state, bind_functions, NULL, error));
  script_state_settle(state);
  return BASE_OK;
}

void script_loading_push_function(lua_State *lua, int index) {
  lua_rawgetp(lua, LUA_REGISTRYINDEX, &functions_key);
  lua_rawgeti(lua, -1, index);
  lua_remove(lua, -2);
}

base_code script_loading_ready(const script_package *package, script_state **state,
                               base_error *error) {
  script_state *made = NULL;
  BASE_TRY(script_loading_state(package, false, &made, error));
  base_code code = script_loading_run(made, error);
  if (code == BASE_OK) code = script_loading_bind(made, error);
  if (code != BASE_OK) {
    script_state_free(made);
    return code;
  }
  *state = made;
  return BASE_OK;
}
