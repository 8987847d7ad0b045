/* date: crm.date. See date.h. */
#include "script/date.h"

#include "script/globals.h"

#define DAYS_MAX 4000000 /* more than the calendar has */

data_date script_date_check(lua_State *lua, int index) {
  size_t size = 0;
  data_date date = 0;
  const char *text = lua_type(lua, index) == LUA_TSTRING ? lua_tolstring(lua, index, &size) : NULL;
  if (text != NULL && data_date_parse(base_slice_make(text, size), &date)) return date;
  script_globals_push_text(lua, index);
  luaL_error(lua, "'%s' is not a date; a date is a text like \"2026-03-07\"",
             lua_tostring(lua, -1));
  return 0;
}

void script_date_push_text(lua_State *lua, data_date date) {
  char text[DATA_DATE_SIZE];
  data_date_format(date, text);
  lua_pushstring(lua, text);
}

/* An optional whole number among the named parts; the names that are there are counted down. Beyond
 * the calendar's ends there is only its first and its last day. */
static int take_part(lua_State *lua, const char *name, size_t *left) {
  int number = 0;
  if (lua_getfield(lua, 2, name) != LUA_TNIL) {
    int integral = 0;
    lua_Integer value = lua_tointegerx(lua, -1, &integral);
    if (!integral) luaL_error(lua, "crm.date.add: %s must be a whole number", name);
    number = (int)(value > DAYS_MAX ? DAYS_MAX : value < -DAYS_MAX ? -DAYS_MAX : value);
    (*left)--;
  }
  lua_pop(lua, 1);
  return number;
}

static size_t count_parts(lua_State *lua) {
  size_t count = 0;
  luaL_checktype(lua, 2, LUA_TTABLE);
  lua_pushnil(lua);
  for (; lua_next(lua, 2) != 0; count++) lua_pop(lua, 1);
  return count;
}

/* Months first, clamped to the month's end (C-04), then days. */
static int add(lua_State *lua) {
  data_date date = script_date_check(lua, 1);
  size_t left = count_parts(lua);
  int months = take_part(lua, "months", &left);
  int days = take_part(lua, "days", &left);
  if (left > 0) return luaL_error(lua, "crm.date.add takes {days = …, months = …} only");
  if (months != 0) date = data_date_add_months(date, months);
  script_date_push_text(lua, date + days);
  return 1;
}

static int days_between(lua_State *lua) {
  data_date from = script_date_check(lua, 1);
  lua_pushinteger(lua, (lua_Integer)script_date_check(lua, 2) - from);
  return 1;
}

/* 1 Monday … 7 Sunday */
static int weekday(lua_State *lua) {
  lua_pushinteger(lua, data_date_weekday(script_date_check(lua, 1)) + 1);
  return 1;
}

static int extreme(lua_State *lua, bool latest) {
  int top = lua_gettop(lua);
  bool found = false;
  data_date best = 0;
  for (int i = 1; i <= top; i++) {
    if (lua_isnil(lua, i)) continue;
    data_date date = script_date_check(lua, i);
    if (!found || (latest ? date > best : date < best)) best = date;
    found = true;
  }
  if (!found) {
    lua_pushnil(lua);
  } else {
    script_date_push_text(lua, best);
  }
  return 1;
}

static int latest_of(lua_State *lua) {
  return extreme(lua, true);
}

static int earliest_of(lua_State *lua) {
  return extreme(lua, false);
}

/* --- the lunar calendar ---------------------------------------------------------------------------- */

static data_lunar check_lunar(lua_State *lua, int index) {
  size_t size = 0;
  data_lunar lunar = {0};
  const char *text = luaL_checklstring(lua, index, &size);
  if (!data_lunar_read(base_slice_make(text, size), &lunar)) {
    luaL_error(lua,
               "'%s' is not a lunar date; write \"2025-06-15\", or \"2025-06L-15\" in a leap "
               "month",
               text);
  }
  return lunar;
}

/* nil outside the years 1901 to 2099 */
static int lunar_of(lua_State *lua) {
  data_lunar lunar;
  char text[DATA_LUNAR_SIZE];
  bool known = data_lunar_from_date(script_date_check(lua, 1), &lunar);
  if (known) data_lunar_format(lunar, text);
  lua_pushstring(lua, known ? text : NULL);
  return 1;
}

static int from_lunar(lua_State *lua) {
  data_date date = 0;
  (void)data_lunar_to_date(check_lunar(lua, 1), &date);
  script_date_push_text(lua, date);
  return 1;
}

/* The next day after the second argument on which the birthday is kept; nil beyond 2099. */
static int lunar_birthday(lua_State *lua) {
  data_date next;
  data_lunar birthday = check_lunar(lua, 1);
  if (data_lunar_next(birthday, script_date_check(lua, 2), &next))
    script_date_push_text(lua, next);
  else
    lua_pushnil(lua);
  return 1;
}

void script_date_push(lua_State *lua) {
  static const luaL_Reg own[] = {{"add", add},
                                 {"days_between", days_between},
                                 {"from_lunar", from_lunar},
                                 {"lunar", lunar_of},
                                 {"lunar_birthday", lunar_birthday},
                                 {"max", latest_of},
                                 {"min", earliest_of},
                                 {"weekday", weekday},
                                 {NULL, NULL}};
  lua_newtable(lua);
  luaL_setfuncs(lua, own, 0);
  script_globals_seal(lua, "crm.date");
}
