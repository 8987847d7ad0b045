/* upgrade: what a new version of a package does to the records there are before it serves: its migrations
 * in the order of their versions, then the defaults of fields it newly requires, then the first states and the
 * timers of states fields that are new or have new delays and clocks. Each in bounded steps, and each step
 * an entry of the journal. Inside the room only.
 *
 * The steps are runs of the ops package.migrate, package.fill and package.time; a rehearsal on a fork has
 * its engine run them, a swap runs them itself, because it stands on the writer lane. What was done by steps that were
 * followed by a failure stays: the package's record says how far its migrations came, and the next
 * attempt goes on from there.
 *
 * When the process dies between two steps, the next start goes on: the package's record has the note of
 * the version (stored_package.h), which is what is loaded then.
 *
 * Memory:  none kept.
 * Threads: run: any. step: the writer lane, between groups; boot: before the lanes are open.
 * Fails:   as the migration; VALIDATION_FAILED for a required field that a record lacks and that has no
 *          default. */
#pragma once

#include "api/engine_state.h"

typedef base_code (*api_upgrade_call)(void *self, const char *op, base_slice params,
                                      base_error *error);

/* Calls `call` for each op that brings the data from one version to the next of that package. `from` is
 * NULL when the version before is not known: then each required field is looked at. */
base_code api_upgrade_run(const api_registry *from, const api_registry *to, const char *package,
                          api_upgrade_call call, void *self, base_error *error);

/* The same at a start, for each package whose record says that another version served before. */
base_code api_upgrade_boot(api_engine *engine, const api_registry *registry, base_error *error);

/* Runs an op of that version until it asks for no more, each run one commit. */
base_code api_upgrade_step(api_engine *engine, const api_registry *registry, api_session *session,
                           const char *op, base_slice params, base_error *error);
