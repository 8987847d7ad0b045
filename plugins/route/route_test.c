/* Tours against published optima, against exact ones of few nodes, and at their edges; distances against
 * known ones. The op itself is tested over the socket, tests/functional/test_route.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "distance.h"
#include "tour.h"

#define NODES_MAX 200
#define EXACT_MAX 11
#define KICKS 50 /* for each node, the package's default */

static distance_point points[NODES_MAX];
static int32_t matrix[NODES_MAX * NODES_MAX];
static uint32_t order[NODES_MAX];

static uint32_t next_random(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 8;
}

/* Solves, and looks whether the answer is a tour of that length. */
static int64_t solve(uint32_t count, uint32_t kicks) {
  bool seen[NODES_MAX] = {false};
  tour_problem problem = {.distances = matrix, .count = count, .kicks = kicks};
  void *memory = malloc(tour_size(count) + 1);
  int64_t length = tour_solve(&problem, memory, order);
  free(memory);
  for (uint32_t i = 0; i < count; i++) {
    assert_true(order[i] < count);
    assert_false(seen[order[i]]);
    seen[order[i]] = true;
  }
  assert_int_equal(length, tour_length(&problem, order));
  return length;
}

static void fill_random(uint32_t count, uint32_t width, uint32_t *seed) {
  for (uint32_t i = 0; i < count; i++) {
    points[i] = (distance_point){next_random(seed) % width, next_random(seed) % width};
  }
  distance_fill(distance_euclidean, points, count, matrix);
}

/* --- published optima -------------------------------------------------------------------------- */

static uint32_t read_tsplib(const char *name) {
  char path[512];
  char line[128];
  uint32_t count = 0;
  (void)snprintf(path, sizeof path, ROUTE_TSPLIB "/%s.tsp", name);
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  while (fgets(line, sizeof line, file) != NULL && count < NODES_MAX) {
    unsigned number;
    distance_point *to = &points[count];
    if (sscanf(line, "%u %lf %lf", &number, &to->a, &to->b) == 3) count++;
  }
  (void)fclose(file);
  distance_fill(distance_euclidean, points, count, matrix);
  return count;
}

#ifdef __SANITIZE_THREAD__ /* which makes it more than ten times slower */
#define SECONDS 30
#else
#define SECONDS 1
#endif

/* SEG-06: at most 5 % above the shortest tour there is, in less than a second. */
static void assert_near_optimum(const char *name, int64_t optimum) {
  assert_int_equal(read_tsplib(name), 200);
  clock_t begin = clock();
  int64_t length = solve(200, KICKS * 200);
  double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
  assert_true(length >= optimum);
  assert_true(length * 100 <= optimum * 105);
  assert_true(seconds < SECONDS);
  assert_true(solve(200, 0) * 100 <= optimum * 110); /* without a kick it is a good tour already */
}

static void two_hundred_cities_a(void **state) {
  (void)state;
  assert_near_optimum("kroA200", 29368);
}

static void two_hundred_cities_b(void **state) {
  (void)state;
  assert_near_optimum("kroB200", 29437);
}

/* --- exact tours ------------------------------------------------------------------------------- */

/* Held and Karp: the shortest way from node 0 through each set of nodes to each of them. */
static int64_t shortest(uint32_t count) {
  static int64_t way[1 << (EXACT_MAX - 1)][EXACT_MAX];
  uint32_t sets = 1u << (count - 1);
  if (count == 1) return 0;
  for (uint32_t set = 1; set < sets; set++) {
    for (uint32_t last = 1; last < count; last++) {
      uint32_t before = set & ~(1u << (last - 1));
      if (before == set) continue;
      int64_t best = before == 0 ? matrix[last] : INT64_MAX;
      for (uint32_t node = 1; node < count && before != 0; node++) {
        if (!(before & (1u << (node - 1)))) continue;
        int64_t length = way[before][node] + matrix[node * count + last];
        if (length < best) best = length;
      }
      way[set][last] = best;
    }
  }
  int64_t best = INT64_MAX;
  for (uint32_t last = 1; last < count; last++) {
    int64_t length = way[sets - 1][last] + matrix[last];
    if (length < best) best = length;
  }
  return best;
}

static void few_nodes_are_solved_exactly(void **state) {
  (void)state;
  uint32_t seed = 20260307;
  for (uint32_t count = 1; count <= EXACT_MAX; count++) {
    for (int round = 0; round < 20; round++) {
      fill_random(count, 1000, &seed);
      assert_int_equal(solve(count, KICKS * count), shortest(count));
    }
  }
}

