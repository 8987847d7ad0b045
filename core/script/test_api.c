/* test: what a test can do: the methods of t.
 *
 *   t:call(op, params) → result        t:as(user) → a t whose calls are the user's
 *   t:fails(code, op, params) → error  t:advance(to): moves the test clock there
 *   t:equal(got, wanted)               t:includes(got, part): only what part has must be equal
 *
 * Memory:  results are made in the state's scratch.
 * Threads: one.
 * Fails:   raises with the line of test.lua. */
#include <stdio.h>

#include "script/failure.h"
#include "script/globals.h"
#include "script/keys.h"
#include "script/script.h"
#include "script/test.h"
#include "script/value.h"

#define META "t"

/* t is its user's name. */
static const char *user_of(lua_State *lua) {
  return luaL_checkudata(lua, 1, META);
}

void script_test_push(lua_State *lua, const char *user) {
  size_t size = strlen(user) + 1;
  memcpy(lua_newuserdatauv(lua, size, 0), user, size);
  luaL_setmetatable(lua, META);
}

/* --- calls ----------------------------------------------------------------------------------------- */

/* Calls the op with the params at the index; the result is in the scratch. */
static base_code call_op(lua_State *lua, const char *op, int params, base_error *error) {
  static const uint8_t empty_map[] = {0x80};
  script_state *state = script_state_of(lua);
  const script_test_host *host = script_test_host_of(lua);
  const char *user = user_of(lua);
  base_buffer_clear(&state->scratch);
  if (lua_isnoneornil(lua, params)) {
    base_buffer_append(&state->scratch, empty_map, sizeof empty_map);
  } else {
    script_value_append(lua, params, (script_hint){0}, "params");
  }
  lua_pushlstring(lua, (const char *)state->scratch.data, state->scratch.size);
  base_slice kept = base_slice_make(lua_tostring(lua, -1), state->scratch.size);
  base_buffer_clear(&state->scratch);
  return host->call(host->self, base_slice_text(user), base_slice_text(op), kept, &state->scratch,
                    error);
}

static void push_answer(lua_State *lua) {
  script_value_push(lua, data_peek(base_buffer_slice(&script_state_of(lua)->scratch)));
}

static int call(lua_State *lua) {
  base_error error = {.language = BASE_ZH};
  const char *op = luaL_checkstring(lua, 2);
  if (call_op(lua, op, 3, &error) != BASE_OK) {
    return luaL_error(lua, "%s failed with %s: %s", op, base_code_name(error.code), error.message);
  }
  push_answer(lua);
  return 1;
}

static int advance(lua_State *lua) {
  base_error error = {.language = BASE_ZH};
  luaL_checkany(lua, 2);
  lua_newtable(lua);
  lua_pushvalue(lua, 2);
  lua_setfield(lua, -2, "to");
  if (call_op(lua, "clock.advance", lua_gettop(lua), &error) != BASE_OK) {
    return luaL_error(lua, "clock.advance failed with %s: %s", base_code_name(error.code),
                      error.message);
  }
  return 0;
}

static void set_text(lua_State *lua, const char *key, const char *text) {
  if (text[0] == '\0') return;
  lua_pushstring(lua, text);
  lua_setfield(lua, -2, key);
}

static int fails(lua_State *lua) {
  base_error error = {.language = BASE_ZH};
  const char *wanted = luaL_checkstring(lua, 2);
  const char *op = luaL_checkstring(lua, 3);
  if (call_op(lua, op, 4, &error) == BASE_OK) {
    return luaL_error(lua, "%s should have failed with %s, but succeeded", op, wanted);
  }
  if (strcmp(base_code_name(error.code), wanted) != 0) {
    return luaL_error(lua, "%s should have failed with %s, but failed with %s: %s", op, wanted,
                      base_code_name(error.code), error.message);
  }
  lua_newtable(lua);
  set_text(lua, "code", base_code_name(error.code));
  set_text(lua, "message", error.message);
  set_text(lua, "field", error.field);
  return 1;
}

