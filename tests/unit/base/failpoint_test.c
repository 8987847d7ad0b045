/* failpoint: counts passes, fails once, kills; nothing of it in a build without HAOKE_FAILPOINTS. */
#include "base/failpoint.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#ifdef HAOKE_FAILPOINTS

static void fails_once_at_its_count(void **state) {
  (void)state;
  base_failpoint_arm("store.journal.before_write:3:error");
  assert_false(base_failpoint("store.journal.before_write"));
  assert_false(base_failpoint("store.journal.before_sync"));
  assert_false(base_failpoint("store.journal.before_write"));
  assert_true(base_failpoint("store.journal.before_write"));
  assert_false(base_failpoint("store.journal.before_write"));
  base_failpoint_arm(NULL);
}

static void nothing_when_disarmed(void **state) {
  (void)state;
  base_failpoint_arm("store.drain:1:error");
  base_failpoint_arm(NULL);
  assert_false(base_failpoint("store.drain"));
}

static void mutants_live_by_name(void **state) {
  (void)state;
  assert_false(base_mutant("store.ack_before_sync"));
  base_mutant_arm("store.ack_before_sync");
  assert_true(base_mutant("store.ack_before_sync"));
  assert_false(base_mutant("store.ack"));
  base_mutant_arm(NULL);
  assert_false(base_mutant("store.ack_before_sync"));
}

static int64_t milliseconds_of_a_pass(void) {
  struct timespec before, after;
  (void)clock_gettime(CLOCK_MONOTONIC, &before);
  assert_false(base_failpoint("store.rotate"));
  (void)clock_gettime(CLOCK_MONOTONIC, &after);
  return (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
}

static void pauses_at_its_count(void **state) {
  (void)state;
  base_failpoint_arm("store.rotate:2:pause");
  assert_false(base_failpoint("store.rotate"));
  assert_true(milliseconds_of_a_pass() >= BASE_FAILPOINT_PAUSE_MS - 1);
  assert_false(base_failpoint("store.rotate"));
  assert_true(milliseconds_of_a_pass() >= BASE_FAILPOINT_PAUSE_MS - 1);
  base_failpoint_arm(NULL);
}

/* How a child ends that runs `body`: its wait status. */
static int child_status(void (*body)(void)) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    body();
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void pass_twice(void) {
  base_failpoint_arm("store.rotate:2");
  (void)base_failpoint("store.rotate");
  (void)base_failpoint("store.rotate");
}

static void arm_without_count(void) {
  base_failpoint_arm("store.rotate");
}

static void arm_zero(void) {
  base_failpoint_arm("store.rotate:0");
}

static void arm_another_action(void) {
  base_failpoint_arm("store.rotate:1:sleep");
}

static void kills_at_its_count(void **state) {
  (void)state;
  int status = child_status(pass_twice);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void refuses_what_it_cannot_read(void **state) {
  (void)state;
  void (*const wrong[])(void) = {arm_without_count, arm_zero, arm_another_action};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    int status = child_status(wrong[i]);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fails_once_at_its_count), cmocka_unit_test(nothing_when_disarmed),
      cmocka_unit_test(mutants_live_by_name),    cmocka_unit_test(kills_at_its_count),
      cmocka_unit_test(pauses_at_its_count),     cmocka_unit_test(refuses_what_it_cannot_read),
  };
  return cmocka_run_group_tests_name("failpoint", tests, NULL, NULL);
}

#else

static void constant_false(void **state) {
  (void)state;
  assert_int_equal(setenv("HAOKE_FAILPOINT", "store.rotate:1", 1), 0);
  assert_int_equal(setenv("HAOKE_MUTANT", "store.ack_before_sync", 1), 0);
  assert_false(base_failpoint("store.rotate"));
  assert_false(base_mutant("store.ack_before_sync"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(constant_false)};
  return cmocka_run_group_tests_name("failpoint", tests, NULL, NULL);
}

#endif
