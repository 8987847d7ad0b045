/* watch: how many connections there may be, and how long each may keep the server waiting. Inside the
 * room only.
 *
 * A connection for which there is no room is not dropped without a word: its first request is answered
 * with UNAVAILABLE, which names the limit, and then it is closed. A few of those may wait at once; when
 * there are more, they are closed without a word after all.
 *
 * A peer has to log in, to finish the message it began, and to take its answers, each within a time. That
 * is looked at a few times a second, for all connections at once, so that none needs a timer.
 *
 * Memory:  a count for each network that has connections.
 * Threads: the loop's only.  Fails: never. */
#pragma once

#include "rpc/server.h"

/* The key of the limit for which there is no room for one more connection; NULL when there is. */
const char *rpc_watch_full(const rpc_server *server, const io_peer *peer);

/* Whether there is no room even for one that will be refused. */
bool rpc_watch_overrun(const rpc_server *server);

/* Counts that somebody met the limit of that key. */
void rpc_watch_hit(const char *limit);

/* Closes those who have most of the replies that are not taken, while all together have too much. */
void rpc_watch_unsent(rpc_server *server);

/* The connection is one of the server's from here on, and no longer. */
void rpc_watch_join(rpc_connection *connection);
void rpc_watch_leave(rpc_connection *connection);

/* The connection may have logged in or out. */
void rpc_watch_session(rpc_connection *connection);

/* Whether the peer may have another request taken in this second; and that one was. */
bool rpc_watch_may_take(rpc_connection *connection);
void rpc_watch_took(rpc_connection *connection);

/* Looks at all connections; called a few times a second. */
void rpc_watch_all(void *server);
