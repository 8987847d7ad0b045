/* difference: two values of a test compared, and what differs written for people:
 *
 *   @@ items[2].due_on @@
 *   - "2026-03-05"
 *   + "2026-03-06"
 *
 * "-" is what the test wanted, "+" what it got; a side that is missing has no line. Inside the room
 * only.
 *
 * Memory:  text is appended to the caller's buffer.
 * Threads: as the state.
 * Fails:   raises for tables nested too deep, and for keys without an order. */
#pragma once

#include "script/state.h"

/* Compares what is at the two indexes and returns how many differences there are. In part, only the
 * keys that the wanted maps have are compared; lists must be as long. */
size_t script_difference_append(lua_State *lua, int got, int wanted, bool part, base_buffer *out);

/* Appends the value as a test's author would write it, lines after the first with this indent. */
void script_difference_append_value(lua_State *lua, int index, const char *indent,
                                    base_buffer *out);
