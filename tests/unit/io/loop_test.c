/* loop: posts, timers, signals, ends. */
#include "io/loop.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static io_loop *loop;

static int make_loop(void **state) {
  (void)state;
  base_error error = {.language = BASE_ZH};
  return io_loop_new(&loop, &error) == BASE_OK ? 0 : -1;
}

static int free_loop(void **state) {
  (void)state;
  io_loop_free(loop);
  return 0;
}

static void stop_loop(void *self) {
  (void)self;
  io_loop_stop(loop);
}

typedef struct letter {
  io_message message;
  int sender;
  int number;
} letter;

#define SENDERS 3
#define LETTERS 2000

static letter letters[SENDERS][LETTERS];
static int next_number[SENDERS];
static int arrived;

static void check_order(io_message *message) {
  letter *received = (letter *)message;
  assert_int_equal(received->number, next_number[received->sender]);
  next_number[received->sender]++;
  if (++arrived == SENDERS * LETTERS) io_loop_stop(loop);
}

static void *send_letters(void *self) {
  letter *own = self;
  for (int i = 0; i < LETTERS; i++) io_loop_post(loop, &own[i].message);
  return NULL;
}

static void posts_of_one_thread_keep_their_order(void **state) {
  (void)state;
  pthread_t senders[SENDERS];
  for (int s = 0; s < SENDERS; s++) {
    for (int i = 0; i < LETTERS; i++) {
      letters[s][i] = (letter){.message.run = check_order, .sender = s, .number = i};
    }
    assert_int_equal(pthread_create(&senders[s], NULL, send_letters, letters[s]), 0);
  }
  io_loop_run(loop);
  for (int s = 0; s < SENDERS; s++) assert_int_equal(pthread_join(senders[s], NULL), 0);
  assert_int_equal(arrived, SENDERS * LETTERS);
}

static int reposts;
static bool enough;

static void post_again(io_message *message) {
  reposts++;
  if (!enough) io_loop_post(loop, message);
}

static void a_message_that_posts_itself_starves_nobody(void **state) {
  (void)state;
  io_message endless = {.run = post_again};
  io_timer *timer = io_timer_new(loop, stop_loop, NULL);
  io_timer_start(timer, 5, 0);
  io_loop_post(loop, &endless);
  io_loop_run(loop);
  assert_true(reposts > 1);
  io_timer_free(timer);
  enough = true;
  io_loop_stop(loop);
  io_loop_run(loop);
}

static void stop_by_message(io_message *message) {
  (void)message;
  io_loop_stop(loop);
}

static int runs;

static void count_run(io_message *message) {
  (void)message;
  runs++;
}

static void what_was_posted_before_the_stop_has_run(void **state) {
  (void)state;
  io_message posted = {.run = count_run};
  runs = 0;
  io_loop_post(loop, &posted);
  io_loop_stop(loop);
  io_loop_run(loop);
  assert_int_equal(runs, 1);
  io_message stop = {.run = stop_by_message};
  io_loop_post(loop, &stop);
  io_loop_run(loop); /* the first stop is used up */
}

static void freeing_runs_what_was_posted(void **state) {
  (void)state;
  io_message posted = {.run = count_run};
  runs = 0;
  assert_int_equal(make_loop(NULL), 0);
  io_loop_post(loop, &posted);
  io_loop_free(loop);
  assert_int_equal(runs, 1);
}

typedef struct bell {
  io_timer *timer;
  uint64_t start;
  uint64_t last;
  int rings;
  int stop_at;
} bell;

static void ring(void *self) {
  bell *rung = self;
  rung->last = base_clock_monotonic();
  if (++rung->rings < rung->stop_at) return;
  io_timer_stop(rung->timer);
  io_loop_stop(loop);
}

static void a_timer_waits_its_time(void **state) {
  (void)state;
  bell once = {.stop_at = 1};
  once.timer = io_timer_new(loop, ring, &once);
  uint64_t busy = base_clock_monotonic();
  while (base_clock_monotonic() - busy < 30000000) continue; /* the loop's own time is now stale */
  once.start = base_clock_monotonic();
  io_timer_start(once.timer, 20, 0);
  io_loop_run(loop);
  assert_int_equal(once.rings, 1);
  assert_true(once.last - once.start >= 18000000); /* libuv counts whole milliseconds */
  io_timer_free(once.timer);
}

static void a_timer_repeats_until_it_is_stopped(void **state) {
  (void)state;
  bell often = {.stop_at = 3};
  often.timer = io_timer_new(loop, ring, &often);
  io_timer_start(often.timer, 1, 2);
  io_loop_run(loop);
  assert_int_equal(often.rings, 3);
  io_timer *end = io_timer_new(loop, stop_loop, NULL);
  io_timer_start(end, 20, 0);
  io_loop_run(loop);
  assert_int_equal(often.rings, 3);
  io_timer_free(end);
  io_timer_free(often.timer);
}

