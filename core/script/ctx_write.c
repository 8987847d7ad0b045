/* ctx: the methods that write records, timers and deliveries. They are there in write ops and rules only.
 *
 * Memory:  see state.h.  Threads: as the state.  Fails: raises; see ctx.h. */
#include "script/ctx.h"
#include "script/package.h"
#include "script/record.h"
#include "script/value.h"

static base_slice take_values(lua_State *lua, int index, const model_type *type) {
  luaL_checkany(lua, index);
  return script_value_take(lua, index, (script_hint){.fields = type->fields}, "values");
}

/* ctx:create(type, values): the record */
static int create(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  const model_type *type = script_ctx_type(lua, 2, false);
  base_slice values = take_values(lua, 3, type);
  base_slice record;
  script_ctx_try(lua, model_record_create(ctx, type, values, MODEL_TRUSTED, &record), true);
  script_record_push(lua, type, record);
  return 1;
}

/* ctx:update(type, id, values): the record; crm.null clears a field */
static int update(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  const model_type *type = script_ctx_type(lua, 2, false);
  int64_t id = script_ctx_id(lua, 3);
  base_slice values = take_values(lua, 4, type);
  base_slice record;
  script_ctx_try(lua, model_record_update(ctx, type, id, values, 0, MODEL_TRUSTED, &record), true);
  script_record_push(lua, type, record);
  return 1;
}

/* ctx:move(type, id, to, values, field): the record, taken along a transition; the field where the type
 * has several states fields */
static int move(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  const model_type *type = script_ctx_type(lua, 2, false);
  int64_t id = script_ctx_id(lua, 3);
  size_t size = 0;
  const char *to = luaL_checklstring(lua, 4, &size);
  base_slice state = base_slice_make(to, size);
  base_slice values = {0};
  if (!lua_isnoneornil(lua, 5)) values = take_values(lua, 5, type);
  const char *field = luaL_optlstring(lua, 6, "", &size);
  base_slice record;
  script_ctx_try(lua,
                 model_states_move(ctx, type, id, base_slice_make(field, size), state, values, 0,
                                   MODEL_TRUSTED, &record),
                 true);
  script_record_push(lua, type, record);
  return 1;
}

/* ctx:delete(type, id) */
static int delete_record(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  const model_type *type = script_ctx_type(lua, 2, false);
  base_slice record;
  script_ctx_try(lua, model_record_delete(ctx, type, script_ctx_id(lua, 3), MODEL_TRUSTED, &record),
                 true);
  return 0;
}

/* --- timers -------------------------------------------------------------------------------------- */

/* An instant, or a day: its first moment in the business's zone. */
static int64_t check_due(lua_State *lua, const crm_ctx *ctx, int index) {
  size_t size = 0;
  data_date day = 0;
  if (lua_isinteger(lua, index)) return lua_tointeger(lua, index);
  const char *text = lua_type(lua, index) == LUA_TSTRING ? lua_tolstring(lua, index, &size) : NULL;
  if (text == NULL || !data_date_parse(base_slice_make(text, size), &day)) {
    luaL_argerror(lua, index, "due is an instant in milliseconds or a day like \"2026-03-07\"");
  }
  return model_ctx_midnight(ctx, day);
}

static base_slice check_text(lua_State *lua, const crm_ctx *ctx, int index) {
  size_t size = 0;
  const char *text = luaL_checklstring(lua, index, &size);
  return base_arena_slice(ctx->arena, base_slice_make(text, size));
}

/* ctx:at(due, op, params, name): the op is called then, once; the name (usually the record's id)
 * tells it from others of the same op and instant */
static int at(lua_State *lua) {
  static const uint8_t empty_map[] = {0x80};
  crm_ctx *ctx = script_ctx_begin(lua);
  model_timer timer = {.due = check_due(lua, ctx, 2),
                       .op = check_text(lua, ctx, 3),
                       .name = check_text(lua, ctx, 5),
                       .params = script_value_take(lua, 4, (script_hint){0}, "params"),
                       .actor = ctx->actor.name,
                       .package = base_slice_text(script_state_of(lua)->package->name)};
  if (timer.params.size == 0) timer.params = base_slice_make(empty_map, sizeof empty_map);
  script_ctx_try(lua, model_timer_put(ctx, &timer), true);
  return 0;
}

/* ctx:cancel(due, op, name): takes a timer back */
static int cancel(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  int64_t due = check_due(lua, ctx, 2);
  base_slice op = check_text(lua, ctx, 3);
  script_ctx_try(lua, model_timer_delete(ctx, due, op, check_text(lua, ctx, 4)), true);
  return 0;
}

/* --- deliveries ---------------------------------------------------------------------------------- */

/* ctx:deliver{channel = …, target = …, event = …, data = …, type = …, id = …}: the delivery's number. It
 * leaves the server after the commit. */
static int deliver(lua_State *lua) {
  crm_ctx *ctx = script_ctx_begin(lua);
  luaL_checktype(lua, 2, LUA_TTABLE);
  base_slice params = script_value_take(lua, 2, (script_hint){0}, "delivery");
  if (ctx->call == NULL) return luaL_error(lua, "ctx:deliver: nothing can be delivered here");
  base_buffer result = {0};
  base_code code = ctx->call(ctx, base_slice_text("delivery.create"), params, &result);
  base_slice record = model_ctx_take(ctx, &result);
  script_ctx_try(lua, code, true);
  lua_pushinteger(lua, data_map_integer(record, "id", 0));
  return 1;
}

const luaL_Reg script_ctx_writes[] = {
    {"create", create}, {"update", update}, {"move", move},       {"delete", delete_record},
    {"at", at},         {"cancel", cancel}, {"deliver", deliver}, {NULL, NULL}};
