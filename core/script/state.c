/* state: allocator, count hook and the one protected call. See state.h. */
#include "script/state.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "script/account.h"
#include "script/failure.h"
#include "script/memory.h"
#include "script/package.h"

#define EVERY 1000               /* instructions between two looks at the budget */
#define EVERY_LARGE 50           /* the same while a large block is there to be looked through */
#define LARGE 16384              /* bytes of such a block */
#define CALL_INSTRUCTIONS 100    /* what a call costs at least */
#define BYTES_PER_INSTRUCTION 64 /* what an allocation costs */
#define REFUSED_AT_ONCE 4096     /* allocations that are refused at once without instructions */
#define KEPT_GARBAGE (1 << 20)   /* bytes that may lie in a state between two calls */
#define HOST_BYTES 65536         /* what a new state needs before the first line of a script */

static void count(lua_State *lua, lua_Debug *at);

/* --- memory -------------------------------------------------------------------------------------- */

/* Lua collects its garbage after a refusal and asks again: the second refusal in a row is real. */
static bool refuse(script_state *state, size_t size, script_spent what) {
  if (state->refused == size) script_budget_spend(state->budget, state, what);
  state->refused = size;
  return false;
}

/* The count hook never fires inside one long concatenation: large allocations look themselves. */
static bool may_grow(script_state *state, size_t growth, size_t size) {
  script_budget *budget = state->budget;
  if (budget == NULL) return true;
  if (size > budget->allocation) {
    script_budget_spend(budget, state, SCRIPT_SPENT_ALLOCATION);
    return false;
  }
  if ((int64_t)growth > budget->memory) return refuse(state, size, SCRIPT_SPENT_MEMORY);
  state->refused = 0;
  *budget->instructions -= (int64_t)(growth / BYTES_PER_INSTRUCTION);
  if (*budget->instructions >= 0 || growth < REFUSED_AT_ONCE) return true;
  script_budget_spend(budget, state, SCRIPT_SPENT_INSTRUCTIONS);
  return false;
}

static void look_every(script_state *state, int64_t every) {
  state->every = every;
  if (state->lua != NULL) lua_sethook(state->lua, count, LUA_MASKCOUNT, (int)every);
}

/* One instruction may compare or copy a whole block: with large ones, the hook looks more often. */
static void count_large(script_state *state, size_t before, size_t size) {
  if (before >= LARGE) state->large--;
  if (size < LARGE) return;
  state->large++;
  if (state->budget == NULL || state->every <= EVERY_LARGE) return;
  *state->budget->instructions -= state->every;
  look_every(state, EVERY_LARGE);
}

static void note_held(script_state *state, size_t before, size_t size) {
  state->held += size - before;
  count_large(state, before, size);
  if (state->budget == NULL) return;
  int64_t growth = (int64_t)size - (int64_t)before;
  state->budget->memory -= growth;
  state->drawn += growth;
  if (state->drawn > state->peak) state->peak = state->drawn;
}

static void *allocate(void *self, void *memory, size_t old_size, size_t size) {
  script_state *state = self;
  size_t before = memory == NULL ? 0 : old_size;
  if (size > before && !may_grow(state, size - before, size)) return NULL;
  void *moved = script_memory_resize(memory, before, size);
  if (moved != NULL || size == 0) note_held(state, before, size);
  if (moved == NULL) state->refused = size;
  return moved;
}

void script_state_check_size(lua_State *lua, size_t size) {
  script_state *state = script_state_of(lua);
  if (size <= state->budget->allocation) return;
  script_budget_spend(state->budget, state, SCRIPT_SPENT_ALLOCATION);
  script_state_look(lua);
}

void script_state_check_scratch(lua_State *lua, size_t size) {
  script_state *state = script_state_of(lua);
  if ((int64_t)size <= state->budget->memory) return;
  script_budget_spend(state->budget, state, SCRIPT_SPENT_MEMORY);
  script_state_look(lua);
}

/* Buffers of the library are not grown by Lua itself, which would collect and ask again. */
void script_state_make_room(lua_State *lua, size_t size) {
  script_state *state = script_state_of(lua);
  if ((int64_t)size * 3 < state->budget->memory) return;
  script_state_charge(lua, state->held / BYTES_PER_INSTRUCTION);
  lua_gc(lua, LUA_GCCOLLECT);
}

/* --- instructions -------------------------------------------------------------------------------- */

/* So that a budget of n instructions is used up by the next one. */
static void look_next(script_state *state) {
  int64_t left = *state->budget->instructions;
  int64_t every = state->large > 0 ? EVERY_LARGE : EVERY;
  if (left < every) every = left < 1 ? 1 : left;
  if (every != state->every) look_every(state, every);
}

void script_state_look(lua_State *lua) {
  script_state *state = script_state_of(lua);
  script_budget_look(state->budget, state);
  if (script_budget_is_spent(state->budget)) luaL_error(lua, "the budget is used up");
}

static void count(lua_State *lua, lua_Debug *at) {
  (void)at;
  script_state *state = script_state_of(lua);
  if (state->budget == NULL) return;
  *state->budget->instructions -= state->every;
  script_state_look(lua);
  look_next(state);
}

void script_state_charge(lua_State *lua, size_t amount) {
  script_budget *budget = script_state_of(lua)->budget;
  *budget->instructions -= (int64_t)amount;
  budget->charged += amount;
  if (budget->charged < EVERY && *budget->instructions >= 0) return;
  budget->charged = 0;
  script_state_look(lua);
}

