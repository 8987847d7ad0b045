/* A plugin's own thread asks the server: not before an engine is attached, not after it is detached,
 * and every question is answered once. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "desk.h"

#define ANSWERS 60
#define WAIT_MAX_MS 20000

static const char *const paths[] = {TEST_PLUGINS "/thread.so", NULL};
static const base_slice nothing;

static int64_t heard(desk *self, const char *what) {
  return data_map_integer(desk_call(self, "thread.heard", nothing), what, -1);
}

/* Waits for the other thread, with a bound. */
static void wait_for(desk *self, const char *what, int64_t least) {
  const struct timespec pause = {.tv_nsec = 1000000};
  for (int waited = 0; heard(self, what) < least; waited++) {
    if (waited == WAIT_MAX_MS) fail_msg("%s never came to %lld", what, (long long)least);
    (void)nanosleep(&pause, NULL);
  }
}

static void a_thread_is_answered_while_an_engine_is_attached(void **state) {
  desk *self = *state;
  desk_start(self, nothing, paths);
  wait_for(self, "unavailable", 1);
  assert_int_equal(heard(self, "answers"), 0);
  loader_engine_attach(self->engine);
  wait_for(self, "answers", ANSWERS);
  wait_for(self, "refused", 1);
  assert_int_equal(heard(self, "told"), 1);
  loader_engine_detach();
  int64_t before = heard(self, "unavailable");
  wait_for(self, "unavailable", before + 1);
  int64_t sent = heard(self, "sent");
  wait_for(self, "answers", sent - 1); /* the one that was refused */
  assert_int_equal(heard(self, "answers"), sent - 1);
  assert_int_equal(heard(self, "sent"), sent);
}

static _Atomic bool released;

/* A while later, so that a detach that did not wait would be long back. */
static void *release(void *self) {
  const struct timespec while_later = {.tv_nsec = 50000000};
  (void)nanosleep(&while_later, NULL);
  atomic_store(&released, true);
  (void)desk_call(self, "thread.release", nothing);
  return NULL;
}

static void detach_waits_for_those_inside(void **state) {
  desk *self = *state;
  pthread_t other;
  desk_start(self, nothing, paths);
  loader_engine_attach(self->engine);
  (void)desk_call(self, "thread.hold", nothing);
  wait_for(self, "held", 1);
  assert_int_equal(pthread_create(&other, NULL, release, self), 0);
  loader_engine_detach();
  assert_true(atomic_load(&released));
  (void)pthread_join(other, NULL);
}

/* Engines come and go under a busy thread: no call may reach one that was freed. */
static void engines_come_and_go(void **state) {
  desk *self = *state;
  for (int round = 0; round < 20; round++) {
    desk_start(self, nothing, paths);
    loader_engine_attach(self->engine);
    wait_for(self, "answers", 1 + round % 3);
    loader_engine_detach();
    desk_stop(self);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, desk_begin, desk_end)
  const struct CMUnitTest tests[] = {
      TEST(a_thread_is_answered_while_an_engine_is_attached),
      TEST(detach_waits_for_those_inside),
      TEST(engines_come_and_go),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