static int as_user(lua_State *lua) {
  (void)user_of(lua);
  script_test_push(lua, luaL_checkstring(lua, 2));
  return 1;
}

/* --- comparing ------------------------------------------------------------------------------------- */

typedef struct comparison {
  lua_State *lua;
  bool part;
  char path[200];
} comparison;

/* A value as a test's author would write it; tables by what they are. */
static void describe(lua_State *lua, int index, char *out, size_t size) {
  if (lua_type(lua, index) == LUA_TSTRING) {
    (void)snprintf(out, size, "\"%.120s\"", lua_tostring(lua, index));
    return;
  }
  if (lua_istable(lua, index)) {
    (void)snprintf(out, size, "a table with %zu entries", script_keys_count(lua, index));
    return;
  }
  script_globals_push_text(lua, index);
  (void)snprintf(out, size, "%s", lua_tostring(lua, -1));
  lua_pop(lua, 1);
}

static void differ(comparison *with, int got, int wanted) {
  char left[160];
  char right[160];
  describe(with->lua, got, left, sizeof left);
  describe(with->lua, wanted, right, sizeof right);
  luaL_error(with->lua, "%s: wanted %s, got %s", with->path[0] == '\0' ? "value" : with->path,
             right, left);
}

static void compare(comparison *with, int got, int wanted);

/* Compares what both tables have under the keys of the table at `keys_of`. */
static void compare_keys(comparison *with, int got, int wanted, int keys_of) {
  lua_State *lua = with->lua;
  int top = lua_gettop(lua);
  size_t length = strlen(with->path);
  script_keys keys;
  script_keys_read(lua, keys_of, &keys);
  for (size_t i = 0; i < keys.count; i++) {
    const script_key *key = &keys.all[i];
    if (key->type == LUA_TSTRING) {
      (void)snprintf(with->path + length, sizeof with->path - length, "%s%.*s",
                     length == 0 ? "" : ".", BASE_SLICE_ARGS(key->text));
    } else {
      (void)snprintf(with->path + length, sizeof with->path - length, "[%lld]",
                     (long long)key->integer);
    }
    script_keys_push(lua, key);
    lua_rawget(lua, got);
    script_keys_push(lua, key);
    lua_rawget(lua, wanted);
    compare(with, lua_gettop(lua) - 1, lua_gettop(lua));
    lua_pop(lua, 2);
  }
  with->path[length] = '\0';
  lua_settop(lua, top);
}

static void compare(comparison *with, int got, int wanted) {
  lua_State *lua = with->lua;
  luaL_checkstack(lua, 12, "tables are nested too deep");
  if (!lua_istable(lua, got) || !lua_istable(lua, wanted)) {
    if (!lua_compare(lua, got, wanted, LUA_OPEQ)) differ(with, got, wanted);
    return;
  }
  compare_keys(with, got, wanted, wanted);
  if (!with->part || lua_rawlen(lua, wanted) > 0) compare_keys(with, got, wanted, got);
}

static int equal(lua_State *lua) {
  comparison with = {.lua = lua};
  (void)user_of(lua);
  lua_settop(lua, 3);
  compare(&with, 2, 3);
  return 0;
}

static int includes(lua_State *lua) {
  comparison with = {.lua = lua, .part = true};
  (void)user_of(lua);
  lua_settop(lua, 3);
  compare(&with, 2, 3);
  return 0;
}

void script_test_init(lua_State *lua) {
  static const luaL_Reg methods[] = {{"call", call},   {"fails", fails},       {"as", as_user},
                                     {"equal", equal}, {"includes", includes}, {"advance", advance},
                                     {NULL, NULL}};
  luaL_newmetatable(lua, META);
  lua_newtable(lua);
  luaL_setfuncs(lua, methods, 0);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 1);
}
