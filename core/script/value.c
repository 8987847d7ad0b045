/* value: conversion both ways. See value.h. */
#include "script/value.h"

#include <stdio.h>

#include "script/keys.h"
#include "script/record.h"

#define LIST_META "list"
#define DEPTH_MAX 24
#define PER_VALUE 2 /* what converting one value draws from the budget */
#define BYTES_PER_INSTRUCTION 16

void script_value_init(lua_State *lua) {
  luaL_newmetatable(lua, LIST_META);
  lua_pop(lua, 1);
}

void script_value_push_null(lua_State *lua) {
  lua_pushlightuserdata(lua, NULL);
}

bool script_value_is_null(lua_State *lua, int index) {
  return lua_islightuserdata(lua, index) && lua_touserdata(lua, index) == NULL;
}

void script_value_mark_list(lua_State *lua, int index) {
  lua_pushvalue(lua, index);
  luaL_setmetatable(lua, LIST_META);
  lua_pop(lua, 1);
}

static bool is_marked_list(lua_State *lua, int index) {
  if (lua_getmetatable(lua, index) == 0) return false;
  luaL_getmetatable(lua, LIST_META);
  bool same = lua_rawequal(lua, -1, -2) != 0;
  lua_pop(lua, 2);
  return same;
}

void script_value_check_table(lua_State *lua, int index) {
  luaL_checktype(lua, index, LUA_TTABLE);
  if (lua_getmetatable(lua, index) == 0) return;
  lua_pop(lua, 1);
  luaL_argcheck(lua, is_marked_list(lua, index), index, "this table is one of Haoke's own");
}

/* --- to Lua -------------------------------------------------------------------------------------- */

static void push_container(lua_State *lua, data_value value) {
  bool map = value.type == DATA_MAP;
  int count = value.as.count < INT16_MAX ? (int)value.as.count : INT16_MAX;
  luaL_checkstack(lua, 4, "too many nested values");
  lua_createtable(lua, map ? 0 : count, map ? count : 0);
  if (!map) script_value_mark_list(lua, -1);
  lua_Integer index = 0;
  data_walk walk = data_walk_begin(value.raw);
  while (data_walk_next(&walk)) {
    index++;
    if (map) lua_pushlstring(lua, (const char *)walk.key.as.bytes.data, walk.key.as.bytes.size);
    script_value_push(lua, walk.value);
    if (map) {
      lua_rawset(lua, -3);
    } else {
      lua_rawseti(lua, -2, index);
    }
  }
  script_state_charge(lua, (size_t)index * PER_VALUE);
}

void script_value_push(lua_State *lua, data_value value) {
  switch (value.type) {
    case DATA_NIL:
      lua_pushnil(lua);
      return;
    case DATA_BOOLEAN:
      lua_pushboolean(lua, value.as.boolean);
      return;
    case DATA_INTEGER:
      lua_pushinteger(lua, value.as.integer);
      return;
    case DATA_FLOAT:
      lua_pushnumber(lua, value.as.number);
      return;
    case DATA_TEXT:
    case DATA_BINARY:
      lua_pushlstring(lua, (const char *)value.as.bytes.data, value.as.bytes.size);
      return;
    default:
      push_container(lua, value);
  }
}

/* --- from Lua ------------------------------------------------------------------------------------ */

/* One step of the way from the outermost value to the one being written. */
typedef struct step {
  const struct step *up;
  base_slice key; /* of a map; empty: the list's index counts */
  size_t index;
  unsigned depth;
} step;

typedef struct writer {
  lua_State *lua;
  base_buffer *out;
  const char *what;
  bool functions;
} writer;

static void write_value(writer *to, int index, script_hint hint, const step *at);

/* "values.lines[2].quantity" */
static size_t write_path(const writer *from, const step *at, char *out, size_t size) {
  if (at->up == NULL) return (size_t)snprintf(out, size, "%s", from->what);
  size_t used = write_path(from, at->up, out, size);
  if (used >= size) return used;
  if (at->key.size == 0) {
    return used + (size_t)snprintf(out + used, size - used, "[%zu]", at->index);
  }
  return used + (size_t)snprintf(out + used, size - used, ".%.*s", BASE_SLICE_ARGS(at->key));
}

static void refuse(const writer *to, const step *at, const char *why) {
  char path[160];
  (void)write_path(to, at, path, sizeof path);
  luaL_error(to->lua, "%s: %s", path, why);
}

static void write_number(writer *to, int index, const step *at) {
  int integral = 0;
  lua_Integer integer = lua_tointegerx(to->lua, index, &integral);
  if (!integral) {
    char why[96];
    (void)snprintf(why, sizeof why, "%.14g has a fraction, and only whole numbers can be stored",
                   lua_tonumber(to->lua, index));
    refuse(to, at, why);
  }
  data_append_integer(to->out, integer);
}

/* What is written is drawn for like what Lua allocates. */
static void make_room(const writer *to, size_t size) {
  script_state_charge(to->lua, size / BYTES_PER_INSTRUCTION);
  script_state_check_scratch(to->lua, to->out->size + size);
}

