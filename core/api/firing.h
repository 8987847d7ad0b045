/* firing: due timers. A timer's row is deleted in the change set of its effects, so it fires once,
 * whatever happens; when its op fails, the row is replaced by a later one and never lost. Inside the
 * room only.
 *
 * Memory:  the engine's arena, reset by whoever ends the group.  Threads: the writer lane.
 * Fails:   only as the group does; what an op failed with is logged and tried again. */
#pragma once

#include "api/group.h"

/* Fires the earliest timer inside the group when it is due and there is no pause. */
base_code api_firing_next(api_group *group, bool *fired, base_error *error);
