/* mailbox: messages in the order they were put in. Inside this room only.
 * Memory:  messages belong to whoever holds them; the mailbox chains them by their own next.
 * Threads: one at a time; lane and loop lock around it.  Fails: never. */
#pragma once

#include "io/lane.h"

typedef struct io_mailbox {
  io_message *first;
  io_message *last;
  size_t count;
} io_mailbox;

static inline void io_mailbox_append(io_mailbox *box, io_message *message) {
  message->next = NULL;
  if (box->count == 0) {
    box->first = message;
  } else {
    box->last->next = message;
  }
  box->last = message;
  box->count++;
}

/* The oldest `limit` messages, or all when limit is 0, chained by next; NULL when there are none.
 */
static inline io_message *io_mailbox_take(io_mailbox *box, size_t limit) {
  io_message *first = box->first;
  if (limit == 0 || limit >= box->count) {
    *box = (io_mailbox){0};
    return first;
  }
  io_message *last = first;
  for (size_t i = 1; i < limit; i++) last = last->next;
  box->first = last->next;
  box->count -= limit;
  last->next = NULL;
  return first;
}

/* Runs a chain. A message may be gone when its run returns. */
static inline void io_mailbox_run(io_message *first) {
  while (first != NULL) {
    io_message *next = first->next;
    first->run(first);
    first = next;
  }
}
