/* watch: counts, and one walk over the connections. See watch.h.
 *
 * Memory:  the counts of networks live in the server's map.  Threads: the loop's.  Fails: never. */
#include "rpc/watch.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/metric.h"
#include "rpc/connection.h"

#define REFUSING_MAX 64 /* connections that wait to be refused */
#define REFUSING_MS 1000
#define WATCH_MS 250

BASE_METRIC(logins_late, "rpc_logins_late_total");
BASE_METRIC(frames_late, "rpc_frames_late_total");
BASE_METRIC(readers_dropped, "rpc_readers_dropped_total");
BASE_METRIC(strangers_open, "rpc_strangers_open");
BASE_METRIC(requests_delayed, "rpc_requests_delayed_total");

static uint64_t now_ms(void) {
  return base_clock_coarse() / 1000000;
}

static bool reached(size_t count, size_t limit) {
  return limit > 0 && count >= limit;
}

/* --- how many ---------------------------------------------------------------------------------- */

static size_t *count_of(const rpc_server *server, const char *network) {
  return base_map_get(server->networks, base_slice_text(network));
}

const char *rpc_watch_full(const rpc_server *server, const io_peer *peer) {
  const rpc_options *options = &server->options;
  const size_t *same = count_of(server, peer->network);
  if (peer->last) return "ulimit -n";
  if (reached(server->count - server->refusing, options->connections)) return "limits.connections";
  if (peer->local) return NULL;
  if (reached(server->strangers, options->connections_open)) return "limits.open_connections";
  if (same != NULL && reached(*same, options->connections_network)) {
    return "limits.network_connections";
  }
  return NULL;
}

typedef struct limit_count {
  const char *limit;
  base_metric metric;
} limit_count;

void rpc_watch_hit(const char *limit) {
  static limit_count counts[] = {
      {"limits.connections", {.name = "rpc_limit_connections_total"}},
      {"limits.open_connections", {.name = "rpc_limit_open_connections_total"}},
      {"limits.network_connections", {.name = "rpc_limit_network_connections_total"}},
      {"limits.requests", {.name = "rpc_limit_requests_total"}},
      {"limits.outstanding", {.name = "rpc_limit_outstanding_total"}},
      {"limits.output_bytes", {.name = "rpc_limit_output_bytes_total"}},
      {"limits.replies_bytes", {.name = "rpc_limit_replies_bytes_total"}},
      {"limits.frame", {.name = "rpc_limit_frame_total"}},
      {"limits.open_frame", {.name = "rpc_limit_open_frame_total"}},
      {"ulimit -n", {.name = "rpc_limit_descriptors_total"}},
  };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    if (strcmp(counts[i].limit, limit) == 0) base_metric_add(&counts[i].metric, 1);
  }
}

bool rpc_watch_overrun(const rpc_server *server) {
  return server->refusing >= REFUSING_MAX;
}

static bool is_stranger(const rpc_connection *connection) {
  return connection->refused == NULL && connection->session.user[0] == '\0';
}

static void count_stranger(rpc_server *server, int by) {
  server->strangers += (size_t)by;
  base_metric_add(&strangers_open, by);
}

void rpc_watch_session(rpc_connection *connection) {
  bool stranger = is_stranger(connection);
  if (stranger == connection->stranger) return;
  connection->stranger = stranger;
  connection->waited_from = now_ms();
  count_stranger(connection->server, stranger ? 1 : -1);
}

/* The network stays in the session as it was when the connection came. */
static void count_network(rpc_connection *connection) {
  rpc_server *server = connection->server;
  size_t *count = count_of(server, connection->session.network);
  if (count == NULL) {
    count = base_alloc(sizeof *count);
    *count = 0;
    (void)base_map_put(server->networks, base_slice_text(connection->session.network), count);
  }
  ++*count;
}

static void uncount_network(rpc_connection *connection) {
  rpc_server *server = connection->server;
  size_t *count = count_of(server, connection->session.network);
  if (count == NULL || --*count > 0) return;
  (void)base_map_remove(server->networks, base_slice_text(connection->session.network));
  free(count);
}

void rpc_watch_join(rpc_connection *connection) {
  rpc_server *server = connection->server;
  if (server->count == 1) io_timer_start(server->watch, WATCH_MS, WATCH_MS);
  connection->waited_from = now_ms();
  if (connection->refused != NULL) {
    server->refusing++;
  } else {
    count_network(connection);
    rpc_watch_session(connection);
  }
}

