/* ctx: the object, its facts and its checks. See ctx.h. */
#include "script/ctx.h"

#include "script/date.h"
#include "script/failure.h"
#include "script/kind.h"
#include "script/package.h"
#include "script/record.h"

#define COST 100 /* instructions that one call of the host counts as */

static const script_kind read_kind = {"ctx"};
static const script_kind write_kind = {"ctx that writes"};

typedef struct handle {
  script_head head;
  uint64_t generation;
} handle;

void script_ctx_push(lua_State *lua) {
  const script_state *state = script_state_of(lua);
  const script_kind *kind = state->ctx->writes ? &write_kind : &read_kind;
  handle *made = script_kind_push(lua, kind, sizeof *made);
  made->generation = state->generation;
}

static const handle *find_handle(lua_State *lua) {
  const handle *found = script_kind_test(lua, 1, &write_kind);
  return found != NULL ? found : script_kind_test(lua, 1, &read_kind);
}

crm_ctx *script_ctx_check(lua_State *lua) {
  const script_state *state = script_state_of(lua);
  const handle *found = find_handle(lua);
  if (found == NULL) {
    luaL_error(lua, "this is a method of ctx; call it with a colon: ctx:get(…)");
    return NULL;
  }
  if (state->ctx == NULL || found->generation != state->generation) {
    luaL_error(lua,
               "this ctx belongs to a call that has ended; use the one your function is given");
  }
  return state->ctx;
}

crm_ctx *script_ctx_begin(lua_State *lua) {
  crm_ctx *ctx = script_ctx_check(lua);
  script_state_charge(lua, COST);
  script_state_look(lua);
  return ctx;
}

/* --- facts --------------------------------------------------------------------------------------- */

static void push_config(lua_State *lua) {
  static const uint8_t empty_map[] = {0x80};
  static const data_field no_fields[] = {{.name = NULL}};
  const script_package *package = script_state_of(lua)->package;
  base_slice config = package->config;
  if (config.size == 0) config = base_slice_make(empty_map, sizeof empty_map);
  script_record_push_config(lua, package->door.config == NULL ? no_fields : package->door.config,
                            config);
}

static bool push_fact(lua_State *lua, const crm_ctx *ctx, const char *name) {
  if (strcmp(name, "today") == 0) {
    script_date_push_text(lua, ctx->today);
  } else if (strcmp(name, "now") == 0) {
    lua_pushinteger(lua, ctx->now);
  } else if (strcmp(name, "actor") == 0) {
    lua_pushlstring(lua, (const char *)ctx->actor.name.data, ctx->actor.name.size);
  } else if (strcmp(name, "config") == 0) {
    push_config(lua);
  } else {
    return false;
  }
  return true;
}

/* Upvalue 1: the methods. */
static int read_part(lua_State *lua) {
  const crm_ctx *ctx = script_ctx_check(lua);
  const char *name = luaL_checkstring(lua, 2);
  lua_pushvalue(lua, 2);
  if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  if (push_fact(lua, ctx, name)) return 1;
  for (const luaL_Reg *row = script_ctx_writes; row->name != NULL; row++) {
    if (strcmp(row->name, name) != 0) continue;
    return luaL_error(lua,
                      "ctx.%s is not there in an op that reads; write = true makes it one that "
                      "writes",
                      name);
  }
  return luaL_error(lua, "ctx has no '%s'", name);
}

static int refuse_write(lua_State *lua) {
  return luaL_error(lua, "ctx cannot be changed");
}

static void make_meta(lua_State *lua, const script_kind *kind, bool writes) {
  script_kind_init(lua, kind);
  lua_newtable(lua);
  luaL_setfuncs(lua, script_ctx_reads, 0);
  luaL_setfuncs(lua, script_ctx_calendar, 0);
  luaL_setfuncs(lua, script_ctx_log, 0);
  if (writes) luaL_setfuncs(lua, script_ctx_writes, 0);
  lua_pushcclosure(lua, read_part, 1);
  lua_setfield(lua, -2, "__index");
  lua_pushcfunction(lua, refuse_write);
  lua_setfield(lua, -2, "__newindex");
  lua_pop(lua, 1);
}

void script_ctx_init(lua_State *lua) {
  make_meta(lua, &read_kind, false);
  make_meta(lua, &write_kind, true);
}

/* --- what the methods share ---------------------------------------------------------------------- */

void script_ctx_try(lua_State *lua, base_code code, bool write) {
  if (code == BASE_OK) return;
  script_state *state = script_state_of(lua);
  if (write || code == BASE_BUDGET_EXCEEDED) state->spoiled = true;
  script_failure_raise(lua);
}

const model_type *script_ctx_type(lua_State *lua, int index, bool read) {
  crm_ctx *ctx = script_state_of(lua)->ctx;
  size_t size = 0;
  const char *name = luaL_checklstring(lua, index, &size);
  const model_type *type = NULL;
  script_ctx_try(
      lua, model_schema_type(ctx->schema, base_slice_make(name, size), &type, ctx->error), false);
  if (read) script_ctx_try(lua, model_access_check(ctx, type, MODEL_ACTION_READ), false);
  return type;
}

int64_t script_ctx_id(lua_State *lua, int index) {
  int integral = 0;
  lua_Integer id = lua_tointegerx(lua, index, &integral);
  if (!integral || lua_type(lua, index) != LUA_TNUMBER) {
    luaL_error(lua, "the id must be a whole number, got a %s", luaL_typename(lua, index));
  }
  return id;
}
