/* histogram: buckets, sums over threads, places that are taken over and shared. */
#include "base/histogram.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

BASE_HISTOGRAM(commits, "api_commit_us");
BASE_HISTOGRAM(unused, "api_unused_us");

static void values_fall_into_their_buckets(void **state) {
  static base_histogram local;
  (void)state;
  const struct {
    uint64_t value;
    size_t bucket;
  } cases[] = {{0, 0},          {1, 0},     {2, 1},     {3, 2},         {4, 2},
               {5, 3},          {1024, 10}, {1025, 11}, {1u << 24, 24}, {(1u << 24) + 1, 25},
               {UINT64_MAX, 25}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint64_t before = base_histogram_read(&local).buckets[cases[i].bucket];
    base_histogram_add(&local, cases[i].value);
    base_histogram_sum sum = base_histogram_read(&local);
    assert_int_equal(sum.buckets[cases[i].bucket], before + 1);
    assert_int_equal(sum.count, i + 1);
    assert_true(cases[i].value <= base_histogram_bound(cases[i].bucket));
    if (cases[i].bucket > 0) {
      assert_true(cases[i].value > base_histogram_bound(cases[i].bucket - 1));
    }
  }
}

#define THREADS 40 /* more than there are places */
#define ROUNDS 2000

static pthread_barrier_t start;

static void *count_up(void *self) {
  (void)self;
  (void)pthread_barrier_wait(&start); /* all of them hold a number at the same time */
  for (uint64_t i = 0; i < ROUNDS; i++) base_histogram_add(&commits, i % 4);
  (void)pthread_barrier_wait(&start);
  return NULL;
}

static void run_threads(void) {
  pthread_t threads[THREADS];
  assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
  for (size_t i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
  }
  for (size_t i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  assert_int_equal(pthread_barrier_destroy(&start), 0);
}

static size_t places_of(base_histogram *histogram) {
  size_t count = 0;
  for (size_t i = 0; i < BASE_HISTOGRAM_PLACES; i++) count += histogram->places[i] != NULL;
  return count;
}

static void nothing_is_lost_and_places_are_taken_over(void **state) {
  (void)state;
  for (uint64_t round = 1; round <= 3; round++) {
    run_threads();
    base_histogram_sum sum = base_histogram_read(&commits);
    assert_int_equal(sum.count, round * THREADS * ROUNDS);
    assert_int_equal(sum.sum, round * THREADS * ROUNDS * 3 / 2);
    assert_int_equal(sum.buckets[0], round * THREADS * ROUNDS / 2);
    assert_true(places_of(&commits) <= BASE_HISTOGRAM_PLACES);
  }
}

typedef struct sighting {
  const char *name;
  size_t count;
} sighting;

static void look_for(const char *name, const base_histogram_sum *sum, void *self) {
  sighting *seen = self;
  if (strcmp(name, seen->name) == 0) seen->count += sum->count > 0;
}

static void named_histograms_with_values_are_listed_once(void **state) {
  (void)state;
  sighting seen = {.name = "api_unused_us"};
  base_histogram_each(look_for, &seen);
  assert_int_equal(seen.count, 0);
  base_histogram_add(&unused, 7);
  base_histogram_add(&unused, 9);
  base_histogram_each(look_for, &seen);
  assert_int_equal(seen.count, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_fall_into_their_buckets),
      cmocka_unit_test(nothing_is_lost_and_places_are_taken_over),
      cmocka_unit_test(named_histograms_with_values_are_listed_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
