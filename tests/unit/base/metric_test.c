/* metric: sums from several threads, each metric listed once. */
#include "base/metric.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

BASE_METRIC(requests, "rpc_requests_total");
BASE_METRIC(open_streams, "io_streams_open");
BASE_METRIC(unused, "rpc_unused_total");

typedef struct sighting {
  const char *name;
  int count;
  int64_t value;
} sighting;

static void look_for(const char *name, int64_t value, void *self) {
  sighting *seen = self;
  if (strcmp(name, seen->name) != 0) return;
  seen->count++;
  seen->value = value;
}

static sighting sight(const base_metric *metric) {
  sighting seen = {.name = metric->name};
  base_metric_each(look_for, &seen);
  return seen;
}

#define ROUNDS 5000

static pthread_barrier_t start;

static void *count_up(void *self) {
  (void)self;
  (void)pthread_barrier_wait(&start); /* so that the threads register at the same time */
  for (int i = 0; i < ROUNDS; i++) {
    base_metric_add(&requests, 2);
    base_metric_add(&open_streams, i % 2 == 0 ? 1 : -1);
  }
  return NULL;
}

static void threads_add_up_and_register_once(void **state) {
  (void)state;
  pthread_t threads[4];
  assert_int_equal(pthread_barrier_init(&start, NULL, 4), 0);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
  for (size_t i = 0; i < 4; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  assert_int_equal(pthread_barrier_destroy(&start), 0);
  sighting seen = sight(&requests);
  assert_int_equal(seen.count, 1);
  assert_int_equal(seen.value, 4 * 2 * ROUNDS);
  assert_int_equal(sight(&open_streams).value, 0);
  assert_int_equal(sight(&open_streams).count, 1);
}

static void metrics_never_added_to_are_not_listed(void **state) {
  (void)state;
  assert_int_equal(sight(&unused).count, 0);
  base_metric_add(&unused, 0);
  assert_int_equal(sight(&unused).count, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(threads_add_up_and_register_once),
      cmocka_unit_test(metrics_never_added_to_are_not_listed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
