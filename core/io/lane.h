/* lane: a mailbox and the threads that serve it.
 * Memory:  messages are embedded in their owner's object; whoever holds the object owns it, and
 *          posting hands it over. The lane owns its threads.
 * Threads: any thread may post. The serve function runs on the lane's threads only.
 * Fails:   posting to a bounded lane that is full returns false and hands nothing over. */
#pragma once

#include "base/error.h"

typedef struct io_message {
  struct io_message *next;
  void (*run)(struct io_message *message); /* used by loops and by lanes that simply run */
} io_message;

/* Serves the messages taken from the mailbox, oldest first, chained by next; NULL when the wait ran
 * out or the lane was woken. Returns after how many milliseconds it wants to be called again
 * without a message; IO_LANE_FOREVER for not before the next one. `thread` counts the lane's
 * threads from 0; each keeps its own time of the next call. */
typedef int64_t (*io_lane_serve)(io_message *first, unsigned thread, void *self);
#define IO_LANE_FOREVER INT64_MAX

typedef struct io_lane_options {
  const char *name; /* at most 15 bytes; shown by the system's tools */
  unsigned threads; /* at least 1 */
  size_t capacity;  /* messages that may wait; 0 for no bound */
  size_t batch;     /* messages taken at once; 0 for all that wait */
  int nice; /* how far its threads step back behind the others when the cores are busy; 0 to 19 */
  io_lane_serve serve; /* NULL: run each message */
  void *self;
} io_lane_options;

typedef struct io_lane io_lane;

base_code io_lane_new(const io_lane_options *options, io_lane **lane, base_error *error);
bool io_lane_post(io_lane *lane, io_message *message);

/* Makes the lane call serve once soon, also without a message. A new lane calls serve for the
 * first time with its first message or wake. */
void io_lane_wake(io_lane *lane);

size_t io_lane_waiting(io_lane *lane);

/* What waits, at most a batch, for a serve function that goes on with it; NULL when nothing does. */
io_message *io_lane_take(io_lane *lane);

/* Serves what waits, also what that posts to the lane itself, ends the threads, frees the lane.
 * Nobody else may post any more. Not on a thread of the lane. */
void io_lane_stop(io_lane *lane);

/* The same, but the lane stays for those who still wake it, until io_lane_stop. */
void io_lane_join(io_lane *lane);
