/* call: one op or rule in one state. See call.h. */
#include "script/call.h"

#include "script/ctx.h"
#include "script/loading.h"
#include "script/record.h"
#include "script/value.h"

typedef struct call {
  const script_function *function;
  base_slice params;               /* of an op */
  const model_rule_change *change; /* of a rule; NULL: an op */
  int64_t after;                   /* of a migration: where it stands; its answer is put there */
} call;

/* --- inside the protected call -------------------------------------------------------------------- */

/* An op that returns nothing answers an empty map. */
static int run_op(lua_State *lua) {
  const call *made = lua_touserdata(lua, 1);
  script_loading_push_function(lua, made->function->index);
  script_ctx_push(lua);
  script_value_push(lua, data_peek(made->params));
  lua_call(lua, 2, 1);
  if (lua_isnil(lua, -1)) lua_newtable(lua);
  base_buffer_clear(&script_state_of(lua)->scratch);
  script_value_append(lua, -1, (script_hint){.fields = made->function->result}, "result");
  return 0;
}

static void set_record(lua_State *lua, const char *name, const model_type *type, base_slice bytes) {
  if (bytes.size == 0) return;
  script_record_push(lua, type, bytes);
  lua_setfield(lua, -2, name);
}

static void push_change(lua_State *lua, const model_rule_change *change) {
  static const char *const events[] = {
      [MODEL_CREATE] = "create",   [MODEL_UPDATE] = "update", [MODEL_DELETE] = "delete",
      [MODEL_RESTORE] = "restore", [MODEL_MERGE] = "merge",   [MODEL_UNMERGE] = "unmerge"};
  lua_createtable(lua, 0, 5);
  lua_pushstring(lua, events[change->event]);
  lua_setfield(lua, -2, "event");
  lua_pushstring(lua, change->type->name);
  lua_setfield(lua, -2, "type");
  lua_pushinteger(lua, change->id);
  lua_setfield(lua, -2, "id");
  set_record(lua, "before", change->type, change->before);
  set_record(lua, "after", change->type, change->after);
}

static int run_rule(lua_State *lua) {
  const call *made = lua_touserdata(lua, 1);
  script_loading_push_function(lua, made->function->index);
  script_ctx_push(lua);
  push_change(lua, made->change);
  lua_call(lua, 2, 0);
  return 0;
}

/* function(ctx, after): returns where the next step goes on, or nothing. */
static int run_migration(lua_State *lua) {
  call *made = lua_touserdata(lua, 1);
  script_loading_push_function(lua, made->function->index);
  script_ctx_push(lua);
  lua_pushinteger(lua, (lua_Integer)made->after);
  lua_call(lua, 2, 1);
  int64_t next = lua_isnil(lua, -1) ? 0 : (int64_t)luaL_checkinteger(lua, -1);
  if (next != 0 && next <= made->after) {
    return luaL_error(lua, "migrations[\"%s\"]: what it returns must grow from step to step",
                      made->function->name);
  }
  made->after = next;
  return 0;
}

/* --- around it ------------------------------------------------------------------------------------- */

/* The state's next call. Records and ctx of the last one are refused from here on. */
static void begin(script_state *state, crm_ctx *ctx) {
  state->ctx = ctx;
  state->generation++;
  state->spoiled = false;
}

static void end(script_pool *pool, script_state *state, base_code code) {
  state->ctx = NULL;
  if (code == BASE_SCRIPT_ERROR || code == BASE_BUDGET_EXCEEDED) {
    script_state_free(state);
  } else {
    script_pool_give(pool, state);
  }
}

static base_code take(const script_function *function, script_state **state, base_error *error) {
  *state = script_pool_take(&function->package->pool);
  if (*state != NULL) return BASE_OK;
  return script_loading_ready(function->package, state, error);
}

base_code script_call_op(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self) {
  const script_function *function = self;
  script_state *state = NULL;
  BASE_TRY(take(function, &state, ctx->error));
  call made = {.function = function, .params = params};
  begin(state, ctx);
  base_code code = script_state_run(state, run_op, &made, &ctx->instructions, ctx->error);
  if (code == BASE_OK) data_append_raw(result, base_buffer_slice(&state->scratch));
  end(&function->package->pool, state, code);
  return code;
}

base_code script_call_rule(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  const script_function *function = self;
  script_state *state = NULL;
  BASE_TRY(take(function, &state, ctx->error));
  call made = {.function = function, .change = change};
  begin(state, ctx);
  base_code code = script_state_run(state, run_rule, &made, &ctx->instructions, ctx->error);
  end(&function->package->pool, state, code);
  return code;
}

base_code script_call_migration(crm_ctx *ctx, int64_t after, int64_t *next, const void *self) {
  const script_function *function = self;
  script_state *state = NULL;
  BASE_TRY(take(function, &state, ctx->error));
  call made = {.function = function, .after = after};
  begin(state, ctx);
  base_code code = script_state_run(state, run_migration, &made, &ctx->instructions, ctx->error);
  end(&function->package->pool, state, code);
  *next = made.after;
  return code;
}
