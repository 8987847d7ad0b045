/* test: a package's test.lua. It registers tests with crm.test(name, function(t) … end); each runs
 * against an empty store with the test clock set, in the order of writing. Inside the room only;
 * the door is script_test_run.
 *
 * Memory:  see state.h.
 * Threads: one.
 * Fails:   a failed test is reported, not returned. */
#pragma once

#include "api/api.h"
#include "script/state.h"

/* crm.test, in states for tests only. */
int script_test_register(lua_State *lua);

/* crm.test_on: what the tests registered from there on begin with, "data" or "empty". */
int script_test_on(lua_State *lua);

/* Runs test.lua of a package's bundle. */
base_code script_test_run_bundle(const char *name, base_slice bundle, const api_test_host *host,
                                 int64_t *passed, int64_t *failed, base_error *error);

/* The run that a state for tests is in. */
typedef struct script_test {
  const api_test_host *host;
  lua_Integer count;       /* tests that were registered */
  lua_Integer index;       /* of the one under way, from 1 */
  bool empty;              /* while loading: of the tests that follow; then: of the one under way */
  bool failed;             /* it raised an error */
  bool configured;         /* the package has other values of its configuration than it was given */
  char name[160];          /* its name, cut when longer */
  base_buffer text;        /* what it showed, and how it failed */
  base_buffer differences; /* of the comparison under way */
} script_test;

script_test *script_test_of(lua_State *lua);

/* The methods of t; ends with a NULL name. */
extern const luaL_Reg script_test_methods[];

/* Makes the metatable of t; pushes a t whose calls are made by an administrator. */
void script_test_init(lua_State *lua);
void script_test_push(lua_State *lua);