void rpc_watch_leave(rpc_connection *connection) {
  rpc_server *server = connection->server;
  if (connection->refused != NULL) {
    server->refusing--;
  } else {
    uncount_network(connection);
    if (connection->stranger) count_stranger(server, -1);
  }
  if (server->count == 0 && server->watch != NULL) io_timer_stop(server->watch);
}

/* --- how much ---------------------------------------------------------------------------------- */

/* What the system has taken meanwhile does not count. */
static rpc_connection *largest(const rpc_server *server, size_t *all) {
  rpc_connection *found = NULL;
  rpc_connection *connection;
  size_t most = 0;
  *all = 0;
  TAILQ_FOREACH(connection, &server->open, link) {
    size_t unsent = connection->stream == NULL ? 0 : io_stream_pending(connection->stream);
    *all += unsent;
    if (unsent > most) {
      most = unsent;
      found = connection;
    }
  }
  return found;
}

void rpc_watch_unsent(rpc_server *server) {
  size_t limit = server->options.replies_bytes;
  size_t all;
  while (limit > 0 && io_loop_unsent(server->loop) > limit) {
    rpc_connection *connection = largest(server, &all);
    if (connection == NULL || all <= limit) return;
    rpc_watch_hit("limits.replies_bytes");
    rpc_connection_close(connection);
  }
}

/* --- how often --------------------------------------------------------------------------------- */

static size_t rate_of(const rpc_connection *connection) {
  const rpc_options *options = &connection->server->options;
  return connection->stranger ? options->rate_open : options->rate;
}

bool rpc_watch_may_take(rpc_connection *connection) {
  size_t rate = rate_of(connection);
  if (rate == 0) return true;
  uint64_t second = now_ms() / 1000;
  if (second != connection->second) {
    connection->second = second;
    connection->requests = 0;
  }
  bool may = connection->requests < rate;
  if (!may && !connection->delayed) base_metric_add(&requests_delayed, 1);
  connection->delayed = !may;
  return may;
}

void rpc_watch_took(rpc_connection *connection) {
  connection->requests++;
}

/* --- how long ---------------------------------------------------------------------------------- */

static void drop(rpc_connection *connection, base_metric *metric) {
  base_metric_add(metric, 1);
  rpc_connection_close(connection);
}

static bool is_over(uint64_t from, uint64_t now, uint64_t ms) {
  return ms > 0 && now - from >= ms;
}

/* Time in which the server does not want to read is not the peer's. */
static bool message_is_late(rpc_connection *connection, uint64_t now) {
  if (connection->paused || connection->frame.kept.size == 0) {
    connection->frame_from = 0;
    return false;
  }
  if (connection->frame_from == 0 || connection->frame_number != connection->frame.number) {
    connection->frame_from = now;
    connection->frame_number = connection->frame.number;
  }
  return is_over(connection->frame_from, now, connection->server->options.frame_ms);
}

static bool reader_is_late(rpc_connection *connection, uint64_t now) {
  uint64_t taken = io_stream_taken(connection->stream);
  if (io_stream_pending(connection->stream) == 0 || taken != connection->taken ||
      connection->taken_at == 0) {
    connection->taken = taken;
    connection->taken_at = now;
    return false;
  }
  return is_over(connection->taken_at, now, connection->server->options.stalled_ms);
}

static void look_at(rpc_connection *connection, uint64_t now) {
  const rpc_options *options = &connection->server->options;
  if (connection->stream == NULL) return;
  if (connection->refused != NULL && is_over(connection->waited_from, now, REFUSING_MS)) {
    rpc_connection_finish(connection);
  } else if (connection->stranger && is_over(connection->waited_from, now, options->login_ms)) {
    drop(connection, &logins_late);
  } else if (message_is_late(connection, now)) {
    drop(connection, &frames_late);
  } else if (reader_is_late(connection, now)) {
    drop(connection, &readers_dropped);
  } else if (connection->delayed) {
    rpc_connection_go_on(connection);
  }
}

void rpc_watch_all(void *self) {
  rpc_server *server = self;
  rpc_connection *connection;
  uint64_t now = now_ms();
  TAILQ_FOREACH(connection, &server->open, link) look_at(connection, now);
}
