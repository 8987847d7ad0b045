/* order: when each request of one connection may start.
 *
 *   writes    at once; the writer lane keeps them in order
 *   reads     when every write that came before them has been answered, and not too many at once:
 *             each may hold a large answer that the peer has not asked to see yet
 *   barriers  when everything that came before them has been answered; nothing is taken while one
 *             waits or runs
 *
 * Memory:  turns are embedded in their owner's object; an order only links them.
 * Threads: the loop's only.  Fails: never. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

typedef enum rpc_turn_kind { RPC_TURN_READ, RPC_TURN_WRITE, RPC_TURN_BARRIER } rpc_turn_kind;

typedef struct rpc_turn {
  TAILQ_ENTRY(rpc_turn) link;
  rpc_turn_kind kind;
  uint64_t writes_before; /* writes of the connection that came before it */
  bool started;
} rpc_turn;

typedef TAILQ_HEAD(rpc_turns, rpc_turn) rpc_turns;

typedef struct rpc_order {
  rpc_turns writes;  /* started and not answered, oldest first */
  rpc_turns waiting; /* reads, and last perhaps a barrier; oldest first */
  uint64_t writes_taken;
  size_t under_way; /* taken and not answered */
  size_t reads;     /* started and not answered */
  bool barrier;     /* the last one taken is a barrier */
} rpc_order;

void rpc_order_init(rpc_order *order);

/* Takes the next request; not while order->barrier. True: it starts now. False: it waits until
 * rpc_order_next hands it out. */
bool rpc_order_take(rpc_order *order, rpc_turn *turn, rpc_turn_kind kind);

/* The oldest waiting request that may start now, or NULL. */
rpc_turn *rpc_order_next(rpc_order *order);

/* A request that had started was answered. */
void rpc_order_end(rpc_order *order, rpc_turn *turn);

/* Takes back a request that waits, as if it had never come; NULL when none does. */
rpc_turn *rpc_order_drop(rpc_order *order);
