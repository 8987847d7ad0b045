/* globals: all that a script can reach: a few functions, and the tables string, table, math, utf8
 * and crm. Nothing in it reads a clock, a file or chance, shows an address, or runs unbounded
 * without drawing from the budget. What is not named here is not there: no load, no metatables, no
 * coroutines. Inside the room only.
 *
 * Memory:  the state's.
 * Threads: as the state.
 * Fails:   raises. */
#pragma once

#include "script/state.h"

/* Builds the tables and makes their read-only face the globals of every chunk loaded from now on.
 * A state for tests also has crm.test. */
void script_globals_init(lua_State *lua, bool test);

/* The parts, each leaves one table on the stack. */
void script_strings_push(lua_State *lua);
void script_tables_push(lua_State *lua);
void script_crm_push(lua_State *lua, bool test);

/* string.find gmatch gsub match, which belong into the table `string`. */
extern const luaL_Reg script_matches[];

/* Replaces the table on the top of the stack by a face of it that cannot be written, and that
 * raises when a name is asked for that is not there. */
void script_globals_seal(lua_State *lua, const char *name);

/* Sets table[name] for each name from the library on the top of the stack, and pops that. */
void script_globals_pick(lua_State *lua, int table, const char *const *names);

/* tostring without addresses: replaces nothing, pushes the text. */
void script_globals_push_text(lua_State *lua, int index);
