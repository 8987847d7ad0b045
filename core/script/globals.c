/* globals: the base functions, and how the tables are sealed. See globals.h. */
#include "script/globals.h"

#include <lualib.h>

#include "script/failure.h"
#include "script/keys.h"
#include "script/record.h"
#include "script/value.h"

#define BYTES_PER_INSTRUCTION 16 /* that a function of the library looks at */
#define LARGE 4096

/* --- sealing ------------------------------------------------------------------------------------- */

static int refuse_write(lua_State *lua) {
  const char *name = lua_tostring(lua, lua_upvalueindex(1));
  script_globals_push_text(lua, 2);
  if (name[0] == '\0') {
    return luaL_error(lua, "'%s' is not declared; write: local %s = …", lua_tostring(lua, -1),
                      lua_tostring(lua, -1));
  }
  return luaL_error(lua, "%s.%s cannot be set: %s is the same for all", name, lua_tostring(lua, -1),
                    name);
}

static int refuse_read(lua_State *lua) {
  const char *name = lua_tostring(lua, lua_upvalueindex(1));
  script_globals_push_text(lua, 2);
  if (name[0] == '\0') {
    return luaL_error(lua, "'%s' is not there: neither a local nor one of Haoke's names",
                      lua_tostring(lua, -1));
  }
  return luaL_error(lua, "%s.%s is not there", name, lua_tostring(lua, -1));
}

/* face → (metatable: __index) → table → (metatable: __index) → refuse_read */
void script_globals_seal(lua_State *lua, const char *name) {
  lua_createtable(lua, 0, 1);
  lua_pushstring(lua, name);
  lua_pushcclosure(lua, refuse_read, 1);
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_newtable(lua);
  lua_createtable(lua, 0, 2);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushstring(lua, name);
  lua_pushcclosure(lua, refuse_write, 1);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
  lua_remove(lua, -2);
}

/* A function of the library, which knows no budget: its texts are drawn for before it reads them, also
 * where it takes them for numbers. Upvalue: the function. */
static int call_charged(lua_State *lua) {
  size_t size = 0;
  int top = lua_gettop(lua);
  for (int i = 1; i <= top; i++) {
    if (lua_type(lua, i) == LUA_TSTRING) size += (size_t)lua_rawlen(lua, i);
  }
  script_state_charge(lua, (size_t)top / 8 + size / BYTES_PER_INSTRUCTION);
  if (size > LARGE) script_state_make_room(lua, size);
  return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

void script_globals_pick(lua_State *lua, int table, const char *const *names) {
  for (; *names != NULL; names++) {
    if (lua_getfield(lua, -1, *names) == LUA_TFUNCTION) lua_pushcclosure(lua, call_charged, 1);
    lua_setfield(lua, table, *names);
  }
  lua_pop(lua, 1);
}

/* --- base functions ------------------------------------------------------------------------------ */

void script_globals_push_text(lua_State *lua, int index) {
  const base_error *failure = script_failure_read(lua, index);
  int type = lua_type(lua, index);
  if (failure != NULL) {
    script_failure_push_text(lua, failure);
  } else if (script_value_is_null(lua, index)) {
    lua_pushliteral(lua, "null");
  } else if (type == LUA_TUSERDATA) {
    lua_pushliteral(lua, "record");
  } else if (type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TLIGHTUSERDATA) {
    lua_pushstring(lua, lua_typename(lua, type));
  } else {
    luaL_tolstring(lua, index, NULL);
  }
}

static int text_of(lua_State *lua) {
  luaL_checkany(lua, 1);
  script_globals_push_text(lua, 1);
  return 1;
}

/* Calls, with so many values above the function; what is final goes on as an error. */
static int call_within(lua_State *lua, int arguments) {
  script_state_enter(lua);
  int64_t depth = script_state_depth(lua);
  int status = lua_pcall(lua, arguments, LUA_MULTRET, 0);
  script_state_return(lua, depth);
  script_state_leave(lua);
  if (status == LUA_OK) return status;
  script_state *state = script_state_of(lua);
  if (script_state_is_final(state, status)) lua_error(lua);
  if (state->ctx != NULL) base_error_clear(state->ctx->error);
  return status;
}

static int call_protected(lua_State *lua) {
  luaL_checkany(lua, 1);
  lua_pushboolean(lua, 1);
  lua_insert(lua, 1);
  int status = call_within(lua, lua_gettop(lua) - 2);
  if (status == LUA_OK) return lua_gettop(lua);
  lua_pushboolean(lua, 0);
  lua_insert(lua, -2);
  return 2;
}

/* The handler runs after the stack was unwound: a handler that runs inside the count hook would run
 * without one. */
static int call_handled(lua_State *lua) {
  luaL_checktype(lua, 2, LUA_TFUNCTION);
  lua_pushvalue(lua, 2);
  lua_insert(lua, 1);
  lua_remove(lua, 3);
  int status = call_within(lua, lua_gettop(lua) - 2);
  if (status == LUA_OK) {
    lua_pushboolean(lua, 1);
    lua_replace(lua, 1);
    return lua_gettop(lua);
  }
  script_state_enter(lua);
  lua_call(lua, 1, 1);
  script_state_leave(lua);
  lua_pushboolean(lua, 0);
  lua_insert(lua, 1);
  return 2;
}

/* Upvalues: the keys in order, how many were given out. Keys that were cleared meanwhile are passed
 * over. */
static int next_pair(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_Integer at = lua_tointeger(lua, lua_upvalueindex(2));
  do {
    at++;
    lua_settop(lua, 1);
    if (lua_rawgeti(lua, lua_upvalueindex(1), at) == LUA_TNIL) return 1;
    lua_pushvalue(lua, -1);
  } while (lua_rawget(lua, 1) == LUA_TNIL);
  lua_pushinteger(lua, at);
  lua_copy(lua, -1, lua_upvalueindex(2));
  lua_pop(lua, 1);
  return 2;
}

/* Upvalues: keys and values of a record, one after the other; how many were given out. */
static int next_field(lua_State *lua) {
  lua_Integer at = lua_tointeger(lua, lua_upvalueindex(2));
  lua_pushinteger(lua, at + 2);
  lua_replace(lua, lua_upvalueindex(2));
  if (lua_rawgeti(lua, lua_upvalueindex(1), at + 1) == LUA_TNIL) return 1;
  lua_rawgeti(lua, lua_upvalueindex(1), at + 2);
  return 2;
}

static int pairs_of_record(lua_State *lua, base_slice bytes) {
  lua_newtable(lua);
  lua_Integer at = 0;
  data_walk walk = data_walk_begin(bytes);
  while (data_walk_next(&walk)) {
    if (walk.value.type == DATA_NIL) continue;
    script_value_push(lua, walk.key);
    lua_rawseti(lua, -2, ++at);
    script_value_push(lua, walk.value);
    lua_rawseti(lua, -2, ++at);
  }
  script_state_charge(lua, (size_t)at);
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_field, 2);
  return 1;
}

