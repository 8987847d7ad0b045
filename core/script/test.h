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

/* The host of the run that the state is in. */
const script_test_host *script_test_host_of(lua_State *lua);

/* Makes the metatable of t; pushes a t whose calls are made by `user` (empty: administrator). */
void script_test_init(lua_State *lua);
void script_test_push(lua_State *lua, const char *user);
