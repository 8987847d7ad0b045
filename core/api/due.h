/* due: when timers fire. Inside the room only.
 *
 * Memory:  the engine's arena is reset at the end of each group.  Threads: the writer lane.
 * Fails:   as the groups do. */
#pragma once

#include "api/firing.h"

/* Fires due timers, one group at most, while no request waits. Returns after how many milliseconds
 * it wants to be called again; IO_LANE_FOREVER when nothing becomes due by itself. */
int64_t api_due_serve(api_engine *engine);

/* After a control op: goes where api_engine_advance was asked to go, or fires what a new clock made
 * due. BUDGET_EXCEEDED when timers go on setting new ones for the same instant. */
base_code api_due_settle(api_engine *engine, base_error *error);

/* Whether timers may fire: not for a second after a group failed. */
bool api_due_allowed(const api_engine *engine);

/* Says that a group failed, and with what. */
void api_due_pause(api_engine *engine, const base_error *error);
