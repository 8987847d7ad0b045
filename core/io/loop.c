/* loop: a uv loop, a mailbox that wakes it, signals. See loop.h.
 * Memory:  io_loop_free closes every handle through its io_owned.
 * Threads: the loop's own; io_loop_post and io_loop_stop lock or are atomic.
 * Fails:   io_loop_new and io_loop_on_signal when the system refuses (UNAVAILABLE). */
#include <signal.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/histogram.h"
#include "base/log.h"
#include "io/inside.h"

#define NANOSECONDS_PER_US ((uint64_t)1000)

BASE_HISTOGRAM(turn_us, "io_turn_us");

typedef struct loop_signal {
  io_owned owned;
  uv_signal_t handle;
  void (*run)(int signal, void *self);
  void *self;
} loop_signal;

/* One take per wakeup: what these messages post in turn waits until sockets had their part. */
static void run_posted(io_loop *loop) {
  (void)pthread_mutex_lock(&loop->mutex);
  io_message *first = io_mailbox_take(&loop->posted, 0);
  (void)pthread_mutex_unlock(&loop->mutex);
  io_mailbox_run(first);
}

static void on_wakeup(uv_async_t *wakeup) {
  io_loop *loop = (io_loop *)wakeup->loop->data;
  io_loop_busy(loop);
  run_posted(loop);
  if (atomic_exchange(&loop->stopping, false)) uv_stop(&loop->uv);
}

/* How long who was ready next had to wait at most. */
static void count_turn(io_loop *loop) {
  if (loop->busy_from == 0) return;
  base_histogram_add(&turn_us, (base_clock_monotonic() - loop->busy_from) / NANOSECONDS_PER_US);
  loop->busy_from = 0;
}

static void end_turn(io_loop *loop) {
  io_stream_settle(loop);
  if (loop->turned != NULL) loop->turned(loop->turned_self);
  count_turn(loop);
}

static void on_turn(uv_prepare_t *turn) {
  end_turn((io_loop *)turn->loop->data);
}

void io_loop_on_turn(io_loop *loop, void (*run)(void *self), void *self) {
  loop->turned = run;
  loop->turned_self = self;
}

/* 0, or libuv's status with nothing left open. */
static int init_handles(io_loop *loop) {
  int status = uv_loop_init(&loop->uv);
  if (status != 0) return status;
  loop->uv.data = loop;
  status = uv_async_init(&loop->uv, &loop->wakeup, on_wakeup);
  if (status != 0) {
    (void)uv_loop_close(&loop->uv);
    return status;
  }
  (void)uv_prepare_init(&loop->uv, &loop->turn);
  (void)uv_prepare_start(&loop->turn, on_turn);
  loop->wakeup.data = loop->turn.data = NULL;
  return 0;
}

base_code io_loop_new(io_loop **loop, base_error *error) {
  io_loop *made = base_alloc(sizeof *made);
  made->posted = (io_mailbox){0};
  io_loop_on_turn(made, NULL, NULL);
  made->busy_from = 0;
  made->unsent = 0;
  atomic_init(&made->stopping, false);
  io_link_init(&made->written);
  int status = init_handles(made);
  if (status != 0) {
    free(made);
    return base_error_set(error, BASE_UNAVAILABLE, NULL,
                          "无法创建事件循环（%s）：请提高系统允许打开的文件数",
                          "the event loop could not be made (%s): raise the system's limit of "
                          "open files",
                          uv_strerror(status));
  }
  (void)pthread_mutex_init(&made->mutex, NULL);
  /* A peer that is gone shows as a failed write, not as the end of the process. */
  (void)signal(SIGPIPE, SIG_IGN);
  *loop = made;
  return BASE_OK;
}

static void close_owned(uv_handle_t *handle, void *self) {
  (void)self;
  io_owned *owned = (io_owned *)handle->data;
  if (owned != NULL && !uv_is_closing(handle)) owned->close(owned);
}

static void close_but_timers(uv_handle_t *handle, void *self) {
  if (uv_handle_get_type(handle) == UV_TIMER) {
    (void)uv_timer_stop((uv_timer_t *)handle);
  } else {
    close_owned(handle, self);
  }
}

static void run_out(io_loop *loop) {
  /* A stop asked for meanwhile is no reason to leave early. */
  while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0) continue;
}

/* Timers go after the rest, because an on_close may free one; the wakeup goes last, because an
 * on_close may post. */
void io_loop_free(io_loop *loop) {
  if (loop == NULL) return;
  run_posted(loop);
  io_stream_settle(loop);
  uv_unref((uv_handle_t *)&loop->wakeup);
  uv_unref((uv_handle_t *)&loop->turn);
  uv_walk(&loop->uv, close_but_timers, NULL);
  run_out(loop);
  run_posted(loop);
  uv_walk(&loop->uv, close_owned, NULL);
  uv_close((uv_handle_t *)&loop->wakeup, NULL);
  uv_close((uv_handle_t *)&loop->turn, NULL);
  run_out(loop);
  int status = uv_loop_close(&loop->uv);
  if (status != 0) base_fatal("io.loop", "reason=\"%s\"", uv_strerror(status));
  (void)pthread_mutex_destroy(&loop->mutex);
  free(loop);
}

void io_loop_run(io_loop *loop) {
  (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
  end_turn(loop);
}

void io_loop_stop(io_loop *loop) {
  atomic_store(&loop->stopping, true);
  (void)uv_async_send(&loop->wakeup);
}

void io_loop_post(io_loop *loop, io_message *message) {
  (void)pthread_mutex_lock(&loop->mutex);
  bool asleep = loop->posted.count == 0;
  io_mailbox_append(&loop->posted, message);
  (void)pthread_mutex_unlock(&loop->mutex);
  if (asleep) (void)uv_async_send(&loop->wakeup);
}

static void free_signal(uv_handle_t *handle) {
  free(handle->data);
}

static void close_signal(io_owned *owned) {
  loop_signal *owner = (loop_signal *)owned;
  uv_close((uv_handle_t *)&owner->handle, free_signal);
}

static void on_signal(uv_signal_t *handle, int number) {
  loop_signal *owner = (loop_signal *)handle->data;
  owner->run(number, owner->self);
}

base_code io_loop_on_signal(io_loop *loop, int signal, void (*run)(int signal, void *self),
                            void *self, base_error *error) {
  loop_signal *owner = base_alloc(sizeof *owner);
  *owner = (loop_signal){.owned = {close_signal}, .run = run, .self = self};
  int status = uv_signal_init(&loop->uv, &owner->handle);
  if (status != 0) {
    free(owner);
  } else {
    owner->handle.data = owner;
    status = uv_signal_start(&owner->handle, on_signal, signal);
    if (status == 0) return BASE_OK;
    close_signal(&owner->owned);
  }
  return base_error_set(error, BASE_UNAVAILABLE, NULL, "无法接收信号 %d（%s）",
                        "signal %d cannot be received (%s)", signal, uv_strerror(status));
}