static void ring_and_free(void *self) {
  io_timer_free(*(io_timer **)self);
  io_loop_stop(loop);
}

static void a_timer_may_be_freed_in_its_own_run(void **state) {
  (void)state;
  io_timer *timer = NULL;
  timer = io_timer_new(loop, ring_and_free, (void *)&timer);
  io_timer_start(timer, 0, 1);
  io_loop_run(loop);
}

static void freeing_the_loop_frees_timers(void **state) {
  (void)state;
  bell never = {.stop_at = 1};
  assert_int_equal(make_loop(NULL), 0);
  never.timer = io_timer_new(loop, ring, &never);
  io_timer_start(never.timer, 0, 1);
  io_loop_free(loop); /* the leak check finds what stays */
  assert_int_equal(never.rings, 0);
}

static void note_signal(int number, void *self) {
  *(int *)self = number;
  io_loop_stop(loop);
}

static void signals_arrive_on_the_loop(void **state) {
  (void)state;
  int seen = 0;
  base_error error = {.language = BASE_ZH};
  assert_int_equal(io_loop_on_signal(loop, SIGUSR1, note_signal, &seen, &error), BASE_OK);
  assert_int_equal(kill(getpid(), SIGUSR1), 0);
  io_loop_run(loop);
  assert_int_equal(seen, SIGUSR1);
}

static void a_signal_that_cannot_be_caught_is_refused(void **state) {
  (void)state;
  int seen = 0;
  base_error error = {.language = BASE_EN};
  assert_int_equal(io_loop_on_signal(loop, SIGKILL, note_signal, &seen, &error), BASE_UNAVAILABLE);
  assert_non_null(strstr(error.message, "signal 9"));
}

static void a_broken_pipe_does_not_end_the_process(void **state) {
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(close(ends[0]), 0);
  assert_int_equal(write(ends[1], "x", 1), -1);
  assert_int_equal(close(ends[1]), 0);
}

static void without_descriptors_there_is_no_loop(void **state) {
  (void)state;
  struct rlimit before;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  struct rlimit none = {.rlim_cur = 3, .rlim_max = before.rlim_max};
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
  io_loop *refused = NULL;
  base_error error = {.language = BASE_EN};
  base_code code = io_loop_new(&refused, &error);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  assert_int_equal(code, BASE_UNAVAILABLE);
  assert_null(refused);
  assert_non_null(strstr(error.message, "too many open files"));
}

/* A message of a turn, and the turns that ended before it ran. */
typedef struct turn_message {
  io_message message;
  int ended;
} turn_message;

static int turns_ended;

static void count_turn(void *self) {
  assert_ptr_equal(self, &turns_ended);
  turns_ended++;
}

static void note_turns(io_message *message) {
  ((turn_message *)message)->ended = turns_ended;
}

static void note_turns_and_stop(io_message *message) {
  note_turns(message);
  io_loop_on_turn(loop, NULL, NULL);
  io_loop_stop(loop);
}

static void note_turns_and_post(io_message *message) {
  static turn_message later = {.message.run = note_turns_and_stop};
  note_turns(message);
  io_loop_post(loop, &later.message);
}

static void the_end_of_each_turn_is_told(void **state) {
  (void)state;
  static turn_message first = {.message.run = note_turns};
  static turn_message second = {.message.run = note_turns_and_post};
  turns_ended = 0;
  io_loop_on_turn(loop, count_turn, &turns_ended);
  io_loop_post(loop, &first.message);
  io_loop_post(loop, &second.message);
  io_loop_run(loop);
  assert_int_equal(first.ended, second.ended); /* the same turn */
  assert_true(turns_ended > second.ended);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, make_loop, free_loop)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_LOOP(posts_of_one_thread_keep_their_order),
      WITH_LOOP(a_message_that_posts_itself_starves_nobody),
      WITH_LOOP(what_was_posted_before_the_stop_has_run),
      cmocka_unit_test(freeing_runs_what_was_posted),
      WITH_LOOP(the_end_of_each_turn_is_told),
      WITH_LOOP(a_timer_waits_its_time),
      WITH_LOOP(a_timer_repeats_until_it_is_stopped),
      WITH_LOOP(a_timer_may_be_freed_in_its_own_run),
      cmocka_unit_test(freeing_the_loop_frees_timers),
      WITH_LOOP(signals_arrive_on_the_loop),
      WITH_LOOP(a_signal_that_cannot_be_caught_is_refused),
      WITH_LOOP(a_broken_pipe_does_not_end_the_process),
      WITH_LOOP(without_descriptors_there_is_no_loop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
