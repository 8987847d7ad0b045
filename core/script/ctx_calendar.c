/* ctx: the methods that count working days and working time (C-07). They are there in every op.
 *
 * Memory:  see state.h.  Threads: as the state.
 * Fails:   raises VALIDATION_FAILED naming a year without calendar records; see ctx.h. */
#include "script/ctx.h"
#include "script/date.h"

static lua_Integer check_whole(lua_State *lua, int index, const char *what) {
  int integral = 0;
  lua_Integer number = lua_tointegerx(lua, index, &integral);
  if (!integral || lua_type(lua, index) != LUA_TNUMBER) {
    luaL_error(lua, "%s must be a whole number, got a %s", what, luaL_typename(lua, index));
  }
  return number;
}

/* ctx:working_day(date): true or false; nil in a year without calendar records */
static int working_day(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  data_date day = script_date_check(lua, 2);
  data_day kind = data_calendar_day(model_calendar_get(ctx, day, day), day);
  if (kind == DATA_DAY_UNKNOWN)
    lua_pushnil(lua);
  else
    lua_pushboolean(lua, kind == DATA_DAY_WORKED);
  return 1;
}

/* ctx:working_days(date, count): the count-th working day after it; before it when negative */
static int working_days(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  data_date from = script_date_check(lua, 2);
  lua_Integer count = check_whole(lua, 3, "the number of days");
  data_date day = from;
  const data_calendar *calendar = model_calendar_get(ctx, count < 0 ? MODEL_CALENDAR_BEGIN : from,
                                                     count < 0 ? from : MODEL_CALENDAR_END);
  script_ctx_try(lua, data_calendar_add_days(calendar, from, count, &day, ctx->error), false);
  script_date_push_text(lua, day);
  return 1;
}

/* ctx:working_time(instant, milliseconds): the instant at which so much working time has passed */
static int working_time(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  int64_t from = check_whole(lua, 2, "the instant");
  int64_t time = check_whole(lua, 3, "the working time");
  int64_t instant = from;
  const data_calendar *calendar =
      model_calendar_get(ctx, data_zone_date(ctx->zone, from), MODEL_CALENDAR_END);
  script_ctx_try(lua, data_calendar_add_time(calendar, from, time, &instant, ctx->error), false);
  lua_pushinteger(lua, instant);
  return 1;
}

const luaL_Reg script_ctx_calendar[] = {{"working_day", working_day},
                                        {"working_days", working_days},
                                        {"working_time", working_time},
                                        {NULL, NULL}};
