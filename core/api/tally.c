/* tally: a map by name that only grows. See tally.h.
 * Memory:  the map copies the names.  Threads: a mutex guards the map.  Fails: never. */
#include "api/tally.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/metric.h"

BASE_METRIC(errors_total, "api_errors_total");

#define NANOSECONDS_PER_US ((uint64_t)1000)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static base_map *tallies;
static size_t count;
static api_tally others;
static _Atomic uint64_t errors[BASE_INTERNAL + 1];

static api_tally *make_tally(const char *op) {
  if (count == API_TALLIES) return &others;
  api_tally *made = base_alloc(sizeof *made);
  memset(made, 0, sizeof *made);
  (void)base_map_put(tallies, base_slice_text(op), made);
  count++;
  return made;
}

api_tally *api_tally_of(const char *op) {
  (void)pthread_mutex_lock(&mutex);
  if (tallies == NULL) tallies = base_map_new();
  api_tally *tally = base_map_get(tallies, base_slice_text(op));
  if (tally == NULL) tally = make_tally(op);
  (void)pthread_mutex_unlock(&mutex);
  return tally;
}

void api_tally_add(api_tally *tally, uint64_t nanoseconds, base_code code) {
  base_histogram_add(&tally->us, nanoseconds / NANOSECONDS_PER_US);
  if (code == BASE_OK) return;
  base_metric_add(&errors_total, 1);
  atomic_fetch_add_explicit(&tally->errors, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&errors[code], 1, memory_order_relaxed);
}

uint64_t api_tally_errors(base_code code) {
  return atomic_load_explicit(&errors[code], memory_order_relaxed);
}
