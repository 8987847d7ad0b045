/* server: what the connections share. Inside the room only; rpc.h is the door.
 *
 * Memory:  counted: its owner and its connections. The last one frees it, so that requests which
 *          come back late find what they need.
 * Threads: the loop's only.  Fails: never. */
#pragma once

#include <sys/queue.h>

#include "base/map.h"
#include "rpc/rpc.h"

typedef struct rpc_connection rpc_connection;
typedef struct rpc_listener rpc_listener;
typedef struct rpc_notice rpc_notice;
typedef TAILQ_HEAD(rpc_connections, rpc_connection) rpc_connections;

struct rpc_server {
  io_loop *loop;
  api_engine *engine;
  rpc_options options;
  SLIST_HEAD(, rpc_listener) listeners;
  rpc_connections open;
  uint32_t numbered;  /* connections so far */
  size_t count;       /* open connections, also those that are being refused */
  size_t refusing;    /* of them, those */
  size_t strangers;   /* those that have not logged in */
  size_t under_way;   /* requests of all connections */
  base_map *networks; /* network → how many connections come from it */
  io_timer *watch;
  size_t references;
  api_door door;
  base_buffer output; /* of the reply being written; shared by all */
  rpc_notice *notice; /* brings word of commits to the loop */
  bool draining;
  io_timer *deadline; /* of the drain */
  void (*drained)(void *self);
  void *drained_self;
};

void rpc_server_join(rpc_server *server, rpc_connection *connection);
void rpc_server_leave(rpc_server *server, rpc_connection *connection);

void rpc_server_release(rpc_server *server);
