/* stream: reading, and writing in two buffers. See stream.h.
 *
 * Replies are small and come in crowds: 64 connections with 16 requests each. What is written
 * during a turn of the loop is therefore gathered in `out` and leaves with one system call per
 * stream when the turn ends (io_stream_settle). What the socket does not take then moves, buffer
 * and all, to `sending`, which libuv empties while `out` gathers on. Large pieces go to the socket
 * at once and are copied only as far as it refuses them.
 * Memory:  the stream is freed when libuv has closed its handle, after on_close.
 * Threads: the loop's.  Fails: a broken connection closes the stream. */
#include "io/stream.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/metric.h"
#include "io/inside.h"

#define LARGE ((size_t)32 * 1024) /* bytes worth a system call of their own */
#define KEPT ((size_t)2 * 1024)   /* memory that each buffer of an idle stream keeps */
#define PATIENCE_MS 5000          /* a finishing peer that takes nothing for so long is given up */
#define LINGER_MS 1000            /* how long a peer that got everything may take to close */

BASE_METRIC(streams_open, "io_streams_open");
BASE_METRIC(unsent_bytes, "io_unsent_bytes");

struct io_stream {
  io_owned owned;
  union {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } uv;
  io_loop *loop;
  const io_stream_handler *handler; /* NULL until io_stream_open */
  void *self;
  base_buffer out;
  base_buffer sending; /* lent to libuv while busy */
  io_tls_session *tls; /* NULL: nothing is sealed */
  io_link written;
  uv_write_t write;
  uv_shutdown_t shutdown;
  io_timer *patience;
  uint64_t sent;  /* bytes the system took, without those of `sending` */
  size_t lent;    /* bytes of `sending` */
  size_t counted; /* pending, as it is in io_loop.unsent */
  size_t seen;    /* pending when patience was last asked */
  bool busy;      /* libuv has `sending` */
  bool ended;     /* the peer sends no more */
  bool finishing; /* io_stream_finish was called */
  bool lingering; /* everything is sent and our side is shut */
  bool closing;
};

/* Most streams have nothing pending when a turn ends, and cost a comparison here. */
static void count_unsent(io_stream *stream, size_t pending) {
  if (pending == stream->counted) return;
  base_metric_add(&unsent_bytes, (int64_t)pending - (int64_t)stream->counted);
  stream->loop->unsent += pending - stream->counted;
  stream->counted = pending;
}

size_t io_loop_unsent(const io_loop *loop) {
  return loop->unsent;
}

static void on_closed(uv_handle_t *handle) {
  io_stream *stream = (io_stream *)handle->data;
  if (stream->handler != NULL) stream->handler->on_close(stream, stream->self);
  base_buffer_fini(&stream->out);
  base_buffer_fini(&stream->sending);
  io_tls_close(stream->tls);
  base_metric_add(&streams_open, -1);
  free(stream);
}

void io_stream_close(io_stream *stream) {
  if (stream->closing) return;
  stream->closing = true;
  count_unsent(stream, 0);
  io_link_remove(&stream->written);
  io_timer_free(stream->patience);
  stream->patience = NULL;
  uv_close(&stream->uv.handle, on_closed);
}

static void close_stream(io_owned *owned) {
  io_stream_close((io_stream *)owned);
}

static int take_socket(io_stream *stream, int socket, bool local) {
  if (local) return uv_pipe_open(&stream->uv.pipe, socket);
  int status = uv_tcp_open(&stream->uv.tcp, socket);
  if (status != 0) return status;
  (void)uv_tcp_nodelay(&stream->uv.tcp, 1);
  return 0;
}

io_stream *io_stream_new(io_loop *loop, int socket, bool local, const io_tls *tls) {
  io_stream *stream = base_alloc(sizeof *stream);
  *stream = (io_stream){.owned = {close_stream}, .loop = loop};
  io_link_init(&stream->written);
  if (local) {
    (void)uv_pipe_init(&loop->uv, &stream->uv.pipe, 0);
  } else {
    (void)uv_tcp_init(&loop->uv, &stream->uv.tcp);
  }
  stream->uv.handle.data = stream;
  if (tls != NULL) stream->tls = io_tls_open(tls, NULL);
  base_metric_add(&streams_open, 1);
  if (take_socket(stream, socket, local) == 0) return stream;
  (void)close(socket);
  io_stream_close(stream);
  return NULL;
}

