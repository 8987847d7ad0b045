/* follow: a connection's subscription under way. Reads the journal on with event.read, one page at a
 * time, as fast as the peer takes what it is sent; what was committed meanwhile waits in the journal, not in
 * memory. A peer that is more than `event_lag` entries behind is told what it lost and goes on from now.
 *
 * Memory:  embedded in its connection; pages live in their request.
 * Threads: the loop's only.
 * Fails:   a page that cannot be read ends the subscription with [2, "event.end", [{code, message}]]. */
#pragma once

#include "api/api.h"

typedef struct rpc_connection rpc_connection;

typedef struct rpc_follow {
  uint64_t after; /* the peer was sent, or told of, everything up to here */
  bool reading;   /* a page is under way */
  unsigned turn;  /* counts the subscriptions, so that a late page of an earlier one is known */
} rpc_follow;

/* The session has another subscription now, or none. */
void rpc_follow_start(rpc_connection *connection);

/* Reads the next page when there is one to read and the peer keeps up. */
void rpc_follow_next(rpc_connection *connection);
