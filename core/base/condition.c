/* condition: see condition.h.
 * Memory:  the caller's.  Threads: as POSIX says.  Fails: never. */
#include "base/condition.h"

#include <time.h>

#define NANOSECONDS ((uint64_t)1000000000)

void base_condition_init(pthread_cond_t *condition) {
  pthread_condattr_t attributes;
  (void)pthread_condattr_init(&attributes);
  (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  (void)pthread_cond_init(condition, &attributes);
  (void)pthread_condattr_destroy(&attributes);
}

bool base_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline) {
  if (deadline == BASE_CONDITION_FOREVER) {
    (void)pthread_cond_wait(condition, mutex);
    return true;
  }
  struct timespec until = {.tv_sec = (time_t)(deadline / NANOSECONDS),
                           .tv_nsec = (long)(deadline % NANOSECONDS)};
  return pthread_cond_timedwait(condition, mutex, &until) == 0;
}