static void lend_bytes(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)suggested;
  io_loop *loop = (io_loop *)handle->loop->data;
  *buffer = (uv_buf_t){.base = (char *)loop->bytes, .len = sizeof loop->bytes};
}

/* Nobody is left to take an answer. Of a peer behind TCP this is known only when something is sent. */
static bool has_gone(const io_stream *stream) {
  struct pollfd asked = {.fd = -1};
  if (uv_fileno(&stream->uv.handle, &asked.fd) != 0) return true;
  return poll(&asked, 1, 0) > 0 && (asked.revents & (POLLHUP | POLLERR)) != 0;
}

static void end_reading(io_stream *stream) {
  stream->ended = true;
  (void)uv_read_stop(&stream->uv.stream);
  if (stream->lingering || has_gone(stream)) {
    io_stream_close(stream);
  } else if (stream->handler->on_end != NULL && !stream->finishing) {
    stream->handler->on_end(stream, stream->self);
  } else {
    io_stream_finish(stream);
  }
}

static void send_soon(io_stream *stream) {
  io_link_remove(&stream->written);
  io_link_append(&stream->loop->written, &stream->written);
}

/* What is sealed may bring nothing to read, and something to send: a handshake. */
static void take_sealed(io_stream *stream, base_slice bytes) {
  base_slice plain;
  io_tls_state state =
      io_tls_receive(stream->tls, bytes, stream->loop->plain, &plain, &stream->out);
  if (stream->out.size > 0) send_soon(stream);
  if (plain.size > 0) stream->handler->on_read(stream, plain, stream->self);
  if (stream->closing || stream->ended) return;
  if (state == IO_TLS_ENDED) {
    end_reading(stream);
  } else if (state == IO_TLS_FAILED) {
    io_stream_finish(stream); /* the alert tells the peer */
  }
}

static void on_bytes(uv_stream_t *handle, ssize_t size, const uv_buf_t *buffer) {
  io_stream *stream = (io_stream *)handle->data;
  io_loop_busy(stream->loop);
  if (size > 0) {
    if (stream->finishing) return;
    base_slice bytes = base_slice_make(buffer->base, (size_t)size);
    if (stream->tls == NULL) {
      stream->handler->on_read(stream, bytes, stream->self);
    } else {
      take_sealed(stream, bytes);
    }
  } else if (size == UV_EOF) {
    end_reading(stream);
  } else if (size < 0) {
    io_stream_close(stream);
  }
}

static void start_reading(io_stream *stream) {
  /* Reading already is no fault. */
  int status = uv_read_start(&stream->uv.stream, lend_bytes, on_bytes);
  if (status != 0 && status != UV_EALREADY) io_stream_close(stream);
}

void io_stream_open(io_stream *stream, const io_stream_handler *handler, void *self) {
  stream->handler = handler;
  stream->self = self;
  if (!stream->closing && !stream->finishing) start_reading(stream);
}

void io_stream_pause(io_stream *stream) {
  if (!stream->closing && !stream->finishing) (void)uv_read_stop(&stream->uv.stream);
}

void io_stream_resume(io_stream *stream) {
  if (!stream->closing && !stream->finishing && !stream->ended) start_reading(stream);
}

/* How many of the bytes the socket takes at once; 0 and the stream closed when it is broken. */
static size_t try_write(io_stream *stream, base_slice bytes) {
  uv_buf_t buffer = {.base = (char *)(uintptr_t)bytes.data, .len = bytes.size};
  int taken = uv_try_write(&stream->uv.stream, &buffer, 1);
  if (taken >= 0) {
    stream->sent += (size_t)taken;
    return (size_t)taken;
  }
  if (taken != UV_EAGAIN) io_stream_close(stream);
  return 0;
}

static void empty(base_buffer *buffer) {
  if (buffer->capacity > KEPT) {
    base_buffer_fini(buffer);
  } else {
    base_buffer_clear(buffer);
  }
}

static void settle(io_stream *stream);

static void on_sent(uv_write_t *write, int status) {
  io_stream *stream = (io_stream *)write->handle->data;
  stream->busy = false;
  stream->sent += stream->lent;
  empty(&stream->sending);
  if (stream->closing) return;
  if (status != 0) {
    io_stream_close(stream);
  } else {
    settle(stream);
  }
}

