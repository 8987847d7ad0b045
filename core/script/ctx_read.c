/* ctx: the methods that read, call and fail.
 *
 * Memory:  see state.h.  Threads: as the state.  Fails: raises; see ctx.h. */
#include "script/ctx.h"
#include "script/date.h"
#include "script/failure.h"
#include "script/package.h"
#include "script/record.h"
#include "script/value.h"

/* ctx:get(type, id): the record; NOT_FOUND */
static int get(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  const model_type *type = script_ctx_type(lua, 2, true);
  base_slice record;
  script_ctx_try(lua, model_record_get(ctx, type, script_ctx_id(lua, 3), &record), false);
  script_record_push(lua, type, record);
  return 1;
}

/* --- find and count ------------------------------------------------------------------------------ */

static base_slice take_order(lua_State *lua, int options) {
  base_slice order = {0};
  if (lua_getfield(lua, options, "order") == LUA_TSTRING) {
    lua_createtable(lua, 1, 0);
    lua_insert(lua, -2);
    lua_rawseti(lua, -2, 1);
  }
  order = script_value_take(lua, -1, (script_hint){.list = true}, "order");
  lua_pop(lua, 1);
  return order;
}

static void check_options(lua_State *lua, int options) {
  static const char *const known[] = {"after", "limit", "order", "where"};
  lua_pushnil(lua);
  while (lua_next(lua, options) != 0) {
    const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "1";
    bool found = false;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
      found = found || strcmp(known[i], name) == 0;
    }
    if (!found) {
      luaL_error(lua, "ctx:find takes {where = …, order = …, limit = …, after = …}, not '%s'",
                 name);
    }
    lua_pop(lua, 1);
  }
}

static void read_options(lua_State *lua, int options, model_query *query) {
  luaL_checktype(lua, options, LUA_TTABLE);
  check_options(lua, options);
  lua_getfield(lua, options, "where");
  query->where = script_value_take(lua, -1, (script_hint){0}, "where");
  query->order = take_order(lua, options);
  lua_getfield(lua, options, "limit");
  query->limit = luaL_optinteger(lua, -1, 0);
  size_t size = 0;
  lua_getfield(lua, options, "after");
  const char *after = luaL_optlstring(lua, -1, "", &size);
  query->after = base_arena_slice(script_state_of(lua)->ctx->arena, base_slice_make(after, size));
  lua_settop(lua, options);
}

/* ctx:find(type, {where, order, limit, after}): a list of records, and the cursor of the next page
 * or nil */
static int find(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  model_query query = {.type = script_ctx_type(lua, 2, true)};
  lua_settop(lua, 3);
  if (!lua_isnil(lua, 3)) read_options(lua, 3, &query);
  model_page page = {0};
  script_ctx_try(lua, model_find(ctx, &query, &page), false);
  lua_createtable(lua, (int)page.count, 0);
  script_value_mark_list(lua, -1);
  for (size_t i = 0; i < page.count; i++) {
    script_record_push(lua, query.type, page.items[i]);
    lua_rawseti(lua, -2, (lua_Integer)i + 1);
  }
  if (page.next.size > 0) {
    lua_pushlstring(lua, (const char *)page.next.data, page.next.size);
  } else {
    lua_pushnil(lua);
  }
  return 2;
}

/* --- each ---------------------------------------------------------------------------------------- */

enum { EACH_CTX = 1, EACH_TYPE, EACH_OPTIONS, EACH_PAGE, EACH_PLACE, EACH_PARTS = EACH_PLACE };

#define EACH_ROWS 100 /* of a page */

/* Fetches the page behind the last one; leaves whether there was one. The options have no cursor once
 * the last page was fetched, and no page before the first. */
static bool each_fetch(lua_State *lua) {
  bool first = lua_isnil(lua, lua_upvalueindex(EACH_PAGE));
  bool more = lua_getfield(lua, lua_upvalueindex(EACH_OPTIONS), "after") != LUA_TNIL;
  lua_settop(lua, 0);
  if (!first && !more) return false;
  lua_pushcfunction(lua, find);
  lua_pushvalue(lua, lua_upvalueindex(EACH_CTX));
  lua_pushvalue(lua, lua_upvalueindex(EACH_TYPE));
  lua_pushvalue(lua, lua_upvalueindex(EACH_OPTIONS));
  lua_call(lua, 3, 2);
  lua_setfield(lua, lua_upvalueindex(EACH_OPTIONS), "after");
  lua_replace(lua, lua_upvalueindex(EACH_PAGE));
  lua_pushinteger(lua, 0);
  lua_replace(lua, lua_upvalueindex(EACH_PLACE));
  return true;
}

static int each_next(lua_State *lua) {
  do {
    lua_Integer place = lua_tointeger(lua, lua_upvalueindex(EACH_PLACE)) + 1;
    if (!lua_isnil(lua, lua_upvalueindex(EACH_PAGE)) &&
        lua_rawgeti(lua, lua_upvalueindex(EACH_PAGE), place) != LUA_TNIL) {
      lua_pushinteger(lua, place);
      lua_replace(lua, lua_upvalueindex(EACH_PLACE));
      return 1;
    }
  } while (each_fetch(lua));
  return 0;
}

/* What find is asked for page by page; nothing that tells pages apart is the caller's. */
static void push_each_options(lua_State *lua, int options) {
  lua_createtable(lua, 0, 4);
  lua_pushinteger(lua, EACH_ROWS);
  lua_setfield(lua, -2, "limit");
  if (lua_isnil(lua, options)) return;
  luaL_checktype(lua, options, LUA_TTABLE);
  for (lua_pushnil(lua); lua_next(lua, options) != 0;) {
    const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "1";
    if (strcmp(name, "where") != 0 && strcmp(name, "order") != 0) {
      luaL_error(lua, "ctx:each takes {where = …, order = …}, not '%s'", name);
    }
    lua_setfield(lua, -3, name);
  }
}

