/* inside: what loop, timer, listener and stream share. Inside this room only: here libuv is seen.
 * Memory:  the data of every uv handle points at an io_owned, by which io_loop_free can close it.
 * Threads: the loop's, but for the mailbox, which has its mutex, and `stopping`.
 * Fails:   as said below. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <uv.h>

#include "base/clock.h"
#include "io/mailbox.h"
#include "io/stream.h"
#include "io/tls.h"

/* The first member of whatever owns a uv handle. */
typedef struct io_owned {
  void (*close)(struct io_owned *owned);
} io_owned;

/* A member of a ring; a ring of one is empty, or not in any other. */
typedef struct io_link {
  struct io_link *previous;
  struct io_link *next;
} io_link;

struct io_loop {
  uv_loop_t uv;
  uv_async_t wakeup;
  uv_prepare_t turn;
  pthread_mutex_t mutex;
  io_mailbox posted;
  _Atomic bool stopping;
  void (*turned)(void *self); /* a turn is over; or NULL */
  void *turned_self;
  uint64_t busy_from;            /* base_clock_monotonic of the turn's first call; 0: none yet */
  size_t unsent;                 /* bytes that no socket has taken, as of the last turn */
  io_link written;               /* streams written to since the loop last waited */
  uint8_t bytes[IO_TLS_TAKE];    /* what one read brings; on_read has used it before the next */
  uint8_t plain[IO_TLS_SCRATCH]; /* the same, unsealed */
};

static inline void io_link_init(io_link *link) {
  link->previous = link->next = link;
}

static inline void io_link_remove(io_link *link) {
  link->previous->next = link->next;
  link->next->previous = link->previous;
  io_link_init(link);
}

static inline void io_link_append(io_link *ring, io_link *link) {
  link->previous = ring->previous;
  link->next = ring;
  ring->previous->next = link;
  ring->previous = link;
}

/* Every call of libuv's begins with it: the loop does not wait any more. */
static inline void io_loop_busy(io_loop *loop) {
  if (loop->busy_from == 0) loop->busy_from = base_clock_monotonic();
}

/* A stream of its own for a connected, non-blocking socket, which it takes; NULL, and the socket
 * closed, when the system refuses. `tls`: the bytes on the socket are sealed; NULL: they are not. */
io_stream *io_stream_new(io_loop *loop, int socket, bool local, const io_tls *tls);

/* Sends what was written during the turn. The loop calls it before it waits. */
void io_stream_settle(io_loop *loop);
