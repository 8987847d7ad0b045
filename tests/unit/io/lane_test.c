/* lane: order, bounds, shared mailboxes, wakes, waits, draining. */
#include "io/lane.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

typedef struct letter {
  io_message message;
  int number;
} letter;

/* A gate that threads wait at and that the test opens. */
typedef struct gate {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int arrived;
  bool open;
} gate;

#define GATE                                                                                       \
  { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, false }

static void gate_arrive(gate *at, bool stay) {
  assert_int_equal(pthread_mutex_lock(&at->mutex), 0);
  at->arrived++;
  (void)pthread_cond_broadcast(&at->changed);
  while (stay && !at->open) (void)pthread_cond_wait(&at->changed, &at->mutex);
  (void)pthread_mutex_unlock(&at->mutex);
}

static void gate_await(gate *at, int count) {
  (void)pthread_mutex_lock(&at->mutex);
  while (at->arrived < count) (void)pthread_cond_wait(&at->changed, &at->mutex);
  (void)pthread_mutex_unlock(&at->mutex);
}

static void gate_open(gate *at) {
  (void)pthread_mutex_lock(&at->mutex);
  at->open = true;
  (void)pthread_cond_broadcast(&at->changed);
  (void)pthread_mutex_unlock(&at->mutex);
}

static io_lane *make_lane(const io_lane_options *options) {
  io_lane *lane = NULL;
  base_error error = {.language = BASE_ZH};
  assert_int_equal(io_lane_new(options, &lane, &error), BASE_OK);
  return lane;
}

/* What the serve functions below write down. */
typedef struct record {
  gate calls;
  gate hold;
  int numbers[64];
  int batches[64];
  int count;
  int empty_calls;
} record;

static int64_t write_down(io_message *first, unsigned thread, void *self) {
  record *seen = self;
  assert_int_equal(thread, 0);
  int batch = 0;
  for (io_message *each = first; each != NULL; each = each->next, batch++) {
    seen->numbers[seen->count + batch] = ((letter *)each)->number;
  }
  for (int i = 0; i < batch; i++) seen->batches[seen->count + i] = batch;
  seen->count += batch;
  if (batch == 0) seen->empty_calls++;
  gate_arrive(&seen->hold, true);
  gate_arrive(&seen->calls, false);
  return IO_LANE_FOREVER;
}

static void messages_come_oldest_first(void **state) {
  (void)state;
  record seen = {.calls = GATE, .hold = GATE};
  letter letters[10];
  io_lane *lane = make_lane(
      &(io_lane_options){.name = "writer", .threads = 1, .serve = write_down, .self = &seen});
  for (int i = 0; i < 10; i++) {
    letters[i].number = i;
    assert_true(io_lane_post(lane, &letters[i].message));
    if (i == 0) gate_await(&seen.hold, 1); /* the others wait together */
  }
  assert_int_equal(io_lane_waiting(lane), 9);
  gate_open(&seen.hold);
  io_lane_stop(lane);
  assert_int_equal(seen.count, 10);
  for (int i = 0; i < 10; i++) assert_int_equal(seen.numbers[i], i);
  assert_int_equal(seen.batches[0], 1);
  for (int i = 1; i < 10; i++) assert_int_equal(seen.batches[i], 9);
  assert_int_equal(seen.empty_calls, 0);
}

static void a_batch_is_no_larger_than_asked(void **state) {
  (void)state;
  record seen = {.calls = GATE, .hold = GATE};
  letter letters[8];
  io_lane *lane = make_lane(&(io_lane_options){
      .name = "reader", .threads = 1, .batch = 3, .serve = write_down, .self = &seen});
  for (int i = 0; i < 8; i++) {
    letters[i].number = i;
    assert_true(io_lane_post(lane, &letters[i].message));
    if (i == 0) gate_await(&seen.hold, 1);
  }
  gate_open(&seen.hold);
  io_lane_stop(lane);
  const int batches[] = {1, 3, 3, 3, 3, 3, 3, 1};
  for (int i = 0; i < 8; i++) {
    assert_int_equal(seen.numbers[i], i);
    assert_int_equal(seen.batches[i], batches[i]);
  }
}

