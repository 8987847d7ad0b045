/* job_lane: the long lane: one step of one open job at a time, the jobs in turn. Inside the room only.
 *
 * A step waits for the writer lane, and the writer lane never for a step; so the long lane is joined
 * first when the engine ends, and goes last, because commits still wake it.
 *
 * Memory:  each step has an arena of its own.
 * Threads: serve: the long lane. boot: the thread that makes the engine.
 * Fails:   into the job's record; boot: as the store. */
#pragma once

#include "api/engine_state.h"
#include "api/job.h"

/* The kind of that name among the version's packages; NULL when there is none. */
const api_job_kind *api_job_kind_find(const api_registry *registry, base_slice name);

/* Before the lanes are open: jobs that were under way are put right, or end as failed when their kind
 * is not there or cannot go on. */
base_code api_job_boot(api_engine *engine, const api_registry *registry, base_error *error);

/* The lane's serve; self is the engine. */
int64_t api_job_serve(io_message *first, unsigned thread, void *self);
