/* lane: threads that wait on one mutex and condition. See lane.h.
 * Memory:  the lane and its thread array are one owner's, freed by io_lane_stop.
 * Threads: the mutex guards mailbox and flags and is never held while serve runs.
 * Fails:   io_lane_new when the system refuses a thread (UNAVAILABLE). */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/condition.h"
#include "io/mailbox.h"

#define NEVER BASE_CONDITION_FOREVER

typedef struct lane_thread {
  io_lane *lane;
  unsigned number;
  pthread_t id;
} lane_thread;

struct io_lane {
  io_lane_options options;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  io_mailbox box;
  bool woken;
  bool stopping;
  unsigned started;
  lane_thread *threads;
};

static uint64_t deadline_after(int64_t ms) {
  uint64_t now = base_clock_monotonic();
  if (ms <= 0) return now;
  uint64_t left = (NEVER - now) / 1000000;
  return (uint64_t)ms >= left ? NEVER : now + (uint64_t)ms * 1000000;
}

/* Waits for a reason to call serve and puts the messages for it in `first`; false when the lane
 * has nothing left to serve and ends. A waiting wake is answered by any call that follows it. */
static bool wait_for_call(io_lane *lane, uint64_t deadline, io_message **first) {
  bool call = true;
  *first = NULL;
  (void)pthread_mutex_lock(&lane->mutex);
  while (lane->box.count == 0 && !lane->woken && !lane->stopping &&
         (deadline == NEVER || base_clock_monotonic() < deadline)) {
    (void)base_condition_wait(&lane->changed, &lane->mutex, deadline);
  }
  if (lane->box.count > 0) {
    *first = io_mailbox_take(&lane->box, lane->options.batch);
  } else if (lane->stopping) {
    call = false;
  }
  lane->woken = false;
  (void)pthread_mutex_unlock(&lane->mutex);
  return call;
}

static int64_t run_messages(io_message *first, unsigned thread, void *self) {
  (void)thread;
  (void)self;
  io_mailbox_run(first);
  return IO_LANE_FOREVER;
}

/* On Linux each thread has a priority of its own. Where it is not allowed, the thread runs like the others. */
static void step_back(const io_lane *lane) {
  int others = getpriority(PRIO_PROCESS, 0); /* what it begins with */
  if (lane->options.nice == 0) return;
  (void)setpriority(PRIO_PROCESS, (id_t)gettid(), others + lane->options.nice);
}

static void *run_thread(void *argument) {
  lane_thread *thread = argument;
  io_lane *lane = thread->lane;
  uint64_t deadline = NEVER;
  io_message *first = NULL;
  step_back(lane);
  while (wait_for_call(lane, deadline, &first)) {
    int64_t ms = lane->options.serve(first, thread->number, lane->options.self);
    deadline = deadline_after(ms);
  }
  return NULL;
}

/* Signals belong to the loop's thread: a lane blocks all but those that tell of its own faults. */
static void block_signals(sigset_t *before) {
  static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
  sigset_t blocked;
  (void)sigfillset(&blocked);
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
    (void)sigdelset(&blocked, faults[i]);
  }
  (void)pthread_sigmask(SIG_SETMASK, &blocked, before);
}

static int start_threads(io_lane *lane) {
  sigset_t before;
  int status = 0;
  block_signals(&before);
  while (lane->started < lane->options.threads && status == 0) {
    lane_thread *thread = &lane->threads[lane->started];
    *thread = (lane_thread){.lane = lane, .number = lane->started};
    status = pthread_create(&thread->id, NULL, run_thread, thread);
    if (status != 0) break;
    (void)pthread_setname_np(thread->id, lane->options.name);
    lane->started++;
  }
  (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status;
}

base_code io_lane_new(const io_lane_options *options, io_lane **lane, base_error *error) {
  io_lane *made = base_alloc(sizeof *made);
  *made = (io_lane){.options = *options};
  if (made->options.serve == NULL) made->options.serve = run_messages;
  made->threads = base_alloc(options->threads * sizeof *made->threads);
  (void)pthread_mutex_init(&made->mutex, NULL);
  base_condition_init(&made->changed);
  int status = start_threads(made);
  if (status != 0) {
    io_lane_stop(made);
    char reason[128];
    return base_error_set(
        error, BASE_UNAVAILABLE, NULL, "无法为 %s 启动 %u 个线程（%s）：请减少线程数或提高系统限制",
        "%s could not start %u threads (%s): lower their number or raise the "
        "system's limit",
        options->name, options->threads, strerror_r(status, reason, sizeof reason));
  }
  *lane = made;
  return BASE_OK;
}

bool io_lane_post(io_lane *lane, io_message *message) {
  (void)pthread_mutex_lock(&lane->mutex);
  bool room = lane->options.capacity == 0 || lane->box.count < lane->options.capacity;
  if (room) {
    io_mailbox_append(&lane->box, message);
    (void)pthread_cond_signal(&lane->changed);
  }
  (void)pthread_mutex_unlock(&lane->mutex);
  return room;
}

void io_lane_wake(io_lane *lane) {
  (void)pthread_mutex_lock(&lane->mutex);
  lane->woken = true;
  (void)pthread_cond_signal(&lane->changed);
  (void)pthread_mutex_unlock(&lane->mutex);
}

size_t io_lane_waiting(io_lane *lane) {
  (void)pthread_mutex_lock(&lane->mutex);
  size_t count = lane->box.count;
  (void)pthread_mutex_unlock(&lane->mutex);
  return count;
}

io_message *io_lane_take(io_lane *lane) {
  (void)pthread_mutex_lock(&lane->mutex);
  io_message *first = io_mailbox_take(&lane->box, lane->options.batch);
  (void)pthread_mutex_unlock(&lane->mutex);
  return first;
}

void io_lane_join(io_lane *lane) {
  if (lane == NULL) return;
  (void)pthread_mutex_lock(&lane->mutex);
  lane->stopping = true;
  (void)pthread_cond_broadcast(&lane->changed);
  (void)pthread_mutex_unlock(&lane->mutex);
  for (unsigned i = 0; i < lane->started; i++) (void)pthread_join(lane->threads[i].id, NULL);
  lane->started = 0;
}

void io_lane_stop(io_lane *lane) {
  if (lane == NULL) return;
  io_lane_join(lane);
  (void)pthread_cond_destroy(&lane->changed);
  (void)pthread_mutex_destroy(&lane->mutex);
  free(lane->threads);
  free(lane);
}
