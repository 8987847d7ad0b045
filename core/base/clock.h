/* clock: what time it is, for the whole server, and a clock that tests move.
 * Memory:  the caller owns the clock.
 * Threads: any thread may read; base_clock_set by the writer lane only.
 * Fails:   never. Times are milliseconds since 1970-01-01 00:00 UTC. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct base_clock base_clock;

base_clock *base_clock_new(void);                 /* the machine's clock */
base_clock *base_clock_new_test(int64_t instant); /* stands still between base_clock_set calls */
void base_clock_free(base_clock *clock);

bool base_clock_is_test(const base_clock *clock);
int64_t base_clock_now(const base_clock *clock);

/* Test clocks only. */
void base_clock_set(base_clock *clock, int64_t instant);

/* Nanoseconds of a clock that never jumps; for durations only. */
uint64_t base_clock_monotonic(void);

/* The same, up to some milliseconds behind, for next to nothing. */
uint64_t base_clock_coarse(void);

/* Nanoseconds that the calling thread has worked; what it waited or was made to wait is not in them. */
uint64_t base_clock_worked(void);
