/* sugar: crm.workflow and crm.cadence, written in Lua, and the join of parts into a manifest. See
 * sugar.lua. Inside the room only.
 *
 * Memory:  the state's; its chunk runs once per state, when it is wanted first.
 * Threads: as the state.
 * Fails:   raises naming the part at fault; outside loading. */
#pragma once

#include "script/state.h"

/* crm.workflow{…} and crm.cadence{…}: a part of a manifest. */
int script_sugar_workflow(lua_State *lua);
int script_sugar_cadence(lua_State *lua);

/* Joins what the manifest at the index includes into it. */
void script_sugar_join(lua_State *lua, int manifest);
