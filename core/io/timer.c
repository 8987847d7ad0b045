/* timer: one uv timer with its function. See loop.h.
 * Memory:  the timer's memory goes when libuv has let go of it, shortly after io_timer_free.
 * Threads: the loop's.  Fails: never. */
#include <stdlib.h>

#include "base/arena.h"
#include "io/inside.h"

struct io_timer {
  io_owned owned;
  uv_timer_t handle;
  void (*run)(void *self);
  void *self;
};

static void free_timer(uv_handle_t *handle) {
  free(handle->data);
}

static void close_timer(io_owned *owned) {
  io_timer *timer = (io_timer *)owned;
  uv_close((uv_handle_t *)&timer->handle, free_timer);
}

static void on_time(uv_timer_t *handle) {
  io_timer *timer = (io_timer *)handle->data;
  io_loop_busy((io_loop *)handle->loop->data);
  timer->run(timer->self);
}

io_timer *io_timer_new(io_loop *loop, void (*run)(void *self), void *self) {
  io_timer *timer = base_alloc(sizeof *timer);
  *timer = (io_timer){.owned = {close_timer}, .run = run, .self = self};
  (void)uv_timer_init(&loop->uv, &timer->handle);
  timer->handle.data = timer;
  return timer;
}

void io_timer_start(io_timer *timer, uint64_t ms, uint64_t repeat_ms) {
  /* libuv counts from when the turn began; a long turn would make the timer early. */
  uv_update_time(timer->handle.loop);
  (void)uv_timer_start(&timer->handle, on_time, ms, repeat_ms);
}

void io_timer_stop(io_timer *timer) {
  (void)uv_timer_stop(&timer->handle);
}

void io_timer_free(io_timer *timer) {
  if (timer != NULL) close_timer(&timer->owned);
}
