/* test: a package's test.lua. It registers tests with crm.test(name, function(t) … end); each runs
 * against an empty store with the test clock set, in the order of writing. Inside the room only;
 * the door is script_test_run.
 *
 * Memory:  see state.h.
 * Threads: one.
 * Fails:   a failed test is reported, not returned. */
#pragma once

#include "script/state.h"

/* crm.test, in states for tests only. */
int script_test_register(lua_State *lua);

typedef struct script_test_host script_test_host;

/* The run that a state for tests is in. */
typedef struct script_test {
  const script_test_host *host;
  lua_Integer count;       /* tests that were registered */
  lua_Integer index;       /* of the one under way, from 1 */
  bool failed;             /* it raised an error */
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
