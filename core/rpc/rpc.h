/* rpc: the socket door. msgpack-RPC over TCP and unix sockets, as docs/protocol.md says; and a
 * small blocking client for command lines and tests.
 *
 * Memory:  the server owns its connections; rpc_server_free closes them.
 * Threads: the server: the loop's only. A client: one thread at a time.
 * Fails:   listening: UNAVAILABLE with address and reason. A broken frame costs its connection
 *          only. */
#pragma once

#include "api/api.h"
#include "data/data.h"
#include "io/io.h"

typedef struct rpc_options {
  data_limits frame;      /* limits.frame_… : one request after login */
  data_limits frame_open; /* limits.open_… : one request before login */
  size_t outstanding;     /* limits.outstanding: requests of one connection under way */
  size_t output_bytes;    /* limits.output_bytes: replies not taken; reading stops above */
  /* Of these, 0 is no limit. */
  size_t connections;         /* limits.connections: all together */
  size_t connections_open;    /* limits.open_connections: of those who have not logged in */
  size_t connections_network; /* limits.network_connections: from one network */
  size_t requests;            /* limits.requests: under way, of all connections */
  size_t replies_bytes;       /* limits.replies_bytes: not taken, of all connections */
  size_t rate;          /* limits.rate: requests of one connection in a second; it waits for more */
  size_t rate_open;     /* limits.open_rate: the same before login */
  uint64_t login_ms;    /* limits.login_ms: until a peer has logged in */
  uint64_t frame_ms;    /* limits.frame_ms: from a message's beginning to its end */
  uint64_t stalled_ms;  /* limits.stalled_ms: without taking anything of what waits for it */
  unsigned keepalive_s; /* limits.keepalive_s: of silence, after which TCP asks the peer */
  uint64_t event_lag;   /* limits.event_lag: entries a subscriber may be behind */
  base_language language; /* of a new session */
  int64_t owner_uid;      /* peers of this uid on the unix socket are administrators */
} rpc_options;

typedef struct rpc_server rpc_server;

rpc_server *rpc_server_new(io_loop *loop, api_engine *engine, const rpc_options *options);
/* From here on these options hold: for limits of single connections, as they are looked at next; what TCP
 * looks after (keepalive_s, and stalled_ms for what is not confirmed), for connections that come. */
void rpc_server_configure(rpc_server *server, const rpc_options *options);
base_code rpc_server_listen_tcp(rpc_server *server, const char *host, unsigned port, char bound[64],
                                base_error *error);
/* `tls` outlives the server. */
base_code rpc_server_listen_tls(rpc_server *server, const io_tls *tls, const char *host,
                                unsigned port, char bound[64], base_error *error);
base_code rpc_server_listen_unix(rpc_server *server, const char *path, base_error *error);

/* Takes no new connections and no new requests; calls `drained` when every request under way was
 * answered and sent, or after `ms`. */
void rpc_server_drain(rpc_server *server, uint64_t ms, void (*drained)(void *self), void *self);

/* Closes what is left. Requests still under way are let go as they come back, in io_loop_free at the
 * latest; so the end of a server is: loop stopped, rpc_server_free, api_engine_free, io_loop_free. */
void rpc_server_free(rpc_server *server);

/* --- client ----------------------------------------------------------------------------------- */

/* Waits at most 60 seconds for the server at each step; what goes wrong on the way is UNAVAILABLE,
 * and ends the connection. */
typedef struct rpc_client rpc_client;

typedef struct rpc_client_options {
  const char *address; /* "unix:PATH" or "HOST:PORT" */
  bool tls;            /* with HOST:PORT: the server has to show a certificate for HOST */
  const char *ca;      /* PEM file of those whose certificates are trusted; NULL: the system's */
} rpc_client_options;

/* Introduces itself with session.hello: errors come with field and data, texts in the language of
 * `error`. */
base_code rpc_client_open(const rpc_client_options *options, rpc_client **client,
                          base_error *error);
void rpc_client_close(rpc_client *client);

/* One call; `params` is a msgpack map, or empty. *result, and the error's data, point into the
 * client until the next call. Not while replies to rpc_client_send are outstanding. */
base_code rpc_client_call(rpc_client *client, const char *op, base_slice params, base_slice *result,
                          base_error *error);

/* Sends without waiting for the reply, and takes the next reply in order of arrival: for
 * pipelining. `id` tells which request it answers, also when the answer is an error. */
base_code rpc_client_send(rpc_client *client, const char *op, base_slice params, uint32_t *id,
                          base_error *error);
base_code rpc_client_receive(rpc_client *client, uint32_t *id, base_slice *result,
                             base_error *error);
