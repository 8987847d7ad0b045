/* condition: POSIX conditions whose deadlines are read off base_clock_monotonic.
 *
 * Memory:  the caller's.  Threads: as POSIX says.  Fails: never. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define BASE_CONDITION_FOREVER UINT64_MAX

void base_condition_init(pthread_cond_t *condition);

/* Waits with the mutex held, until somebody signals or the clock reaches the deadline; false for the
 * latter. As with every condition, what was waited for has to be looked at again. */
bool base_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline);
