/* order: writes at once, reads after earlier writes, barriers alone. */
#include "rpc/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int make_order(void **state) {
  static rpc_order order;
  rpc_order_init(&order);
  *state = &order;
  return 0;
}

static void reads_alone_start_at_once(void **state) {
  rpc_order *order = *state;
  rpc_turn reads[3];
  for (size_t i = 0; i < 3; i++) assert_true(rpc_order_take(order, &reads[i], RPC_TURN_READ));
  assert_int_equal(order->under_way, 3);
  for (size_t i = 0; i < 3; i++) rpc_order_end(order, &reads[2 - i]);
  assert_int_equal(order->under_way, 0);
}

static void writes_start_at_once_behind_anything_but_a_barrier(void **state) {
  rpc_order *order = *state;
  rpc_turn first, read, second;
  assert_true(rpc_order_take(order, &first, RPC_TURN_WRITE));
  assert_false(rpc_order_take(order, &read, RPC_TURN_READ));
  assert_true(rpc_order_take(order, &second, RPC_TURN_WRITE));
  assert_null(rpc_order_next(order));
}

static void a_read_waits_for_the_writes_before_it_and_for_no_others(void **state) {
  rpc_order *order = *state;
  rpc_turn first, early, second, late;
  (void)rpc_order_take(order, &first, RPC_TURN_WRITE);
  assert_false(rpc_order_take(order, &early, RPC_TURN_READ));
  (void)rpc_order_take(order, &second, RPC_TURN_WRITE);
  assert_false(rpc_order_take(order, &late, RPC_TURN_READ));
  rpc_order_end(order, &first);
  assert_ptr_equal(rpc_order_next(order), &early);
  assert_null(rpc_order_next(order));
  rpc_order_end(order, &second);
  assert_ptr_equal(rpc_order_next(order), &late);
  assert_null(rpc_order_next(order));
}

/* A refused write is answered before the group of an earlier one; counting answers alone would let
 * the read see too little. */
static void a_later_write_answered_first_frees_nothing(void **state) {
  rpc_order *order = *state;
  rpc_turn first, read, second;
  (void)rpc_order_take(order, &first, RPC_TURN_WRITE);
  (void)rpc_order_take(order, &read, RPC_TURN_READ);
  (void)rpc_order_take(order, &second, RPC_TURN_WRITE);
  rpc_order_end(order, &second);
  assert_null(rpc_order_next(order));
  rpc_order_end(order, &first);
  assert_ptr_equal(rpc_order_next(order), &read);
}

static void a_barrier_waits_for_all_and_is_alone(void **state) {
  rpc_order *order = *state;
  rpc_turn write, read, barrier;
  (void)rpc_order_take(order, &write, RPC_TURN_WRITE);
  (void)rpc_order_take(order, &read, RPC_TURN_READ);
  assert_false(rpc_order_take(order, &barrier, RPC_TURN_BARRIER));
  assert_true(order->barrier);
  rpc_order_end(order, &write);
  assert_ptr_equal(rpc_order_next(order), &read);
  assert_null(rpc_order_next(order));
  rpc_order_end(order, &read);
  assert_ptr_equal(rpc_order_next(order), &barrier);
  assert_true(order->barrier);
  rpc_order_end(order, &barrier);
  assert_false(order->barrier);
  assert_int_equal(order->under_way, 0);
}

static void a_barrier_with_nothing_before_it_starts_at_once(void **state) {
  rpc_order *order = *state;
  rpc_turn barrier, read;
  assert_true(rpc_order_take(order, &barrier, RPC_TURN_BARRIER));
  assert_true(order->barrier);
  rpc_order_end(order, &barrier);
  assert_true(rpc_order_take(order, &read, RPC_TURN_READ));
}

static void what_waits_can_be_dropped_what_runs_cannot(void **state) {
  rpc_order *order = *state;
  rpc_turn write, read, barrier;
  (void)rpc_order_take(order, &write, RPC_TURN_WRITE);
  (void)rpc_order_take(order, &read, RPC_TURN_READ);
  (void)rpc_order_take(order, &barrier, RPC_TURN_BARRIER);
  assert_ptr_equal(rpc_order_drop(order), &read);
  assert_ptr_equal(rpc_order_drop(order), &barrier);
  assert_null(rpc_order_drop(order));
  assert_false(order->barrier);
  assert_int_equal(order->under_way, 1);
  rpc_order_end(order, &write);
  assert_int_equal(order->under_way, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(reads_alone_start_at_once, make_order),
      cmocka_unit_test_setup(writes_start_at_once_behind_anything_but_a_barrier, make_order),
      cmocka_unit_test_setup(a_read_waits_for_the_writes_before_it_and_for_no_others, make_order),
      cmocka_unit_test_setup(a_later_write_answered_first_frees_nothing, make_order),
      cmocka_unit_test_setup(a_barrier_waits_for_all_and_is_alone, make_order),
      cmocka_unit_test_setup(a_barrier_with_nothing_before_it_starts_at_once, make_order),
      cmocka_unit_test_setup(what_waits_can_be_dropped_what_runs_cannot, make_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
