/* fork: a copy of the store as it is now, opened as an ordinary store with a test clock and an engine of
 * its own in this process. Whatever fires there, or is written, happens to the copy alone. Inside the
 * room only.
 *
 * The packages are shared with the original. Jobs are not run: they are the original's.
 *
 * Memory:  the fork is its opener's; it holds a reference to the version it was opened with. Closing it
 *          removes its files; what a process that was killed left is removed by whoever starts the next.
 * Threads: one at a time, which must not be one of the fork's own lanes.
 * Fails:   UNAVAILABLE when no folder for forks is configured; as store_fork and api_engine_new. What
 *          was made of a fork that failed is removed. */
#pragma once

#include "api/engine.h"

typedef struct api_fork api_fork;

/* Its clock stands at the original's present. Timers that are due by then fire at once. */
base_code api_fork_open(api_engine *engine, api_registry *registry, api_fork **fork,
                        base_error *error);

/* An empty store in the place of the copy, and its clock at the instant at which tests begin. */
base_code api_fork_open_empty(api_engine *engine, api_registry *registry, api_fork **fork,
                              base_error *error);

/* The fork is that store itself, which nobody serves: a copy of the caller's own (store_copy). It is taken over,
 * closed also when it fails, and its files stay. The clock stands at `at`, or at its last entry's instant when
 * that is later. */
base_code api_fork_over(const api_engine_options *options, const data_zone *zone, store *copy,
                        api_registry *registry, int64_t at, api_fork **fork, base_error *error);
void api_fork_close(api_fork *fork);

api_engine *api_fork_engine(const api_fork *fork);

/* The version it was opened with. */
const api_registry *api_fork_registry(const api_fork *fork);

/* The last entry that the copy has from the original, and the instant of the copy. */
uint64_t api_fork_sequence(const api_fork *fork);
int64_t api_fork_at(const api_fork *fork);

/* Goes to that instant and fires all timers on the way, as clock.advance does. */
base_code api_fork_advance(api_fork *fork, int64_t to, base_error *error);