/* Distances that are none: what the moves do to the length has to be right whatever they are. */
static void any_matrix_will_do(void **state) {
  (void)state;
  uint32_t seed = 7;
  for (uint32_t count = 8; count <= 40; count++) {
    for (uint32_t i = 0; i < count * count; i++) matrix[i] = 0;
    for (uint32_t i = 0; i < count; i++) {
      for (uint32_t j = 0; j < i; j++) {
        int32_t far = next_random(&seed) % 9 == 0 ? TOUR_FAR : (int32_t)(next_random(&seed) % 50);
        matrix[i * count + j] = matrix[j * count + i] = far;
      }
    }
    int64_t length = solve(count, 20 * count);
    if (count <= EXACT_MAX) assert_true(length >= shortest(count));
  }
}

/* --- edges ------------------------------------------------------------------------------------- */

static void all_stops_at_one_place(void **state) {
  (void)state;
  memset(matrix, 0, sizeof matrix);
  for (uint32_t count = 1; count <= NODES_MAX; count += 13) {
    assert_int_equal(solve(count, 10 * count), 0);
  }
}

static void a_line_is_walked_there_and_back(void **state) {
  (void)state;
  for (uint32_t i = 0; i < 60; i++) points[i] = (distance_point){(i * 37) % 60, 0};
  distance_fill(distance_euclidean, points, 60, matrix);
  assert_int_equal(solve(60, KICKS * 60), 2 * 59);
}

static void the_same_stops_give_the_same_tour(void **state) {
  (void)state;
  uint32_t first[NODES_MAX];
  uint32_t seed = 99;
  fill_random(120, 100000, &seed);
  int64_t length = solve(120, 1000);
  memcpy(first, order, sizeof first);
  assert_int_equal(solve(120, 1000), length);
  assert_memory_equal(first, order, 120 * sizeof *first);
}

static void kicks_make_it_no_longer(void **state) {
  (void)state;
  uint32_t seed = 3;
  fill_random(150, 100000, &seed);
  int64_t before = solve(150, 0);
  for (uint32_t kicks = 1; kicks <= 4096; kicks *= 8) {
    int64_t length = solve(150, kicks);
    assert_true(length <= before);
    before = length;
  }
}

/* --- distances --------------------------------------------------------------------------------- */

static void degrees_are_metres(void **state) {
  (void)state;
  const distance_point origin = {0, 0};
  assert_int_equal(distance_haversine(origin, (distance_point){0, 1}), 111195);
  assert_int_equal(distance_haversine(origin, (distance_point){90, 0}), 10007557);
  assert_int_equal(distance_haversine(origin, (distance_point){0, 180}), 20015114);
  assert_int_equal(distance_haversine((distance_point){90, 0}, (distance_point){90, 117}), 0);
  assert_int_equal(distance_haversine((distance_point){0, 179.5}, (distance_point){0, -179.5}),
                   111195);
}

/* 济南 to 青岛, and two doors of one street. */
static void ways_in_shandong(void **state) {
  (void)state;
  const distance_point jinan = {36.6512, 117.1201};
  const distance_point qingdao = {36.0671, 120.3826};
  int32_t far = distance_haversine(jinan, qingdao);
  assert_in_range(far, 299000, 300500);
  assert_int_equal(distance_haversine(qingdao, jinan), far);
  assert_int_equal(distance_haversine(jinan, jinan), 0);
  assert_int_equal(distance_haversine(jinan, (distance_point){36.6513, 117.1201}), 11);
}

static void tsplib_rounds_halves_up(void **state) {
  (void)state;
  const distance_point origin = {0, 0};
  assert_int_equal(distance_euclidean(origin, (distance_point){3, 4}), 5);
  assert_int_equal(distance_euclidean(origin, (distance_point){2.5, 0}), 3);
  assert_int_equal(distance_euclidean(origin, (distance_point){0, 2.4}), 2);
  assert_int_equal(distance_euclidean((distance_point){1357, 1905}, (distance_point){2650, 802}),
                   1700);
  const distance_point corner = {DISTANCE_PLANE_MAX, DISTANCE_PLANE_MAX};
  const distance_point opposite = {-DISTANCE_PLANE_MAX, -DISTANCE_PLANE_MAX};
  assert_true(distance_euclidean(corner, opposite) < TOUR_FAR);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_hundred_cities_a),
      cmocka_unit_test(two_hundred_cities_b),
      cmocka_unit_test(few_nodes_are_solved_exactly),
      cmocka_unit_test(any_matrix_will_do),
      cmocka_unit_test(all_stops_at_one_place),
      cmocka_unit_test(a_line_is_walked_there_and_back),
      cmocka_unit_test(the_same_stops_give_the_same_tour),
      cmocka_unit_test(kicks_make_it_no_longer),
      cmocka_unit_test(degrees_are_metres),
      cmocka_unit_test(ways_in_shandong),
      cmocka_unit_test(tsplib_rounds_halves_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