static void write_text(writer *to, int index, const step *at) {
  size_t size = 0;
  const char *text = lua_tolstring(to->lua, index, &size);
  base_slice slice = base_slice_make(text, size);
  make_room(to, size);
  if (!data_text_valid(slice)) refuse(to, at, "the text is not valid UTF-8; was it cut in bytes?");
  data_append_slice(to->out, slice);
}

static script_hint hint_of(const data_field *fields, base_slice key) {
  script_hint hint = {0};
  const data_field *field = data_field_find(fields, key);
  if (field == NULL) return hint;
  hint.list = field->kind == DATA_KIND_LIST || field->kind == DATA_KIND_TAGS;
  hint.fields = field->fields;
  return hint;
}

static void write_list(writer *to, int index, script_hint hint, const step *at, size_t count) {
  lua_State *lua = to->lua;
  hint.list = false;
  data_append_array(to->out, count);
  for (size_t i = 1; i <= count; i++) {
    step next = {.up = at, .index = i, .depth = at->depth + 1};
    if (lua_rawgeti(lua, index, (lua_Integer)i) == LUA_TNIL)
      refuse(to, &next, "the list has a gap");
    write_value(to, lua_gettop(lua), hint, &next);
    lua_pop(lua, 1);
  }
}

static void write_map(writer *to, int index, script_hint hint, const step *at) {
  lua_State *lua = to->lua;
  int top = lua_gettop(lua);
  script_keys keys;
  script_keys_read(lua, index, &keys);
  data_append_map(to->out, keys.count);
  for (size_t i = 0; i < keys.count; i++) {
    step next = {.up = at, .key = keys.all[i].text, .depth = at->depth + 1};
    if (keys.all[i].type != LUA_TSTRING) {
      refuse(to, at, "a table is either a list (1, 2, 3…) or has texts as keys, not both");
    }
    make_room(to, next.key.size);
    if (!data_text_valid(next.key)) refuse(to, at, "a key is not valid UTF-8");
    data_append_slice(to->out, next.key);
    script_keys_push(lua, &keys.all[i]);
    lua_rawget(lua, index);
    write_value(to, lua_gettop(lua), hint_of(hint.fields, next.key), &next);
    lua_pop(lua, 1);
  }
  lua_settop(lua, top);
}

static bool is_empty(lua_State *lua, int index) {
  lua_pushnil(lua);
  if (lua_next(lua, index) == 0) return true;
  lua_pop(lua, 2);
  return false;
}

static void write_table(writer *to, int index, script_hint hint, const step *at) {
  lua_State *lua = to->lua;
  if (at->depth >= DEPTH_MAX) refuse(to, at, "tables are nested too deep, or contain themselves");
  luaL_checkstack(lua, 8, "too many nested tables");
  size_t length = (size_t)lua_rawlen(lua, index);
  bool list = length > 0 || is_marked_list(lua, index) || (hint.list && is_empty(lua, index));
  if (!list) {
    write_map(to, index, hint, at);
  } else if (script_keys_count(lua, index) == length) {
    write_list(to, index, hint, at, length);
  } else {
    refuse(to, at, "a list may have no gaps and no other keys");
  }
}

static void write_other(writer *to, int index, const step *at) {
  base_slice record;
  if (lua_isfunction(to->lua, index) && to->functions) {
    data_append_boolean(to->out, true);
  } else if (script_value_is_null(to->lua, index)) {
    data_append_nil(to->out);
  } else if (script_record_read(to->lua, index, &record)) {
    make_room(to, record.size);
    data_append_raw(to->out, record);
  } else {
    char why[64];
    (void)snprintf(why, sizeof why, "a %s cannot be stored", luaL_typename(to->lua, index));
    refuse(to, at, why);
  }
}

static void write_value(writer *to, int index, script_hint hint, const step *at) {
  script_state_charge(to->lua, PER_VALUE);
  switch (lua_type(to->lua, index)) {
    case LUA_TBOOLEAN:
      data_append_boolean(to->out, lua_toboolean(to->lua, index) != 0);
      return;
    case LUA_TNUMBER:
      write_number(to, index, at);
      return;
    case LUA_TSTRING:
      write_text(to, index, at);
      return;
    case LUA_TTABLE:
      write_table(to, index, hint, at);
      return;
    default:
      write_other(to, index, at);
  }
}

void script_value_append(lua_State *lua, int index, script_hint hint, const char *what) {
  writer to = {
      .lua = lua, .out = &script_state_of(lua)->scratch, .what = what, .functions = hint.functions};
  step first = {0};
  write_value(&to, lua_absindex(lua, index), hint, &first);
}

base_slice script_value_take(lua_State *lua, int index, script_hint hint, const char *what) {
  script_state *state = script_state_of(lua);
  if (lua_isnoneornil(lua, index)) return base_slice_make(NULL, 0);
  base_buffer_clear(&state->scratch);
  script_value_append(lua, index, hint, what);
  return base_arena_slice(state->ctx->arena, base_buffer_slice(&state->scratch));
}
