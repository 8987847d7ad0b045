/* code: what the compiler made of a file, looked through for what Lua 5.4.4 makes wrong and a script may write
 * (docs/decisions/0020-budgets.md). Inside the room only.
 *
 * A comparison as the key of a table that is a local of an enclosing function, t[a >= b] where t is an upvalue:
 * the table is fetched behind the jump of the comparison, so that on one of the two ways the key is looked up in
 * whatever the register held before, which may be a table of somebody else's or one that is gone. Nothing else
 * makes the fetch of an upvalue stand directly before the place where a comparison becomes false or true.
 *
 * Memory:  the code is copied while it is looked at.
 * Threads: the state's.
 * Fails:   never: code of another form than this Lua's ends the process. */
#pragma once

#include <lua.h>

/* Of the function on top of the stack and all within it: the line of the first such place; 0: there is none. */
int script_code_wrong_line(lua_State *lua);