static void a_full_lane_takes_nothing(void **state) {
  (void)state;
  record seen = {.calls = GATE, .hold = GATE};
  letter letters[4] = {{.number = 0}, {.number = 1}, {.number = 2}, {.number = 3}};
  io_lane *lane = make_lane(&(io_lane_options){
      .name = "prepare", .threads = 1, .capacity = 2, .serve = write_down, .self = &seen});
  assert_true(io_lane_post(lane, &letters[0].message));
  gate_await(&seen.hold, 1);
  assert_true(io_lane_post(lane, &letters[1].message));
  assert_true(io_lane_post(lane, &letters[2].message));
  assert_false(io_lane_post(lane, &letters[3].message));
  assert_int_equal(io_lane_waiting(lane), 2);
  gate_open(&seen.hold);
  io_lane_stop(lane);
  assert_int_equal(seen.count, 3);
}

static void a_wake_calls_serve_without_a_message(void **state) {
  (void)state;
  record seen = {.calls = GATE, .hold = GATE};
  gate_open(&seen.hold);
  io_lane *lane = make_lane(
      &(io_lane_options){.name = "drain", .threads = 1, .serve = write_down, .self = &seen});
  io_lane_wake(lane);
  gate_await(&seen.calls, 1);
  io_lane_wake(lane);
  gate_await(&seen.calls, 2);
  io_lane_stop(lane);
  assert_int_equal(seen.empty_calls, 2);
  assert_int_equal(seen.count, 0);
}

/* Each call asks for the next one in 20 ms, three times. */
typedef struct rhythm {
  gate done;
  uint64_t at[4];
  int count;
} rhythm;

static int64_t keep_rhythm(io_message *first, unsigned thread, void *self) {
  rhythm *kept = self;
  (void)thread;
  assert_null(first);
  kept->at[kept->count++] = base_clock_monotonic();
  if (kept->count < 4) return kept->count == 3 ? 0 : 20;
  gate_arrive(&kept->done, false);
  return IO_LANE_FOREVER;
}

static void serve_is_called_again_when_it_asked(void **state) {
  (void)state;
  rhythm kept = {.done = GATE};
  io_lane *lane = make_lane(
      &(io_lane_options){.name = "writer", .threads = 1, .serve = keep_rhythm, .self = &kept});
  io_lane_wake(lane);
  gate_await(&kept.done, 1);
  io_lane_stop(lane);
  assert_int_equal(kept.count, 4);
  assert_true(kept.at[1] - kept.at[0] >= 20000000);
  assert_true(kept.at[2] - kept.at[1] >= 20000000);
}

typedef struct meeting {
  letter letter;
  gate *gate;
} meeting;

static int64_t meet(io_message *first, unsigned thread, void *self) {
  assert_null(first->next);
  ((_Atomic int *)self)[thread]++;
  gate_arrive(((meeting *)first)->gate, true);
  return IO_LANE_FOREVER;
}

static void several_threads_share_one_mailbox(void **state) {
  (void)state;
  _Atomic int calls[3] = {0, 0, 0};
  gate together = GATE;
  meeting meetings[3];
  io_lane *lane = make_lane(
      &(io_lane_options){.name = "reader", .threads = 3, .batch = 1, .serve = meet, .self = calls});
  for (int i = 0; i < 3; i++) {
    meetings[i].gate = &together;
    assert_true(io_lane_post(lane, &meetings[i].letter.message));
  }
  gate_await(&together, 3); /* only when all three are served at the same time */
  gate_open(&together);
  io_lane_stop(lane);
  for (int i = 0; i < 3; i++) assert_int_equal(calls[i], 1);
}

static int64_t note_nice(io_message *first, unsigned thread, void *self) {
  (void)thread;
  if (first != NULL) *(int *)self = getpriority(PRIO_PROCESS, (id_t)gettid());
  return IO_LANE_FOREVER;
}

