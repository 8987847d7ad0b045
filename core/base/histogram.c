/* histogram: places of threads, and the list of the named ones. See histogram.h.
 * Memory:  places are never freed: they are as many as threads that ran at one time.
 * Threads: a place is written by the thread that has its number, with plain loads and stores; the
 *          shared one with atomic additions.  Fails: never. */
#include "base/histogram.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

#define SHARED (BASE_HISTOGRAM_PLACES - 1)
#define NONE UINT32_MAX
#define CACHE_LINE 64

struct base_histogram_place {
  _Atomic uint64_t sum;
  _Atomic uint64_t buckets[BASE_HISTOGRAM_BUCKETS];
  uint8_t apart[CACHE_LINE]; /* from what another thread writes */
};

/* --- numbers of threads ------------------------------------------------------------------------- */

static _Atomic uint32_t taken = (uint32_t)1 << SHARED; /* a bit for each number */
static _Thread_local uint32_t number = NONE;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t at_end;

static void give_back(void *bit) {
  number = SHARED; /* for whatever this thread still counts */
  atomic_fetch_and(&taken, ~(uint32_t)(uintptr_t)bit);
}

static void make_key(void) {
  (void)pthread_key_create(&at_end, give_back);
}

static uint32_t take_number(void) {
  uint32_t before = atomic_load(&taken);
  uint32_t bit;
  (void)pthread_once(&once, make_key);
  do {
    if (before == UINT32_MAX) return SHARED;
    bit = ~before & (before + 1);
  } while (!atomic_compare_exchange_weak(&taken, &before, before | bit));
  (void)pthread_setspecific(at_end, (void *)(uintptr_t)bit);
  return (uint32_t)__builtin_ctz(bit);
}

/* --- counting ----------------------------------------------------------------------------------- */

static _Atomic(base_histogram *) first_histogram;

static void register_once(base_histogram *histogram) {
  if (histogram->name == NULL || atomic_exchange(&histogram->registered, true)) return;
  base_histogram *first = atomic_load(&first_histogram);
  do {
    histogram->next = first;
  } while (!atomic_compare_exchange_weak(&first_histogram, &first, histogram));
}

/* The shared place may be made by two threads at once. */
static base_histogram_place *make_place(base_histogram *histogram) {
  base_histogram_place *none = NULL;
  base_histogram_place *made = base_alloc(sizeof *made);
  memset(made, 0, sizeof *made);
  if (!atomic_compare_exchange_strong(&histogram->places[number], &none, made)) {
    free(made);
    return none;
  }
  register_once(histogram);
  return made;
}

static size_t bucket_of(uint64_t value) {
  if (value <= 1) return 0;
  size_t bucket = 64 - (size_t)__builtin_clzll(value - 1);
  return bucket < BASE_HISTOGRAM_BUCKETS ? bucket : BASE_HISTOGRAM_BUCKETS - 1;
}

static void add(_Atomic uint64_t *to, uint64_t amount) {
  if (number == SHARED) {
    atomic_fetch_add_explicit(to, amount, memory_order_relaxed);
  } else {
    uint64_t before = atomic_load_explicit(to, memory_order_relaxed);
    atomic_store_explicit(to, before + amount, memory_order_relaxed);
  }
}

void base_histogram_add(base_histogram *histogram, uint64_t value) {
  if (number == NONE) number = take_number();
  base_histogram_place *place = atomic_load(&histogram->places[number]);
  if (place == NULL) place = make_place(histogram);
  add(&place->sum, value);
  add(&place->buckets[bucket_of(value)], 1);
}

/* --- reading ------------------------------------------------------------------------------------ */

uint64_t base_histogram_bound(size_t bucket) {
  return bucket + 1 < BASE_HISTOGRAM_BUCKETS ? (uint64_t)1 << bucket : UINT64_MAX;
}

base_histogram_sum base_histogram_read(const base_histogram *histogram) {
  base_histogram_sum sum = {.count = 0};
  for (size_t i = 0; i < BASE_HISTOGRAM_PLACES; i++) {
    const base_histogram_place *place = atomic_load(&histogram->places[i]);
    if (place == NULL) continue;
    sum.sum += atomic_load_explicit(&place->sum, memory_order_relaxed);
    for (size_t bucket = 0; bucket < BASE_HISTOGRAM_BUCKETS; bucket++) {
      uint64_t count = atomic_load_explicit(&place->buckets[bucket], memory_order_relaxed);
      sum.buckets[bucket] += count;
      sum.count += count;
    }
  }
  return sum;
}

void base_histogram_each(void (*visit)(const char *name, const base_histogram_sum *sum, void *self),
                         void *self) {
  base_histogram *histogram = atomic_load(&first_histogram);
  for (; histogram != NULL; histogram = histogram->next) {
    base_histogram_sum sum = base_histogram_read(histogram);
    visit(histogram->name, &sum, self);
  }
}
