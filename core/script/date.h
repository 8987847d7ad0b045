/* date: the table crm.date, arithmetic of days as text. Inside the room only.
 *
 * Memory:  the state's.  Threads: as the state.  Fails: raises, naming the function. */
#pragma once

#include "script/state.h"

/* Leaves the table on the stack. */
void script_date_push(lua_State *lua);

/* The date at the index; raises "'2026-02-30' is not a date". */
data_date script_date_check(lua_State *lua, int index);
void script_date_push_text(lua_State *lua, data_date date);