static int pairs(lua_State *lua) {
  base_slice bytes;
  if (script_record_read(lua, 1, &bytes)) return pairs_of_record(lua, bytes);
  luaL_checktype(lua, 1, LUA_TTABLE);
  script_keys keys;
  script_keys_read(lua, 1, &keys);
  lua_createtable(lua, (int)keys.count, 0);
  for (size_t i = 0; i < keys.count; i++) {
    script_keys_push(lua, &keys.all[i]);
    lua_rawseti(lua, -2, (lua_Integer)i + 1);
  }
  lua_pushinteger(lua, 0);
  lua_pushcclosure(lua, next_pair, 2);
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

/* The least key above the given one: the order of pairs, a step at a time. */
static int next(lua_State *lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  bool first = lua_isnil(lua, 2);
  script_key after = first ? (script_key){0} : script_keys_check(lua, 2);
  script_key least = {.type = LUA_TNIL};
  script_state_charge(lua, script_keys_count(lua, 1));
  lua_pushnil(lua);
  while (lua_next(lua, 1) != 0) {
    lua_pop(lua, 1);
    script_key key = script_keys_check(lua, -1);
    if (!first && script_keys_compare(&key, &after) <= 0) continue;
    if (least.type == LUA_TNIL || script_keys_compare(&key, &least) < 0) least = key;
  }
  if (least.type == LUA_TNIL) {
    lua_pushnil(lua);
    return 1;
  }
  script_keys_push(lua, &least);
  lua_pushvalue(lua, -1);
  lua_rawget(lua, 1);
  return 2;
}

/* --- all together -------------------------------------------------------------------------------- */

static void set_base(lua_State *lua, int table) {
  static const char *const names[] = {"assert",   "error", "ipairs", "select",
                                      "tonumber", "type",  NULL};
  static const luaL_Reg own[] = {{"tostring", text_of},    {"pcall", call_protected},
                                 {"xpcall", call_handled}, {"pairs", pairs},
                                 {"next", next},           {NULL, NULL}};
  lua_pushcfunction(lua, luaopen_base);
  lua_call(lua, 0, 1);
  script_globals_pick(lua, table, names);
  luaL_setfuncs(lua, own, 0);
}

static void set_library(lua_State *lua, int table, lua_CFunction open, const char *name,
                        const char *const *names) {
  lua_newtable(lua);
  lua_pushcfunction(lua, open);
  lua_call(lua, 0, 1);
  script_globals_pick(lua, table + 1, names);
  script_globals_seal(lua, name);
  lua_setfield(lua, table, name);
}

void script_globals_init(lua_State *lua, bool test) {
  static const char *const math[] = {"abs",       "ceil", "floor",      "fmod",       "max", "min",
                                     "tointeger", "type", "maxinteger", "mininteger", NULL};
  static const char *const utf8[] = {"char", "codepoint", "codes", "len", "offset", NULL};
  lua_newtable(lua);
  int table = lua_gettop(lua);
  set_base(lua, table);
  set_library(lua, table, luaopen_math, "math", math);
  set_library(lua, table, luaopen_utf8, "utf8", utf8);
  script_strings_push(lua);
  lua_setfield(lua, table, "string");
  script_tables_push(lua);
  lua_setfield(lua, table, "table");
  script_crm_push(lua, test);
  lua_setfield(lua, table, "crm");
  script_globals_seal(lua, "");
  lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
