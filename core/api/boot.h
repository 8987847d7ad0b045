/* boot: what the store has to hold before the first request: the roles the server itself knows, a
 * record of each type of the schema, the rows of indexes that are new, and in a new store the
 * statutory holidays. Inside the room only.
 *
 * Memory:  none kept.
 * Threads: the one that makes the engine, before the lanes are open; then the writer lane, between
 *          groups.
 * Fails:   DUPLICATE when a new unique index does not hold for the records there are; else as the
 *          store. A boot that failed half way goes on at the next start, or is undone by an api_boot with
 *          the version before. */
#pragma once

#include "api/group.h"

/* For this version of the registry. Writes nothing when nothing changed. */
base_code api_boot(api_engine *engine, const api_registry *registry, base_error *error);

/* Whether the version keeps every index as the store has it, so that reads of the version in force may go
 * on while the store is made ready for the other. */
base_code api_boot_keeps(api_engine *engine, const api_registry *registry, bool *keeps,
                         base_error *error);

/* Whether the store has all rows of the version's indexes: no building of them was cut short. */
base_code api_boot_whole(api_engine *engine, const api_registry *registry, bool *whole,
                         base_error *error);

/* "system", whose work this is. */
api_session api_boot_session(const api_engine *engine);

/* Appends {indexes: [{name}], search: [{name}]}: of what the rows have to be made anew, because the stored
 * description (empty: there is none) has it in another form than the type, or only one of them has it, or
 * because it was left `unbuilt` (such a map, or empty). Returns of how many. */
size_t api_index_changes(const model_type *type, base_slice stored, base_slice unbuilt,
                         base_buffer *out);

/* Appends the stored description without what changes. */
void api_index_without(base_slice stored, base_slice changes, base_buffer *out);

/* Makes the rows of what changes into those of the type, in bounded entries of their own. */
base_code api_index_build(api_engine *engine, const api_registry *registry, const model_type *type,
                          base_slice changes, base_error *error);

/* Whether the type keeps every stored index as it is. */
bool api_index_keeps(const model_type *type, base_slice stored);
