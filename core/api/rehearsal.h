/* rehearsal: what a dry run of an import has made so far: a change set that is kept from chunk to chunk
 * and never written, so that rows meet the rows before them exactly as in the real run. Inside the room
 * only.
 *
 * Rehearsals lie in memory, bounded together by import.dry_run_bytes: the one that was used longest ago
 * goes first. One that is gone, also with the server, is begun again from the file's first byte.
 *
 * Memory:  an arena for each, until it ends.
 * Threads: the writer lane.  Fails: never; see the functions. */
#pragma once

#include "api/engine_state.h"

bool api_rehearsal_known(const api_engine *engine, int64_t job);

/* The job's change set, over that view; made when there is none. */
store_change_set *api_rehearsal_open(api_engine *engine, int64_t job, const store_view *view);

/* Lets others go until all fit; false when this one alone is too large. */
bool api_rehearsal_fits(api_engine *engine, int64_t job);

/* Nothing when there is none. */
void api_rehearsal_end(api_engine *engine, int64_t job);
void api_rehearsal_end_all(api_engine *engine);