/* The lane's threads alone. */
static void a_lane_steps_back_behind_the_others(void **state) {
  (void)state;
  int before = getpriority(PRIO_PROCESS, 0);
  int expected = before + 7 > 19 ? 19 : before + 7; /* there is no more */
  int found = -1;
  letter sent = {.number = 0};
  io_lane *lane = make_lane(&(io_lane_options){
      .name = "prepare", .threads = 1, .nice = 7, .serve = note_nice, .self = &found});
  assert_true(io_lane_post(lane, &sent.message));
  io_lane_stop(lane);
  assert_int_equal(found, expected);
  assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
}

static _Atomic int letters_run;

static void run_and_free(io_message *message) {
  letters_run++;
  free(message);
}

#define SENDERS 4
#define LETTERS 5000

static void *send_letters(void *self) {
  for (int i = 0; i < LETTERS; i++) {
    letter *sent = malloc(sizeof *sent);
    assert_non_null(sent);
    sent->message.run = run_and_free;
    assert_true(io_lane_post(self, &sent->message));
  }
  return NULL;
}

static void without_serve_each_message_runs_once(void **state) {
  (void)state;
  letters_run = 0;
  io_lane *lane = make_lane(&(io_lane_options){.name = "long", .threads = 3, .batch = 2});
  pthread_t senders[SENDERS];
  for (int i = 0; i < SENDERS; i++) {
    assert_int_equal(pthread_create(&senders[i], NULL, send_letters, lane), 0);
  }
  for (int i = 0; i < SENDERS; i++) assert_int_equal(pthread_join(senders[i], NULL), 0);
  io_lane_stop(lane);
  assert_int_equal(letters_run, SENDERS * LETTERS);
}

typedef struct chain {
  io_message message;
  io_lane *lane;
  int left;
} chain;

static void post_again(io_message *message) {
  chain *self = (chain *)message;
  if (self->left-- > 0) assert_true(io_lane_post(self->lane, message));
}

static void a_stop_serves_what_messages_post_to_the_lane(void **state) {
  (void)state;
  chain posted = {.message.run = post_again, .left = 100};
  posted.lane = make_lane(&(io_lane_options){.name = "long", .threads = 1});
  assert_true(io_lane_post(posted.lane, &posted.message));
  io_lane_stop(posted.lane);
  assert_int_equal(posted.left, -1);
}

static void look_at_signals(io_message *message) {
  sigset_t blocked;
  assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
  ((letter *)message)->number = sigismember(&blocked, SIGTERM) + 2 * sigismember(&blocked, SIGSEGV);
}

static void lanes_leave_signals_to_others(void **state) {
  (void)state;
  letter sent = {.message.run = look_at_signals};
  io_lane *lane = make_lane(&(io_lane_options){.name = "reader", .threads = 1});
  assert_true(io_lane_post(lane, &sent.message));
  io_lane_stop(lane);
  assert_int_equal(sent.number, 1);
  sigset_t blocked;
  assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &blocked), 0);
  assert_int_equal(sigismember(&blocked, SIGTERM), 0);
}

static int64_t fail_call(io_message *first, unsigned thread, void *self) {
  (void)first, (void)thread, (void)self;
  fail_msg("a joined lane served");
  return IO_LANE_FOREVER;
}

static void a_joined_lane_can_still_be_woken(void **state) {
  (void)state;
  io_lane_options options = {.name = "long", .threads = 1, .serve = fail_call};
  io_lane *lane = make_lane(&options);
  io_lane_join(lane);
  io_lane_wake(lane);
  assert_int_equal(io_lane_waiting(lane), 0);
  io_lane_stop(lane);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(messages_come_oldest_first),
      cmocka_unit_test(a_joined_lane_can_still_be_woken),
      cmocka_unit_test(a_batch_is_no_larger_than_asked),
      cmocka_unit_test(a_full_lane_takes_nothing),
      cmocka_unit_test(a_wake_calls_serve_without_a_message),
      cmocka_unit_test(serve_is_called_again_when_it_asked),
      cmocka_unit_test(a_lane_steps_back_behind_the_others),
      cmocka_unit_test(several_threads_share_one_mailbox),
      cmocka_unit_test(without_serve_each_message_runs_once),
      cmocka_unit_test(a_stop_serves_what_messages_post_to_the_lane),
      cmocka_unit_test(lanes_leave_signals_to_others),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
