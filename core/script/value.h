/* value: Lua values as msgpack and back. Inside the room only.
 *
 * From Lua: text (valid UTF-8), integers, numbers without a fraction, booleans, crm.null (nil: clear
 * this field), record views, tables. A table with the keys 1…n is a list, one with text keys a map;
 * an empty one is a map, unless crm.list made it or the field it is meant for is a list. Maps are
 * written in the order of their keys.
 * To Lua: lists and maps become new tables, nil becomes nil, lists remember that they are lists.
 *
 * Memory:  see state.h.
 * Threads: as the state.
 * Fails:   raises a text that names the place: "values.lines[2].quantity: 2.5 has a fraction…". */
#pragma once

#include "script/state.h"

/* What a table is meant for, where that is known. */
typedef struct script_hint {
  bool list;                /* empty means an empty list */
  bool functions;           /* functions are written as true: manifests */
  const data_field *fields; /* of the map, or of the maps in the list; may be NULL */
} script_hint;

/* Makes the metatable of lists; once per state. */
void script_value_init(lua_State *lua);

/* Pushes crm.null. */
void script_value_push_null(lua_State *lua);
bool script_value_is_null(lua_State *lua, int index);

/* Raises unless the value is a table of the script's own: none of Haoke's faces. */
void script_value_check_table(lua_State *lua, int index);

/* Makes the table at the index a list. */
void script_value_mark_list(lua_State *lua, int index);

void script_value_push(lua_State *lua, data_value value);

/* Appends the value at the index to the state's scratch buffer. `what` begins the path. */
void script_value_append(lua_State *lua, int index, script_hint hint, const char *what);

/* The same into an empty scratch, copied to the ctx's arena. nil gives an empty slice. */
base_slice script_value_take(lua_State *lua, int index, script_hint hint, const char *what);
