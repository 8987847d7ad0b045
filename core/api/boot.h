/* boot: what the store has to hold before the first request: the roles the server itself knows, a
 * record of each type of the schema, and the rows of indexes that are new. Inside the room only.
 *
 * Memory:  none kept.
 * Threads: the one that makes the engine, before the lanes are open.
 * Fails:   DUPLICATE when a new unique index does not hold for the records there are; else as the
 *          store. A boot that failed half way goes on at the next start. */
#pragma once

#include "api/group.h"

/* Writes nothing when nothing changed. */
base_code api_boot(api_engine *engine, base_error *error);

/* "system", whose work this is. */
api_session api_boot_session(const api_engine *engine);

/* Makes the index rows of the type, as the stored description has them (empty: there is none), into
 * those of the schema, in bounded entries of their own. */
base_code api_index_build(api_engine *engine, const model_type *type, base_slice stored,
                          base_error *error);
