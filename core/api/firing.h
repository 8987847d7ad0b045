/* firing: due timers. A timer's row is deleted in the change set of its effects, so it fires once,
 * whatever happens; when its op fails, the row is replaced by a later one and never lost. Inside the
 * room only.
 *
 * Memory:  the engine's arena, reset by whoever ends the group.
 * Threads: the writer lane, where nothing else is said.
 * Fails:   only as the group does; what an op failed with is logged and tried again. */
#pragma once

#include "api/group.h"

/* Fires the earliest timer inside the group when it is due and there is no pause. */
base_code api_firing_next(api_group *group, bool *fired, base_error *error);

/* No timer fires before that instant, so that nobody has to look for one: INT64_MIN when that is not known,
 * INT64_MAX when nothing becomes due by itself. After api_firing_next fired none it lies in the future. */
int64_t api_firing_due(const api_engine *engine);

/* The group has taken in what the set changed: the instant comes down to the earliest timer in it. With
 * the group open. */
void api_firing_note(api_engine *engine, const store_change_set *set);

/* What was known does not hold: a pause ends, a group did not happen. Any thread. */
void api_firing_forget(api_engine *engine);
