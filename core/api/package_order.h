/* package_order: packages in the order in which the registry takes them. Inside the room only.
 *
 * Memory:  the caller's.  Threads: any.
 * Fails:   VALIDATION_FAILED: two packages with one name, a need that is not there, needs in a
 *          circle; the message names both sides. */
#pragma once

#include "api/package.h"

/* Fills `ordered` (room for `count`): the core first, then each behind what it needs, else as
 * given. */
base_code api_package_order(api_package *const *packages, size_t count, api_package **ordered,
                            base_error *error);
