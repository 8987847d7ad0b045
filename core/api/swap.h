/* swap: one package's old version gives way to its new one while everybody else goes on.
 *
 *   the next registry version is made and the store made ready for it
 *   the old package is closed: no call gets in, and those inside end
 *   old.stop, new.start; when that fails: old.start, and it is opened again
 *   the new version's migrations run, and its record is written
 *   the version is put in force, the new package opened
 *
 * A read that comes to the closed package fails inside and is run again afterwards; a write waits,
 * because the writer lane is what swaps. A package that need not be closed (package.h) serves the calls
 * that are inside it to their end, beside the new one.
 *
 * Memory:  takes over the package, also when it fails.
 * Threads: settle: the writer lane, between groups. wait: any lane that holds no package open.
 * Fails:   settle: what api_registry_replace and api_boot refuse; VALIDATION_FAILED when a package
 *          in Lua would take the place of a plugin, or the other way round; UNAVAILABLE when calls are still under way after the drain time;
 *          what the new package's start fails with. */
#pragma once

#include "api/engine_state.h"

/* After a control op: does what api_engine_exchange was asked to do, unless the op failed. Fails into the
 * request. */
base_code api_swap_settle(api_engine *engine, api_request *request);

/* Waits until no swap is under way. */
void api_swap_wait(const api_engine *engine);
