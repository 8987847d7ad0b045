/* ctx: what a script sees of the op it runs in. Two kinds: the ctx of an op that reads has no
 * functions that write; what is illegal is not there. Inside the room only.
 *
 * Memory:  a userdata that knows its call; used after its call it raises.
 * Threads: as the state.
 * Fails:   methods raise what the model answers (see failure.h), with its code. */
#pragma once

#include "script/state.h"

/* Makes both metatables; once per state. */
void script_ctx_init(lua_State *lua);

/* Pushes the ctx of the call that the state is in. */
void script_ctx_push(lua_State *lua);

/* The ctx that a method was called on, at index 1; raises for anything else and for an old one. */
crm_ctx *script_ctx_check(lua_State *lua);

/* The same, and draws from the budget what a call of the host costs. */
crm_ctx *script_ctx_begin(lua_State *lua);

/* The methods; each ends with a NULL name. */
extern const luaL_Reg script_ctx_reads[];
extern const luaL_Reg script_ctx_calendar[];
extern const luaL_Reg script_ctx_log[];
extern const luaL_Reg script_ctx_writes[];

/* For the methods: a type by the name at the index, with its access checked for reading when `read`;
 * an id at the index. Raise. */
const model_type *script_ctx_type(lua_State *lua, int index, bool read);
int64_t script_ctx_id(lua_State *lua, int index);

/* Raises when the code is not BASE_OK. A write that failed half way leaves its traces in the change
 * set: the op cannot go on, even when the script catches the error. */
void script_ctx_try(lua_State *lua, base_code code, bool write);
