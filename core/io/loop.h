/* loop: the one thread that owns sockets and timers (libuv).
 * Memory:  the caller owns loop and timers; io_loop_free runs the messages that still wait, tries to
 *          send what they write, then closes and frees what is left: listeners, streams (with
 *          their on_close), timers.
 * Threads: all calls on the loop's own thread, except io_loop_post and io_loop_stop: any thread.
 * Fails:   io_loop_new when the system refuses descriptors (UNAVAILABLE). */
#pragma once

#include "io/lane.h"

typedef struct io_loop io_loop;
typedef struct io_timer io_timer;

/* From here on the process ignores SIGPIPE. */
base_code io_loop_new(io_loop **loop, base_error *error);
void io_loop_free(io_loop *loop);

/* Runs until io_loop_stop; returns at once when that came first. What was posted before the stop
 * has run, and what was written has been tried. */
void io_loop_run(io_loop *loop);
void io_loop_stop(io_loop *loop);

/* Has message->run called on the loop. Messages of one thread keep their order. One
 * posted on the loop itself runs in a later turn, after the sockets that are ready. */
void io_loop_post(io_loop *loop, io_message *message);

/* Calls `run` whenever a turn is over, before the loop waits; one at a time, NULL for none. */
void io_loop_on_turn(io_loop *loop, void (*run)(void *self), void *self);

/* Calls `run` on the loop when the process receives the signal. One handler per signal. */
base_code io_loop_on_signal(io_loop *loop, int signal, void (*run)(int signal, void *self),
                            void *self, base_error *error);

/* A timer that calls `run` after `ms`, then every `repeat_ms` when that is not 0. Starting it again
 * begins anew; it may be stopped and freed in its own run. */
io_timer *io_timer_new(io_loop *loop, void (*run)(void *self), void *self);
void io_timer_start(io_timer *timer, uint64_t ms, uint64_t repeat_ms);
void io_timer_stop(io_timer *timer);
void io_timer_free(io_timer *timer);
