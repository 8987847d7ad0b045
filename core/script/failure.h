/* failure: an error of the protocol on its way through Lua. What ctx:fail or a host function fails
 * with travels as a userdata that keeps code, field and data; scripts that catch it may read
 * e.code, e.message and e.field. Inside the room only.
 *
 * Memory:  the userdata holds a copy of the error; its data lives in the ctx's arena.
 * Threads: as the state.
 * Fails:   these functions raise, or report what was raised. */
#pragma once

#include "script/state.h"

/* Makes the metatable; once per state. */
void script_failure_init(lua_State *lua);

/* Raises what ctx->error says. */
int script_failure_raise(lua_State *lua);

/* Raises what `error` says: for hosts without a ctx. */
int script_failure_raise_error(lua_State *lua, const base_error *error);

/* Fills the error with a text that a script made: what is not valid UTF-8 in it is replaced, since
 * errors leave in answers. Returns the code. */
base_code script_failure_set(base_error *error, base_code code, const char *field,
                             const char *text);

/* The error at the index; NULL when it is something else. */
const base_error *script_failure_read(lua_State *lua, int index);

/* Pushes "NOT_FOUND: …" for a failure at the index. */
void script_failure_push_text(lua_State *lua, const base_error *error);

/* A message handler: gives errors that are neither text nor failure a text with file and line. */
int script_failure_explain(lua_State *lua);

/* Fills the error from what lua_pcall left on the stack. */
base_code script_failure_report(script_state *state, base_error *error);
