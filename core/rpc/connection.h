/* connection: one peer. Cuts its bytes into requests, starts them in order, sends their replies;
 * stops reading while the peer is too far ahead.
 *
 * Bytes that come, replies that come back and output that has left all lead to the same step: start
 * what may start, take what has arrived as far as it may be taken, pause or resume.
 *
 * Memory:  lives until its stream is closed and its last request came back from the engine.
 * Threads: the loop's only; of a request, `done` may run on any thread.
 * Fails:   a broken message costs the connection: an error reply where an id could be read, the
 *          replies of earlier requests, then it is closed. */
#pragma once

#include "rpc/follow.h"
#include "rpc/frame.h"
#include "rpc/order.h"
#include "rpc/server.h"

struct rpc_connection {
  TAILQ_ENTRY(rpc_connection) link; /* in rpc_server.open */
  rpc_server *server;
  uint32_t number;   /* of the server's connections; with a request's, its name in logs */
  io_stream *stream; /* NULL once it is closed */
  rpc_frame frame;
  rpc_order order;
  api_session session; /* owns its subscription */
  rpc_follow follow;
  bool settling; /* in the middle of the step: replies that come back meanwhile do not begin it */
  bool stalled;  /* the peer is too far ahead */
  bool paused;   /* the stream does not read */
  bool ended;    /* the peer sends no more */
  bool closing;  /* takes no more; closes when all is answered */
  const char *refused; /* the limit for which there was no room for it; NULL: it is served */
  /* Of watch.h, in milliseconds: */
  uint64_t waited_from;  /* for a login, or a request to refuse */
  uint64_t frame_from;   /* since when a message is incomplete; 0: none is */
  uint64_t frame_number; /* which one */
  uint64_t taken;        /* bytes that the peer had taken … */
  uint64_t taken_at;     /* … then */
  uint64_t second;       /* in which `requests` were taken */
  size_t requests;
  bool stranger; /* counted as not logged in */
  bool delayed;  /* the peer has asked too often in this second */
};

/* `refused`: the limit for which its first request will be refused, or NULL. */
void rpc_connection_open(rpc_server *server, io_stream *stream, const io_peer *peer,
                         const char *refused);

/* Takes what may be taken now. */
void rpc_connection_go_on(rpc_connection *connection);

/* Takes no more requests; closes when those under way are answered and sent. */
void rpc_connection_finish(rpc_connection *connection);

/* Closes now; requests that have not started never do. */
void rpc_connection_close(rpc_connection *connection);

/* Writes what the server's output buffer holds. */
void rpc_connection_send(rpc_connection *connection);

/* Frees the connection when it is closed and nothing of it is under way; true when it did. */
bool rpc_connection_free_unused(rpc_connection *connection);
