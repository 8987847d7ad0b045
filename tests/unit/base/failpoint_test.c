/* failpoint: counts passes, fails once, kills; nothing of it in a build without HAOKE_FAILPOINTS. */
#include "base/failpoint.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static void note_pass(const char *name, void *self) {
  const char **last = self;
  *last = name;
}

static void watched_at_every_pass(void **state) {
  (void)state;
  const char *last = "";
  base_failpoint_watch(note_pass, &last);
  assert_false(base_failpoint("store.view.before_head"));
  assert_string_equal(last, "store.view.before_head");
  base_failpoint_watch(NULL, NULL);
  assert_false(base_failpoint("store.drain.before_commit"));
  assert_string_equal(last, "store.view.before_head");
}

static _Atomic bool passed;

static void *pass_once(void *self) {
  (void)self;
  (void)base_failpoint("store.rotate");
  atomic_store(&passed, true);
  return NULL;
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

/* One that passes is held until the file is gone; the next one finds nothing to be held by. */
static void holds_one_while_the_file_is_there(void **state) {
  char folder[] = "/tmp/haoke-hold-XXXXXX";
  char path[64], held[64];
  pthread_t thread;
  (void)state;
  assert_non_null(mkdtemp(folder));
  (void)snprintf(path, sizeof path, "%s/hold", folder);
  (void)snprintf(held, sizeof held, "%s.held", path);
  assert_int_equal(setenv("HAOKE_HOLD", path, 1), 0);
  base_failpoint_arm("store.rotate:1:hold");
  assert_false(base_failpoint("store.rotate")); /* no file: nobody is held */
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fclose(file), 0);
  atomic_store(&passed, false);
  assert_int_equal(pthread_create(&thread, NULL, pass_once, NULL), 0);
  while (access(held, F_OK) != 0) (void)usleep(1000);
  assert_false(base_failpoint("store.rotate"));
  assert_false(atomic_load(&passed));
  assert_int_equal(unlink(held), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_true(atomic_load(&passed));
  base_failpoint_arm(NULL);
  assert_int_equal(unsetenv("HAOKE_HOLD"), 0);
  assert_int_equal(rmdir(folder), 0);
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

static void arm_a_hold_without_a_file(void) {
  base_failpoint_arm("store.rotate:1:hold");
}

static void kills_at_its_count(void **state) {
  (void)state;
  int status = child_status(pass_twice);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void refuses_what_it_cannot_read(void **state) {
  (void)state;
  void (*const wrong[])(void) = {arm_without_count, arm_zero, arm_another_action,
                                 arm_a_hold_without_a_file};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    int status = child_status(wrong[i]);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fails_once_at_its_count),
      cmocka_unit_test(nothing_when_disarmed),
      cmocka_unit_test(holds_one_while_the_file_is_there),
      cmocka_unit_test(mutants_live_by_name),
      cmocka_unit_test(kills_at_its_count),
      cmocka_unit_test(pauses_at_its_count),
      cmocka_unit_test(refuses_what_it_cannot_read),
      cmocka_unit_test(watched_at_every_pass),
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