/* ctx:each(type, {where, order}): for record in …, one after the other, however many there are */
static int each(lua_State *lua) {
  (void)script_ctx_check(lua);
  (void)script_ctx_type(lua, EACH_TYPE, true);
  lua_settop(lua, EACH_OPTIONS);
  push_each_options(lua, EACH_OPTIONS);
  lua_replace(lua, EACH_OPTIONS);
  lua_settop(lua, EACH_PARTS);
  lua_pushcclosure(lua, each_next, EACH_PARTS);
  return 1;
}

/* ctx:count(type, where?) */
static int count(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  const model_type *type = script_ctx_type(lua, 2, true);
  base_slice where = script_value_take(lua, 3, (script_hint){0}, "where");
  int64_t found = 0;
  script_ctx_try(lua, model_count(ctx, type, where, &found), false);
  lua_pushinteger(lua, found);
  return 1;
}

/* --- call ---------------------------------------------------------------------------------------- */

static void push_result(lua_State *lua, base_slice result) {
  data_value value = data_peek(result);
  if (value.type == DATA_MAP) {
    script_record_push(lua, NULL, result);
  } else {
    script_value_push(lua, value);
  }
}

/* ctx:call(op, params?): the op's result. Of an op that writes and failed the api itself remembers
 * that the outer op cannot succeed. */
static int call(lua_State *lua) {
  static const uint8_t empty_map[] = {0x80};
  crm_ctx *ctx = script_ctx_begin(lua);
  size_t size = 0;
  const char *name = luaL_checklstring(lua, 2, &size);
  base_slice params = script_value_take(lua, 3, (script_hint){0}, "params");
  if (params.size == 0) params = base_slice_make(empty_map, sizeof empty_map);
  if (ctx->call == NULL) return luaL_error(lua, "ctx:call: no op can be called here");
  base_buffer result = {0};
  base_code code = ctx->call(ctx, base_slice_make(name, size), params, &result);
  base_slice answer = model_ctx_take(ctx, &result);
  script_ctx_try(lua, code, false);
  push_result(lua, answer);
  return 1;
}

/* --- texts, failing, days ------------------------------------------------------------------------ */

/* ctx:text(key, values?): the text in the language of the business, for what is stored */
static int text(lua_State *lua) {
  const crm_ctx *ctx = script_ctx_check(lua);
  script_text_push(lua, ctx->business_language, luaL_checkstring(lua, 2), 3, false);
  return 1;
}

static base_code check_code(lua_State *lua) {
  size_t size = 0;
  const char *name = luaL_checklstring(lua, 2, &size);
  base_code code = base_code_find(base_slice_make(name, size));
  if (code == BASE_OK) {
    luaL_error(lua, "ctx:fail: '%s' is no code; most rules fail with RULE_FAILED", name);
  }
  return code;
}

/* ctx:fail(code, key or text, values?): ends the op; values.field names the field at fault */
static int fail(lua_State *lua) {
  crm_ctx *ctx = script_ctx_check(lua);
  base_code code = check_code(lua);
  const char *key = luaL_checkstring(lua, 3);
  lua_settop(lua, 4);
  const char *field = NULL;
  if (lua_istable(lua, 4)) {
    lua_getfield(lua, 4, "field");
    field = luaL_optstring(lua, -1, NULL);
  }
  script_text_push(lua, ctx->error->language, key, 4, true);
  const char *message = lua_tostring(lua, -1);
  if (message[0] == '\0') {
    return luaL_error(lua, "ctx:fail: the text is empty; say what is wrong and what to do");
  }
  (void)script_failure_set(ctx->error, code, field, message);
  return script_failure_raise(lua);
}

/* ctx:date(instant): the day it is in the business's zone at that instant */
static int date(lua_State *lua) {
  const crm_ctx *ctx = script_ctx_check(lua);
  script_date_push_text(lua, data_zone_date(ctx->zone, luaL_checkinteger(lua, 2)));
  return 1;
}

/* Seconds of a time of the day: "09:30", at most "24:00". */
static int check_time(lua_State *lua, int index) {
  const char *text = luaL_checkstring(lua, index);
  bool good = strlen(text) == 5 && text[2] == ':';
  for (int i = 0; i < 5 && good; i++) good = i == 2 || (text[i] >= '0' && text[i] <= '9');
  int hours = good ? (text[0] - '0') * 10 + text[1] - '0' : 0;
  int minutes = good ? (text[3] - '0') * 10 + text[4] - '0' : 0;
  good = good && minutes < 60 && hours * 60 + minutes <= 24 * 60;
  luaL_argcheck(lua, good, index, "a time of the day is a text like \"09:30\"");
  return (hours * 60 + minutes) * 60;
}

/* ctx:instant(day, time?): the instant at which the business's clocks show that day and time */
static int instant(lua_State *lua) {
  const crm_ctx *ctx = script_ctx_check(lua);
  data_date day = script_date_check(lua, 2);
  int seconds = lua_isnoneornil(lua, 3) ? 0 : check_time(lua, 3);
  lua_pushinteger(lua, data_zone_time(ctx->zone, day, seconds));
  return 1;
}

const luaL_Reg script_ctx_reads[] = {
    {"get", get},   {"find", find}, {"each", each}, {"count", count},     {"call", call},
    {"text", text}, {"fail", fail}, {"date", date}, {"instant", instant}, {NULL, NULL}};
