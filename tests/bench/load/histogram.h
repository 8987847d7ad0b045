/* histogram: durations in nanoseconds, counted in buckets that are 1.6 % wide at most.
 *
 * Memory:  a plain value of 30 KB.  Threads: one.
 * Fails:   never; what is longer than 4 s counts as 4 s. */
#pragma once

#include <stdint.h>

#define HISTOGRAM_STEPS 64 /* buckets of each power of two */
#define HISTOGRAM_POWERS 26
#define HISTOGRAM_BUCKETS (HISTOGRAM_STEPS * (HISTOGRAM_POWERS + 1))

typedef struct histogram {
  uint64_t count;
  uint64_t longest;
  uint64_t buckets[HISTOGRAM_BUCKETS];
} histogram;

void histogram_add(histogram *times, uint64_t nanoseconds);

/* What `share` (0 to 1) of the durations do not exceed; 0 when there is none. */
uint64_t histogram_quantile(const histogram *times, double share);
