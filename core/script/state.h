/* state: one Lua state of a package, its memory and its budgets. Inside the room only.
 *
 * Everything that runs Lua goes through script_state_run, the one protected call at the bottom; no
 * C frame above it keeps anything that an error could leak: bytes being made lie in the state's
 * scratch buffer or in the ctx's arena.
 *
 * While Lua runs, it draws from the budget of its call (budget.h). Instructions: one for each
 * instruction of the virtual machine, for each 64 bytes that are allocated, and what C functions
 * charge for their loops. Memory: what the state holds above what it held after loading, its scratch,
 * and what the server's functions put into the op's arena. What is used up is remembered in the
 * budget, which no pcall of a script can take back.
 *
 * Memory:  the state's owner calls script_state_free.
 * Threads: one at a time.
 * Fails:   script_state_run: BUDGET_EXCEEDED or SCRIPT_ERROR with package, file and line; or the
 *          code with which a host function failed. */
#pragma once

#include <lauxlib.h>
#include <lua.h>

#include "script/budget.h"

typedef struct script_package script_package;

typedef struct script_state {
  lua_State *lua;
  struct script_state *next; /* in the pool */
  const script_package *package;
  crm_ctx *ctx;          /* of the call under way; NULL between calls and while loading */
  uint64_t generation;   /* of that call: ctx and records of earlier ones are refused */
  script_budget *budget; /* of the call under way; NULL: nothing runs */
  size_t held;           /* bytes */
  size_t base;           /* what it held when it was loaded */
  int64_t drawn;         /* bytes of the budget's memory that this state has */
  int64_t peak;          /* most that was drawn */
  size_t large;          /* blocks it holds that are so large that one instruction may take long */
  int64_t every;         /* instructions between two looks at the budget */
  size_t refused;        /* size of the allocation that was refused last, until one succeeds */
  bool spoiled;          /* a write failed half way: the op must fail, whatever the script does */
  bool loading;          /* crm.require and crm.package are allowed */
  base_buffer scratch;   /* msgpack that is being made */
} script_state;

/* A state without libraries. */
base_code script_state_new(const script_package *package, script_state **state, base_error *error);
void script_state_free(script_state *state);

static inline script_state *script_state_of(lua_State *lua) {
  return *(script_state **)lua_getextraspace(lua);
}

/* Calls `function` with `argument` as its light userdata at index 1. `instructions` counts down. A
 * call inside another one (the ctx has a budget) shares that one's budget. */
base_code script_state_run(script_state *state, lua_CFunction function, void *argument,
                           int64_t *instructions, base_error *error);

/* Collects garbage; what is left is what the package itself needs. */
void script_state_settle(script_state *state);

/* Draws from the instructions; raises when something is used up. */
void script_state_charge(lua_State *lua, size_t amount);

/* Looks at time and memory now, and not only after the next instructions; raises like charge. */
void script_state_look(lua_State *lua);

/* Raises when so many bytes are more than one block or text may have. */
void script_state_check_size(lua_State *lua, size_t size);

/* Raises when the scratch would hold more than the memory that is left. */
void script_state_check_scratch(lua_State *lua, size_t size);

/* Collects garbage when there may not be room for `size` bytes, for those who allocate in ways that
 * do not let Lua collect. */
void script_state_make_room(lua_State *lua, size_t size);

/* Around each call from C back into Lua: the machine's stack has an end. What an error jumped over is
 * put right by script_state_return, with what script_state_depth gave before. */
void script_state_enter(lua_State *lua);
void script_state_leave(lua_State *lua);
int64_t script_state_depth(lua_State *lua);
void script_state_return(lua_State *lua, int64_t depth);

/* Whether a pcall has to hand the error on, which lies on the top. `status` is what lua_pcall gave. */
bool script_state_is_final(script_state *state, int status);
