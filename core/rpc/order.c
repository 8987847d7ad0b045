/* order: two queues and a count of writes. See order.h.
 *
 * Memory:  none.  Threads: the loop's only.  Fails: never. */
#include "rpc/order.h"

/* Reads of one connection that run at once. */
#define READS_MOST 32

void rpc_order_init(rpc_order *order) {
  *order = (rpc_order){.under_way = 0};
  TAILQ_INIT(&order->writes);
  TAILQ_INIT(&order->waiting);
}

/* Later writes may be answered before earlier ones (a refused one does not wait for a group), so
 * what counts is the oldest that is still open, not how many were answered. */
static bool may_start(const rpc_order *order, const rpc_turn *turn, size_t others) {
  const rpc_turn *oldest = TAILQ_FIRST(&order->writes);
  switch (turn->kind) {
    case RPC_TURN_WRITE:
      return true;
    case RPC_TURN_READ:
      return order->reads < READS_MOST &&
             (oldest == NULL || oldest->writes_before >= turn->writes_before);
    case RPC_TURN_BARRIER:
    default:
      return others == 0;
  }
}

static void start(rpc_order *order, rpc_turn *turn) {
  turn->started = true;
  order->reads += turn->kind == RPC_TURN_READ;
}

bool rpc_order_take(rpc_order *order, rpc_turn *turn, rpc_turn_kind kind) {
  turn->kind = kind;
  turn->writes_before = order->writes_taken;
  turn->started = false;
  bool starts = may_start(order, turn, order->under_way);
  if (starts) start(order, turn);
  order->under_way++;
  order->barrier = kind == RPC_TURN_BARRIER;
  if (kind == RPC_TURN_WRITE) {
    order->writes_taken++;
    TAILQ_INSERT_TAIL(&order->writes, turn, link);
  } else if (!starts) {
    TAILQ_INSERT_TAIL(&order->waiting, turn, link);
  }
  return starts;
}

rpc_turn *rpc_order_next(rpc_order *order) {
  rpc_turn *turn = TAILQ_FIRST(&order->waiting);
  if (turn == NULL || !may_start(order, turn, order->under_way - 1)) return NULL;
  TAILQ_REMOVE(&order->waiting, turn, link);
  start(order, turn);
  return turn;
}

void rpc_order_end(rpc_order *order, rpc_turn *turn) {
  order->under_way--;
  order->reads -= turn->started && turn->kind == RPC_TURN_READ;
  if (turn->kind == RPC_TURN_WRITE) TAILQ_REMOVE(&order->writes, turn, link);
  if (turn->kind == RPC_TURN_BARRIER) order->barrier = false;
}

rpc_turn *rpc_order_drop(rpc_order *order) {
  rpc_turn *turn = TAILQ_FIRST(&order->waiting);
  if (turn == NULL) return NULL;
  TAILQ_REMOVE(&order->waiting, turn, link);
  rpc_order_end(order, turn);
  return turn;
}
