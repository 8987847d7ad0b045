/* record: a read-only view of one stored record (or of any map that an op answered) as Lua sees it.
 * Fields are found in the bytes when they are asked for; lists and maps inside become new tables
 * each time. Inside the room only.
 *
 * Memory:  the bytes are the ctx's; a view that is used after its call raises.
 * Threads: as the state.
 * Fails:   raises for writes, for views of an earlier call, and for fields that the type or
 *          the configuration has not. */
#pragma once

#include "script/state.h"

/* Makes the metatable; once per state. */
void script_record_init(lua_State *lua);

/* Pushes a view. `type` NULL: the result of an op, whose names are not checked. */
void script_record_push(lua_State *lua, const model_type *type, base_slice bytes);

/* Pushes a view of a configuration with these fields: it never ends, as the bytes live as long as the
 * package. */
void script_record_push_config(lua_State *lua, const data_field *fields, base_slice bytes);

/* The bytes of the view at the index; false when it is none. */
bool script_record_read(lua_State *lua, int index, base_slice *bytes);
