/* clock: the machine's, or one that stands still. See clock.h.
 * Memory:  the caller's.  Threads: the instant is atomic.  Fails: never. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/log.h"

struct base_clock {
  bool test;
  _Atomic int64_t instant;
};

static base_clock *new_clock(bool test, int64_t instant) {
  base_clock *clock = base_alloc(sizeof *clock);
  clock->test = test;
  atomic_init(&clock->instant, instant);
  return clock;
}

base_clock *base_clock_new(void) {
  return new_clock(false, 0);
}

base_clock *base_clock_new_test(int64_t instant) {
  return new_clock(true, instant);
}

void base_clock_free(base_clock *clock) {
  free(clock);
}

bool base_clock_is_test(const base_clock *clock) {
  return clock->test;
}

int64_t base_clock_now(const base_clock *clock) {
  if (clock->test) return atomic_load(&clock->instant);
  struct timespec now;
  (void)clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void base_clock_set(base_clock *clock, int64_t instant) {
  if (!clock->test) base_fatal("base.clock", "reason=\"only a test clock can be set\"");
  atomic_store(&clock->instant, instant);
}

uint64_t base_clock_monotonic(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t base_clock_coarse(void) {
  struct timespec now;
  (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t base_clock_worked(void) {
  struct timespec worked;
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &worked);
  return (uint64_t)worked.tv_sec * 1000000000u + (uint64_t)worked.tv_nsec;
}