/* Lends what is behind the first `taken` bytes of `out` to libuv. */
static void send_rest(io_stream *stream, size_t taken) {
  base_buffer rest = stream->out;
  stream->out = stream->sending;
  stream->sending = rest;
  stream->busy = true;
  stream->lent = rest.size - taken;
  uv_buf_t buffer = {.base = (char *)rest.data + taken, .len = stream->lent};
  int status = uv_write(&stream->write, &stream->uv.stream, &buffer, 1, on_sent);
  if (status == 0) return;
  stream->busy = false;
  io_stream_close(stream);
}

static void push(io_stream *stream) {
  if (stream->busy || stream->out.size == 0) return;
  size_t taken = try_write(stream, base_buffer_slice(&stream->out));
  if (stream->closing) return;
  if (taken == stream->out.size) {
    empty(&stream->out);
  } else {
    send_rest(stream, taken);
  }
}

void io_stream_write(io_stream *stream, base_slice bytes) {
  if (stream->closing || stream->finishing || bytes.size == 0) return;
  bool at_once = stream->tls == NULL && !stream->busy && stream->out.size == 0;
  if (at_once && bytes.size >= LARGE) bytes = base_slice_after(bytes, try_write(stream, bytes));
  if (stream->closing) return;
  if (stream->tls == NULL) {
    base_buffer_append(&stream->out, bytes.data, bytes.size);
  } else {
    io_tls_send(stream->tls, bytes, &stream->out);
  }
  if (stream->out.size >= LARGE) push(stream);
  if (!stream->closing) send_soon(stream);
}

static size_t not_taken(const io_stream *stream) {
  return stream->busy ? uv_stream_get_write_queue_size(&stream->uv.stream) : 0;
}

size_t io_stream_pending(const io_stream *stream) {
  if (stream->closing) return 0;
  return not_taken(stream) + stream->out.size;
}

uint64_t io_stream_taken(const io_stream *stream) {
  return stream->sent + (stream->busy ? stream->lent - not_taken(stream) : 0);
}

/* Closing a socket with unread bytes resets the connection and may take the last reply with it.
 * So our side is shut, and what the peer still sends is read and dropped until it closes too. */
static void on_shut(uv_shutdown_t *shutdown, int status) {
  io_stream *stream = (io_stream *)shutdown->handle->data;
  if (stream->closing) return;
  if (status != 0) {
    io_stream_close(stream);
  } else {
    io_timer_start(stream->patience, LINGER_MS, 0);
  }
}

static void shut(io_stream *stream) {
  if (stream->ended) {
    io_stream_close(stream);
  } else if (!stream->lingering) {
    stream->lingering = true;
    int status = uv_shutdown(&stream->shutdown, &stream->uv.stream, on_shut);
    if (status != 0) io_stream_close(stream);
  }
}

/* Sends what there is; tells the owner, or ends the stream, when nothing is left. */
static void settle(io_stream *stream) {
  io_link_remove(&stream->written);
  push(stream);
  if (stream->closing) return;
  count_unsent(stream, io_stream_pending(stream));
  if (stream->busy) return;
  if (stream->finishing) {
    shut(stream);
  } else if (stream->handler != NULL && stream->handler->on_drain != NULL) {
    stream->handler->on_drain(stream, stream->self);
  }
}

void io_stream_settle(io_loop *loop) {
  io_link ring;
  io_link_init(&ring);
  io_link_append(&loop->written, &ring);
  io_link_remove(&loop->written);
  while (ring.next != &ring) {
    settle((io_stream *)(void *)((char *)ring.next - offsetof(io_stream, written)));
  }
  /* An on_drain may have written: that leaves in the next turn, which begins at once. */
  if (loop->written.next != &loop->written) (void)uv_async_send(&loop->wakeup);
}

static void ask_patience(void *self) {
  io_stream *stream = (io_stream *)self;
  size_t pending = io_stream_pending(stream);
  if (stream->lingering || pending == stream->seen) {
    io_stream_close(stream);
  } else {
    stream->seen = pending;
  }
}

void io_stream_finish(io_stream *stream) {
  if (stream->closing || stream->finishing) return;
  stream->finishing = true;
  if (stream->tls != NULL) io_tls_finish(stream->tls, &stream->out);
  stream->seen = io_stream_pending(stream);
  stream->patience = io_timer_new(stream->loop, ask_patience, stream);
  io_timer_start(stream->patience, PATIENCE_MS, PATIENCE_MS);
  if (!stream->ended) start_reading(stream);
  if (!stream->closing && !stream->busy) send_soon(stream);
}
