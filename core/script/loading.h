/* loading: what a new state runs before its first call: init.lua and what it requires, the texts,
 * and the table of functions that calls are looked up in. Inside the room only.
 *
 * Memory:  see state.h.
 * Threads: as the state.
 * Fails:   SCRIPT_ERROR with file and line; BUDGET_EXCEEDED; VALIDATION_FAILED. */
#pragma once

#include "script/package.h"

/* Makes a state with the globals, for the package or for its tests. */
base_code script_loading_state(const script_package *package, bool test, script_state **state,
                               base_error *error);

/* Runs init.lua and keeps the manifest in the state. */
base_code script_loading_run(script_state *state, base_error *error);

/* The manifest as msgpack, functions as true, in the state's scratch. */
base_code script_loading_manifest(script_state *state, base_error *error);

/* Runs a source that returns a table of data; its msgpack is in the state's scratch. */
base_code script_loading_data(script_state *state, const script_source *source, base_error *error);

/* Fills the state's table of functions and settles its memory: ready for calls. */
base_code script_loading_bind(script_state *state, base_error *error);

/* A state of the package that is ready for calls. */
base_code script_loading_ready(const script_package *package, script_state **state,
                               base_error *error);

/* Inside a protected call: pushes what the source returns (one value). */
void script_loading_push(lua_State *lua, const script_source *source);

/* Inside a protected call: pushes the function that calls are made to. */
void script_loading_push_function(lua_State *lua, int index);

/* crm.package and crm.require. */
int script_loading_package(lua_State *lua);
int script_loading_require(lua_State *lua);
