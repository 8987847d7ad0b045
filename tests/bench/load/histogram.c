/* histogram: see histogram.h. A bucket is the highest set bit and the six bits behind it.
 *
 * Memory, Threads, Fails: see the header. */
#include "histogram.h"

#include <stddef.h>

static size_t bucket_of(uint64_t nanoseconds) {
  if (nanoseconds < HISTOGRAM_STEPS) return (size_t)nanoseconds;
  unsigned shift = 57U - (unsigned)__builtin_clzll(nanoseconds);
  size_t bucket = HISTOGRAM_STEPS * shift + (size_t)(nanoseconds >> shift);
  return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The longest duration that falls into the bucket. */
static uint64_t bucket_end(size_t bucket) {
  if (bucket < HISTOGRAM_STEPS * 2) return bucket;
  size_t shift = bucket / HISTOGRAM_STEPS - 1;
  return ((uint64_t)(bucket % HISTOGRAM_STEPS + HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(histogram *times, uint64_t nanoseconds) {
  times->count++;
  if (nanoseconds > times->longest) times->longest = nanoseconds;
  times->buckets[bucket_of(nanoseconds)]++;
}

uint64_t histogram_quantile(const histogram *times, double share) {
  uint64_t wanted = (uint64_t)(share * (double)times->count);
  uint64_t seen = 0;
  for (size_t bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
    seen += times->buckets[bucket];
    if (seen > wanted) {
      uint64_t end = bucket_end(bucket);
      return end < times->longest ? end : times->longest;
    }
  }
  return times->longest;
}
