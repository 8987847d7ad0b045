/* server: listeners, the set of connections, drain. See rpc.h and server.h.
 *
 * Memory:  see server.h.  Threads: the loop's only.  Fails: see rpc.h. */
#include "rpc/server.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "rpc/connection.h"
#include "rpc/notice.h"
#include "rpc/watch.h"

BASE_METRIC(connections_total, "rpc_connections_total");
BASE_METRIC(connections_open, "rpc_connections_open");
BASE_METRIC(connections_refused_total, "rpc_connections_refused_total");

struct rpc_listener {
  SLIST_ENTRY(rpc_listener) link;
  io_listener *listener;
};

static void give_up(void *self);

static void end_turn(void *self) {
  rpc_server *server = self;
  rpc_watch_unsent(server);
  api_door_rest(&server->door);
}

rpc_server *rpc_server_new(io_loop *loop, api_engine *engine, const rpc_options *options) {
  rpc_server *server = base_alloc(sizeof *server);
  *server = (rpc_server){.loop = loop, .engine = engine, .options = *options, .references = 1};
  SLIST_INIT(&server->listeners);
  TAILQ_INIT(&server->open);
  server->deadline = io_timer_new(loop, give_up, server);
  server->watch = io_timer_new(loop, rpc_watch_all, server);
  server->networks = base_map_new();
  server->notice = rpc_notice_new(server);
  io_loop_on_turn(loop, end_turn, server);
  return server;
}

static void set_keepalive(const rpc_server *server, io_listener *listener) {
  io_listener_keepalive(listener, server->options.keepalive_s, server->options.stalled_ms);
}

void rpc_server_configure(rpc_server *server, const rpc_options *options) {
  rpc_listener *each;
  server->options = *options;
  SLIST_FOREACH(each, &server->listeners, link) set_keepalive(server, each->listener);
}

void rpc_server_release(rpc_server *server) {
  if (--server->references > 0) return;
  api_door_fini(&server->door);
  base_buffer_fini(&server->output);
  base_map_free(server->networks);
  free(server);
}

/* --- connections ------------------------------------------------------------------------------ */

static void accept_stream(io_stream *stream, const io_peer *peer, void *self) {
  rpc_server *server = self;
  const char *full = rpc_watch_full(server, peer);
  base_metric_add(full == NULL ? &connections_total : &connections_refused_total, 1);
  if (full != NULL) rpc_watch_hit(full);
  if (server->draining || (full != NULL && rpc_watch_overrun(server))) {
    io_stream_close(stream);
  } else {
    rpc_connection_open(server, stream, peer, full);
  }
}

void rpc_server_join(rpc_server *server, rpc_connection *connection) {
  TAILQ_INSERT_TAIL(&server->open, connection, link);
  server->count++;
  connection->number = ++server->numbered;
  base_metric_add(&connections_open, 1);
  server->references++;
  rpc_watch_join(connection);
}

/* Tells whoever waits for the drain, once. */
static void end_drain(rpc_server *server) {
  void (*drained)(void *self) = server->drained;
  server->drained = NULL;
  if (server->deadline != NULL) io_timer_stop(server->deadline);
  if (drained != NULL) drained(server->drained_self);
}

void rpc_server_leave(rpc_server *server, rpc_connection *connection) {
  TAILQ_REMOVE(&server->open, connection, link);
  server->count--;
  base_metric_add(&connections_open, -1);
  rpc_watch_leave(connection);
  if (server->draining && server->count == 0) end_drain(server);
}

/* --- listening -------------------------------------------------------------------------------- */

static void add_listener(rpc_server *server, io_listener *listener) {
  set_keepalive(server, listener);
  rpc_listener *added = base_alloc(sizeof *added);
  added->listener = listener;
  SLIST_INSERT_HEAD(&server->listeners, added, link);
}

static void close_listeners(rpc_server *server) {
  rpc_listener *first;
  while ((first = SLIST_FIRST(&server->listeners)) != NULL) {
    SLIST_REMOVE_HEAD(&server->listeners, link);
    io_listener_close(first->listener);
    free(first);
  }
}

base_code rpc_server_listen_tcp(rpc_server *server, const char *host, unsigned port, char bound[64],
                                base_error *error) {
  io_listener *listener;
  BASE_TRY(
      io_listener_tcp(server->loop, host, port, accept_stream, server, &listener, bound, error));
  add_listener(server, listener);
  return BASE_OK;
}

base_code rpc_server_listen_tls(rpc_server *server, const io_tls *tls, const char *host,
                                unsigned port, char bound[64], base_error *error) {
  io_listener *listener;
  BASE_TRY(io_listener_tls(server->loop, tls, host, port, accept_stream, server, &listener, bound,
                           error));
  add_listener(server, listener);
  return BASE_OK;
}

base_code rpc_server_listen_unix(rpc_server *server, const char *path, base_error *error) {
  io_listener *listener;
  BASE_TRY(io_listener_unix(server->loop, path, accept_stream, server, &listener, error));
  add_listener(server, listener);
  return BASE_OK;
}

/* --- end -------------------------------------------------------------------------------------- */

static void close_connections(rpc_server *server) {
  rpc_connection *connection;
  TAILQ_FOREACH(connection, &server->open, link) {
    rpc_connection_close(connection);
  }
}

static void give_up(void *self) {
  rpc_server *server = self;
  base_log(BASE_LOG_WARN, "rpc.drain", "unanswered_connections=%zu", server->count);
  close_connections(server);
  end_drain(server);
}

void rpc_server_drain(rpc_server *server, uint64_t ms, void (*drained)(void *self), void *self) {
  rpc_connection *connection;
  close_listeners(server);
  server->draining = true;
  server->drained = drained;
  server->drained_self = self;
  TAILQ_FOREACH(connection, &server->open, link) rpc_connection_finish(connection);
  if (server->count == 0) {
    end_drain(server);
  } else {
    io_timer_start(server->deadline, ms, 0);
  }
}

void rpc_server_free(rpc_server *server) {
  if (server == NULL) return;
  server->drained = NULL;
  rpc_notice_free(server->notice);
  io_loop_on_turn(server->loop, NULL, NULL);
  close_listeners(server);
  io_timer_free(server->deadline);
  io_timer_free(server->watch);
  server->deadline = server->watch = NULL;
  close_connections(server);
  rpc_server_release(server);
}
