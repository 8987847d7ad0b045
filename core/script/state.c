/* state: allocator, count hook and the one protected call. See state.h. */
#include "script/state.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "script/failure.h"
#include "script/package.h"

#define HOOK_EVERY 1000          /* instructions between two looks at the budget */
#define BYTES_PER_INSTRUCTION 64 /* what an allocation costs */
#define LARGE_BYTES 4096         /* allocations that are refused at once without instructions */
#define MILLISECONDS_DEFAULT 2000
#define RESULTS_DEFAULT ((size_t)64 << 20)
#define HOST_BYTES 65536 /* what a new state needs before the first line of a script */

/* --- what ran out, and where --------------------------------------------------------------------- */

/* The innermost line of Lua that is being run. Reads only, so the allocator may ask, too. */
static void note_place(script_state *state) {
  lua_Debug at;
  for (int level = 0; lua_getstack(state->lua, level, &at) != 0; level++) {
    lua_getinfo(state->lua, "Sl", &at);
    if (at.currentline > 0) {
      (void)snprintf(state->place, sizeof state->place, "%s:%d", at.short_src, at.currentline);
      return;
    }
  }
  (void)snprintf(state->place, sizeof state->place, "%s", state->package->name);
}

static void spend(script_state *state, script_spent what) {
  if (state->spent != SCRIPT_SPENT_NOTHING || state->lua == NULL) return;
  state->spent = what;
  note_place(state);
}

/* --- memory -------------------------------------------------------------------------------------- */

/* Lua collects its garbage after a refusal and asks again: the second refusal in a row is real. */
static bool refuse_memory(script_state *state, size_t size) {
  if (state->refused == size) spend(state, SCRIPT_SPENT_MEMORY);
  state->refused = size;
  return false;
}

/* The count hook never fires inside one long concatenation: large allocations look themselves. */
static bool may_grow(script_state *state, size_t growth, size_t size) {
  if (growth > state->limit || state->held > state->limit - growth) {
    return refuse_memory(state, size);
  }
  state->refused = 0;
  if (state->instructions == NULL) return true;
  *state->instructions -= (int64_t)(growth / BYTES_PER_INSTRUCTION);
  if (*state->instructions >= 0 || growth < LARGE_BYTES) return true;
  spend(state, SCRIPT_SPENT_INSTRUCTIONS);
  return false;
}

static void *allocate(void *self, void *memory, size_t old_size, size_t size) {
  script_state *state = self;
  size_t before = memory == NULL ? 0 : old_size;
  if (size == 0) {
    free(memory);
    state->held -= before;
    return NULL;
  }
  if (size > before && !may_grow(state, size - before, size)) return NULL;
  void *moved = realloc(memory, size);
  if (moved != NULL) state->held += size - before;
  return moved;
}

/* --- instructions -------------------------------------------------------------------------------- */

/* Wall time is looked at between instructions: no function of the sandbox or of the server runs long by
 * itself. What the server returns lies in the op's arena until its end. */
static void check_world(script_state *state) {
  if (state->deadline == 0) return;
  if (base_clock_monotonic() > state->deadline) spend(state, SCRIPT_SPENT_TIME);
  if (state->ctx != NULL && base_arena_size(state->ctx->arena) > state->results) {
    spend(state, SCRIPT_SPENT_RESULTS);
  }
}

static void check_budget(lua_State *lua, script_state *state) {
  check_world(state);
  if (state->instructions != NULL && *state->instructions < 0) {
    spend(state, SCRIPT_SPENT_INSTRUCTIONS);
  }
  if (state->spent != SCRIPT_SPENT_NOTHING) luaL_error(lua, "the budget is used up");
}

static void count(lua_State *lua, lua_Debug *at) {
  (void)at;
  script_state *state = script_state_of(lua);
  if (state->instructions != NULL) *state->instructions -= HOOK_EVERY;
  check_budget(lua, state);
}

void script_state_charge(lua_State *lua, size_t amount) {
  script_state *state = script_state_of(lua);
  if (state->instructions != NULL) *state->instructions -= (int64_t)amount;
  check_budget(lua, state);
}

bool script_state_is_final(const script_state *state, int status) {
  return state->spent != SCRIPT_SPENT_NOTHING || state->spoiled || status == LUA_ERRMEM;
}

/* --- life ---------------------------------------------------------------------------------------- */

static int die(lua_State *lua) {
  base_fatal("script.panic", "text=\"%s\"", lua_tostring(lua, -1));
}

base_code script_state_new(const script_package *package, size_t memory, script_state **state,
                           base_error *error) {
  script_state *made = base_alloc(sizeof *made);
  *made = (script_state){.package = package, .limit = memory + HOST_BYTES};
  made->lua = lua_newstate(allocate, made);
  if (made->lua == NULL) {
    free(made);
    return base_error_set(error, BASE_UNAVAILABLE, NULL, "没有内存可供脚本包 %s 使用，请稍后再试",
                          "there is no memory to run package %s; try again later", package->name);
  }
  *(script_state **)lua_getextraspace(made->lua) = made;
  lua_atpanic(made->lua, die);
  lua_sethook(made->lua, count, LUA_MASKCOUNT, HOOK_EVERY);
  *state = made;
  return BASE_OK;
}

void script_state_free(script_state *state) {
  if (state == NULL) return;
  lua_close(state->lua);
  base_buffer_fini(&state->scratch);
  free(state);
}

void script_state_settle(script_state *state, size_t memory) {
  lua_gc(state->lua, LUA_GCCOLLECT);
  state->limit = state->held + memory;
}

base_code script_state_run(script_state *state, lua_CFunction function, void *argument,
                           int64_t *budget, base_error *error) {
  const script_limits *limits = &state->package->limits;
  int64_t milliseconds = limits->milliseconds == 0 ? MILLISECONDS_DEFAULT : limits->milliseconds;
  state->instructions = budget;
  state->deadline = base_clock_monotonic() + (uint64_t)milliseconds * 1000000;
  state->results = limits->results == 0 ? RESULTS_DEFAULT : limits->results;
  lua_pushcfunction(state->lua, script_failure_explain);
  lua_pushcfunction(state->lua, function);
  lua_pushlightuserdata(state->lua, argument);
  int status = lua_pcall(state->lua, 1, 0, 1);
  base_code code = status == LUA_OK ? BASE_OK : script_failure_report(state, status, error);
  lua_settop(state->lua, 0);
  state->instructions = NULL;
  state->deadline = 0;
  return code;
}
