/* connection: one client in a closed loop. It always has `depth` requests under way: each reply is
 * followed by the next request, and what came with one read is answered with one write.
 *
 * Memory:  the connection's own, a few pages.  Threads: one.
 * Fails:   a server that closes, or that sends what is no reply, ends the program with a message.
 *          Errors and replies that are too short to be good are counted. */
#pragma once

#include "histogram.h"
#include "plan.h"

typedef struct connection connection;

/* What all connections count; `counting` is set when warming up is over. */
typedef struct tally {
  bool counting;
  uint64_t replies;
  uint64_t errors;
  uint64_t reply_bytes;
  histogram times;
  char first_error[512];
} tally;

/* Connects to a unix socket (a path with a slash) or HOST:PORT and goes through the prelude. */
connection *connection_open(const char *address, const plan *asked, size_t depth, chance *dice,
                            tally *counts);
int connection_descriptor(const connection *client);

/* Sends the first `depth` requests. */
void connection_start(connection *client);

/* Takes what has arrived and asks anew. */
void connection_read(connection *client);

/* Sends what did not fit before; true while something is left. */
bool connection_write(connection *client);
void connection_close(connection *client);

/* Nanoseconds. */
uint64_t connection_now(void);
