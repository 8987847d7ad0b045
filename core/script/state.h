/* state: one Lua state of a package, its memory and its budgets. Inside the room only.
 *
 * Everything that runs Lua goes through script_state_run, the one protected call at the bottom; no
 * C frame above it keeps anything that an error could leak: bytes being made lie in the state's
 * scratch buffer or in the ctx's arena.
 *
 * Two budgets are drawn from while Lua runs. Instructions: one for each instruction of the virtual
 * machine, for each 64 bytes that are allocated, and what C functions charge for their loops; they
 * belong to the op (ctx->instructions), so that all calls inside one op share them. Memory: of the
 * state, above what it holds after loading. A budget that ran out is remembered in `spent`, which
 * no pcall of a script can take back.
 *
 * Memory:  the state's owner calls script_state_free.
 * Threads: one at a time.
 * Fails:   script_state_run: BUDGET_EXCEEDED or SCRIPT_ERROR with package, file and line; or the
 *          code with which a host function failed. */
#pragma once

#include <lauxlib.h>
#include <lua.h>

#include "model/model.h"

typedef enum script_spent {
  SCRIPT_SPENT_NOTHING,
  SCRIPT_SPENT_INSTRUCTIONS,
  SCRIPT_SPENT_MEMORY,
  SCRIPT_SPENT_TIME,
  SCRIPT_SPENT_RESULTS
} script_spent;

typedef struct script_package script_package;

typedef struct script_state {
  lua_State *lua;
  struct script_state *next; /* in the pool */
  const script_package *package;
  crm_ctx *ctx;          /* of the call under way; NULL between calls and while loading */
  uint64_t generation;   /* of that call: ctx and records of earlier ones are refused */
  int64_t *instructions; /* what is left of the budget; NULL: nothing runs */
  size_t held;           /* bytes */
  size_t limit;
  uint64_t deadline; /* base_clock_monotonic at which the call must end; 0: none runs */
  size_t results;    /* largest arena of the op */
  size_t refused;    /* size of the allocation that was refused last, until one succeeds */
  script_spent spent;
  bool spoiled;        /* a write failed half way: the op must fail, whatever the script does */
  bool loading;        /* crm.require and crm.package are allowed */
  char place[96];      /* "health_product/init.lua:12" where the budget ran out */
  base_buffer scratch; /* msgpack that is being made */
} script_state;

/* A state without libraries that may hold `memory` bytes. */
base_code script_state_new(const script_package *package, size_t memory, script_state **state,
                           base_error *error);
void script_state_free(script_state *state);

static inline script_state *script_state_of(lua_State *lua) {
  return *(script_state **)lua_getextraspace(lua);
}

/* Calls `function` with `argument` as its light userdata at index 1. `budget` counts down. */
base_code script_state_run(script_state *state, lua_CFunction function, void *argument,
                           int64_t *budget, base_error *error);

/* Collects garbage and grants `memory` bytes above what is left. */
void script_state_settle(script_state *state, size_t memory);

/* Draws from the instruction budget; raises when it is used up. */
void script_state_charge(lua_State *lua, size_t amount);

/* Whether a pcall has to hand the error on. `status` is what lua_pcall gave. */
bool script_state_is_final(const script_state *state, int status);
