/* simulation: what would fire until an instant, and what it would write. A job: a fork is made, its
 * clock goes on, a day in a step, and what changes there becomes the job's items (foresight.h). Inside the
 * room only.
 *
 * The fork lives in memory between steps. When it is lost, because the server ended or because a package
 * was replaced meanwhile, the next step begins with a new one.
 *
 * Memory:  a fork and its place for each job that is open.
 * Threads: the long lane; end_all: whoever ends the engine, when that lane has stopped.
 * Fails:   into the job. */
#pragma once

#include "api/job.h"

extern const api_job_kind api_jobs_simulate[];

/* Closes the forks of jobs that are not open any more. */
void api_simulation_sweep(struct api_engine *engine);
void api_simulation_end_all(struct api_engine *engine);
