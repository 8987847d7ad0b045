/* histogram: how often a value fell between one power of two and the next. Counting costs a few
 * nanoseconds: every thread counts in a place of its own, and only who reads adds the places up.
 *
 * Memory:  a histogram is a static object, or part of one that is never freed; a thread's place in it
 *          is made with the first value and taken over by a later thread when that one has ended.
 * Threads: any, without locks. What is read while others count is a moment that may never have been
 *          whole, but nothing is lost. Beyond BASE_HISTOGRAM_PLACES threads the last ones share a
 *          place, which costs more.
 * Fails:   never. Names are room_thing_unit: api_commit_us. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BASE_HISTOGRAM_BUCKETS 26 /* up to 1, 2, 4, … 2^24; the last has no bound */
#define BASE_HISTOGRAM_PLACES 32

typedef struct base_histogram_place base_histogram_place;

typedef struct base_histogram {
  const char *name; /* NULL: base_histogram_each does not show it */
  _Atomic bool registered;
  struct base_histogram *next;
  _Atomic(base_histogram_place *) places[BASE_HISTOGRAM_PLACES];
} base_histogram;

typedef struct base_histogram_sum {
  uint64_t buckets[BASE_HISTOGRAM_BUCKETS]; /* each without those below it */
  uint64_t count;
  uint64_t sum; /* of all values */
} base_histogram_sum;

#define BASE_HISTOGRAM(identifier, text) static base_histogram identifier = {.name = (text)}

void base_histogram_add(base_histogram *histogram, uint64_t value);

/* The largest value of a bucket; UINT64_MAX for the last. */
uint64_t base_histogram_bound(size_t bucket);

base_histogram_sum base_histogram_read(const base_histogram *histogram);

/* Calls visit for each named histogram that has a value. */
void base_histogram_each(void (*visit)(const char *name, const base_histogram_sum *sum, void *self),
                         void *self);
