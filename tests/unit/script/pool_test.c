/* pool: many threads call one package; each call has a state of its own, and states are used again.
 */
#include <pthread.h>

#include "probe.h"

#define THREADS 6
#define CALLS 300

typedef struct worker {
  pthread_t thread;
  const api_package *package;
  const data_zone *zone;
  int64_t answered;
} worker;

static base_code call_once(const worker *self, base_arena *arena, int64_t number) {
  base_error error = {.language = BASE_EN};
  crm_ctx ctx = {.arena = arena, .error = &error, .zone = self->zone, .instructions = 100000};
  base_buffer params = {0};
  base_buffer result = {0};
  data_append_map(&params, 1);
  data_append_pair_integer(&params, "n", number);
  const api_op *op = self->package->ops;
  base_code code = op->run(&ctx, base_buffer_slice(&params), &result, op->self);
  bool right = code == BASE_OK &&
               data_map_integer(base_buffer_slice(&result), "n", 0) == number * (number + 1) / 2;
  base_buffer_fini(&params);
  base_buffer_fini(&result);
  return right ? BASE_OK : code == BASE_OK ? BASE_INTERNAL : code;
}

/* Every tenth call raises, so that states are thrown away and made under way. */
static void *work(void *self) {
  worker *one = self;
  base_arena *arena = base_arena_new();
  for (int64_t i = 1; i <= CALLS; i++) {
    base_code wanted = i % 10 == 0 ? BASE_SCRIPT_ERROR : BASE_OK;
    if (call_once(one, arena, i % 10 == 0 ? -1 : i) == wanted) one->answered++;
    base_arena_reset(arena);
  }
  base_arena_free(arena);
  return NULL;
}

static void threads_do_not_meet(void **state) {
  probe *in = *state;
  worker workers[THREADS];
  assert_int_equal(probe_load_body(in, false,
                                   "if params.n < 0 then error('wrong') end local sum = 0 for i = "
                                   "1, params.n do sum = sum + i end return {n = sum}"),
                   BASE_OK);
  for (size_t i = 0; i < THREADS; i++) {
    workers[i] = (worker){.package = in->package, .zone = in->ctx.zone};
    assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
  }
  for (size_t i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    assert_int_equal(workers[i].answered, CALLS);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {PROBE_TEST(threads_do_not_meet)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
