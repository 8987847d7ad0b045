/* upgrade: what a new version of a package does to the records there are before it serves: its migrations
 * in the order of their versions, then the defaults of fields it newly requires. Each in bounded steps,
 * and each step an entry of the journal. Inside the room only.
 *
 * The steps are runs of the ops package.migrate and package.fill; a rehearsal on a fork has its engine run
 * them, a swap runs them itself, because it stands on the writer lane. What was done by steps that were
 * followed by a failure stays: the package's record says how far its migrations came, and the next
 * attempt goes on from there.
 *
 * Memory:  none kept.
 * Threads: run: any. step: the writer lane, between groups.
 * Fails:   as the migration; VALIDATION_FAILED for a required field that a record lacks and that has no
 *          default. */
#pragma once

#include "api/engine_state.h"

typedef base_code (*api_upgrade_call)(void *self, const char *op, base_slice params,
                                      base_error *error);

/* Calls `call` for each op that brings the data from one version to the next of that package. */
base_code api_upgrade_run(const api_registry *from, const api_registry *to, const char *package,
                          api_upgrade_call call, void *self, base_error *error);

/* Runs an op of that version until it asks for no more, each run one commit. */
base_code api_upgrade_step(api_engine *engine, const api_registry *registry, api_session *session,
                           const char *op, base_slice params, base_error *error);