/* --- nesting ------------------------------------------------------------------------------------- */

void script_state_enter(lua_State *lua) {
  script_state *state = script_state_of(lua);
  if (--state->budget->nesting >= 0) return;
  script_budget_spend(state->budget, state, SCRIPT_SPENT_NESTING);
  script_state_look(lua);
}

void script_state_leave(lua_State *lua) {
  script_state_of(lua)->budget->nesting++;
}

int64_t script_state_depth(lua_State *lua) {
  return script_state_of(lua)->budget->nesting;
}

void script_state_return(lua_State *lua, int64_t depth) {
  script_state_of(lua)->budget->nesting = depth;
}

/* Lua's own end of the C stack is met by iterators that call themselves. It is an error like others,
 * and known by its text alone; a script that raises such a text means what it says. */
static bool is_overflow(lua_State *lua, int status) {
  static const char text[] = "stack overflow";
  size_t size = 0;
  if (status == LUA_ERRERR) return true;
  if (status != LUA_ERRRUN || lua_type(lua, -1) != LUA_TSTRING) return false;
  const char *said = lua_tolstring(lua, -1, &size);
  return size >= sizeof text - 1 && strcmp(said + size - (sizeof text - 1), text) == 0;
}

bool script_state_is_final(script_state *state, int status) {
  script_budget *budget = state->budget;
  if (is_overflow(state->lua, status)) script_budget_spend(budget, state, SCRIPT_SPENT_NESTING);
  if (status == LUA_ERRMEM || (status == LUA_ERRRUN && state->refused > 0)) {
    script_budget_spend(budget, state, SCRIPT_SPENT_MEMORY);
  }
  return state->spoiled || script_budget_is_spent(budget);
}

/* --- life ---------------------------------------------------------------------------------------- */

static int die(lua_State *lua) {
  base_fatal("script.panic", "text=\"%s\"", lua_tostring(lua, -1));
}

base_code script_state_new(const script_package *package, script_state **state, base_error *error) {
  script_state *made = base_alloc(sizeof *made);
  *made = (script_state){.package = package};
  lua_State *lua = lua_newstate(allocate, made);
  if (lua == NULL) {
    free(made);
    return base_error_set(error, BASE_UNAVAILABLE, NULL, "没有内存可供脚本包 %s 使用，请稍后再试",
                          "there is no memory to run package %s; try again later", package->name);
  }
  *(script_state **)lua_getextraspace(lua) = made;
  lua_atpanic(lua, die);
  made->lua = lua;
  *state = made;
  return BASE_OK;
}

void script_state_free(script_state *state) {
  if (state == NULL) return;
  lua_close(state->lua);
  base_buffer_fini(&state->scratch);
  free(state);
}

void script_state_settle(script_state *state) {
  lua_gc(state->lua, LUA_GCCOLLECT);
  state->base = state->held;
}

/* --- one call ------------------------------------------------------------------------------------ */

/* What lies in the state from earlier calls counts until it is collected. */
static void begin(script_state *state, script_budget *budget) {
  state->drawn = (int64_t)state->held - (int64_t)state->base;
  state->peak = state->drawn;
  state->refused = 0;
  budget->memory += (state->base == 0 ? HOST_BYTES : 0) - state->drawn;
  state->budget = budget;
  *budget->instructions -= CALL_INSTRUCTIONS;
  look_every(state, EVERY);
  look_next(state);
}

static void end(script_state *state, script_budget *budget) {
  state->budget = NULL;
  budget->memory += state->drawn;
  lua_settop(state->lua, 0);
  if (state->base > 0 && state->held > state->base + KEPT_GARBAGE) {
    lua_gc(state->lua, LUA_GCCOLLECT);
  }
}

static base_code run(script_state *state, lua_CFunction function, void *argument,
                     base_error *error) {
  lua_State *lua = state->lua;
  if (state->budget->nesting < 0) {
    script_budget_spend(state->budget, state, SCRIPT_SPENT_NESTING);
    return script_budget_report(state->budget, state->ctx, error);
  }
  lua_pushcfunction(lua, script_failure_explain);
  lua_pushcfunction(lua, function);
  lua_pushlightuserdata(lua, argument);
  int status = lua_pcall(lua, 1, 0, 1);
  (void)script_state_is_final(state, status);
  if (script_budget_is_spent(state->budget)) {
    return script_budget_report(state->budget, state->ctx, error);
  }
  return status == LUA_OK ? BASE_OK : script_failure_report(state, error);
}

base_code script_state_run(script_state *state, lua_CFunction function, void *argument,
                           int64_t *instructions, base_error *error) {
  script_budget own;
  crm_ctx *ctx = state->ctx;
  bool outermost = ctx == NULL || ctx->budget == NULL;
  script_budget *budget = outermost ? &own : (script_budget *)ctx->budget;
  if (outermost) script_budget_begin(&own, &state->package->limits, ctx, instructions);
  if (outermost && ctx != NULL) ctx->budget = &own.model;
  script_account_entry entry = script_account_open(budget);
  int64_t depth = budget->nesting--;
  begin(state, budget);
  base_code code = run(state, function, argument, error);
  budget->nesting = depth;
  end(state, budget);
  if (ctx != NULL) {
    script_account_close(state->package->account, budget, &entry, state->peak, code);
  }
  if (outermost && ctx != NULL) ctx->budget = NULL;
  return code;
}
