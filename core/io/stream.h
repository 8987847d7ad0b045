/* stream: a connection, over TCP, TLS or a unix socket; and the listener it came from.
 * Memory:  the stream is owned by the loop from accept until on_close has returned; then it is
 *          gone. on_read's bytes belong to the stream and are valid during the call.
 *          io_stream_write copies what the socket does not take at once.
 * Threads: the loop's only.
 * Fails:   listen answers UNAVAILABLE with the address and the system's reason. A broken connection
 *          is not an error: on_close is called, once. */
#pragma once

#include "io/loop.h"
#include "io/tls.h"

typedef struct io_stream io_stream;
typedef struct io_listener io_listener;

typedef struct io_peer {
  bool local;       /* a unix socket */
  int64_t uid;      /* of the process behind a unix socket; -1 when not known */
  char address[64]; /* "127.0.0.1:50122", or "unix" */
  char network[48]; /* what limits count: "127.0.0.1"; of IPv6 "2001:db8:0:7::/64"; or "unix" */
  bool last;        /* there are no descriptors for more: it should go soon */
  bool exposed;     /* neither local nor loopback nor TLS: others may read along */
} io_peer;

typedef struct io_stream_handler {
  void (*on_read)(io_stream *stream, base_slice bytes, void *self);
  void (*on_drain)(io_stream *stream, void *self); /* everything written has left; may be NULL */
  /* The peer sends no more but may still take: on_read is over, and the owner answers what is left and
   * calls io_stream_finish. NULL: that is done at once. */
  void (*on_end)(io_stream *stream, void *self);
  void (*on_close)(io_stream *stream, void *self);
} io_stream_handler;

/* Called for each new connection; it must call io_stream_open, io_stream_finish or
 * io_stream_close. on_close is called only for a stream that was opened. */
typedef void (*io_accept)(io_stream *stream, const io_peer *peer, void *self);

/* When the system refuses descriptors, one connection more comes in on a descriptor that is kept for
 * that, its peer marked `last`; others wait until there are descriptors again.
 * Port 0 takes a free port; `bound` receives "127.0.0.1:40123". */
base_code io_listener_tcp(io_loop *loop, const char *host, unsigned port, io_accept accept,
                          void *self, io_listener **listener, char bound[64], base_error *error);

/* The same; what is on the wire is TLS. `tls` outlives the listener and its streams. Nothing can be
 * written before the first on_read; what is, is dropped. */
base_code io_listener_tls(io_loop *loop, const io_tls *tls, const char *host, unsigned port,
                          io_accept accept, void *self, io_listener **listener, char bound[64],
                          base_error *error);

/* Removes a socket file that nobody listens on any more, never a file of another kind. The file is
 * made with mode 0600 and goes with io_listener_close. */
base_code io_listener_unix(io_loop *loop, const char *path, io_accept accept, void *self,
                           io_listener **listener, base_error *error);
/* TCP: after `idle_s` seconds of silence the system asks the peer whether it is still there; one that
 * does not answer, or does not confirm what was sent for `unsent_ms`, is closed. 0: the system's own. */
void io_listener_keepalive(io_listener *listener, unsigned idle_s, uint64_t unsent_ms);
void io_listener_close(io_listener *listener);

/* Starts reading. The handler must outlive the stream. */
void io_stream_open(io_stream *stream, const io_stream_handler *handler, void *self);
void io_stream_pause(io_stream *stream); /* no on_read until io_stream_resume */
void io_stream_resume(io_stream *stream);

/* What is written in one turn of the loop is gathered and leaves with one system call when the turn
 * ends; pieces from 32 KiB on leave at once. on_drain follows, never inside the call. On a stream
 * that is broken or finishing it does nothing. */
void io_stream_write(io_stream *stream, base_slice bytes);

/* Bytes written that the system has not taken yet, and still may; and all that it has taken since the beginning. */
size_t io_stream_pending(const io_stream *stream);
uint64_t io_stream_taken(const io_stream *stream);

/* The same of all streams of the loop, as it was when each last wrote or was emptied: at most that much. */
size_t io_loop_unsent(const io_loop *loop);

/* Sends what is pending, shuts this side, and closes when the peer has closed too, or after a
 * second: a peer that is still sending gets the last reply all the same. A peer that takes nothing
 * for five seconds is closed. After this no on_read and no on_drain; on_close follows. */
void io_stream_finish(io_stream *stream);

/* Closes now; what is pending is dropped. Twice is once. */
void io_stream_close(io_stream *stream);
