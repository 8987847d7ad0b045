/* handshake: whether a plugin and this server speak the same ABI.
 *
 * Memory:  none.  Threads: any.
 * Fails:   VALIDATION_FAILED with a sentence that says what is wrong with which file, and what to
 *          do. */
#pragma once

#include <crm/plugin.h>

#include "base/error.h"

/* Nothing but the header of `entry` may be read before this returned BASE_OK. */
base_code loader_handshake_check(const crm_plugin *entry, const char *path, base_error *error);
