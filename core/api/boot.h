/* boot: what the store has to hold before the first request: the roles the server itself knows, a
 * record of each type of the schema, the rows of indexes that are new, and in a new store the
 * statutory holidays. Inside the room only.
 *
 * Memory:  none kept.
 * Threads: the one that makes the engine, before the lanes are open; then the writer lane, between
 *          groups.
 * Fails:   DUPLICATE when a new unique index does not hold for the records there are; else as the
 *          store. A boot that failed half way goes on at the next start. */
#pragma once

#include "api/group.h"

/* For this version of the registry. Writes nothing when nothing changed. */
base_code api_boot(api_engine *engine, const api_registry *registry, base_error *error);

/* Whether the version keeps every index as the store has it, so that reads of the version in force may go
 * on while the store is made ready for the other. */
base_code api_boot_keeps(api_engine *engine, const api_registry *registry, bool *keeps,
                         base_error *error);

/* The same as api_boot while another version is in force. When it fails, what it had built is taken away
 * again. api_boot with the version in force undoes what it did. */
base_code api_boot_next(api_engine *engine, const api_registry *registry, base_error *error);

/* "system", whose work this is. */
api_session api_boot_session(const api_engine *engine);

/* Makes the index rows of the type, as the stored description has them (empty: there is none), into
 * those of the schema, in bounded entries of their own. */
base_code api_index_build(api_engine *engine, const api_registry *registry, const model_type *type,
                          base_slice stored, base_error *error);

/* Whether the type keeps every stored index as it is. */
bool api_index_keeps(const model_type *type, base_slice stored);

/* Empties the indexes of the type that the stored description does not have. */
base_code api_index_clear(api_engine *engine, const api_registry *registry, const model_type *type,
                          base_slice stored, base_error *error);
