/* The arithmetic of the refill forecast (ORD-01, ORD-04, C-05), without a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "refill.h"

/* cmocka needs the headers above before it. */
#include <cmocka.h>

#define DAY_2026_01_29 20482
#define CAPSULE 7 /* 海参肽胶囊, 15 days a box */

static refill_purchase bought(int64_t order, refill_date on, int64_t quantity) {
  return (refill_purchase){.product = CAPSULE, .order = order, .quantity = quantity, .on = on};
}

static void one_order_runs_out_after_quantity_times_cycle(void **state) {
  (void)state;
  refill_purchase purchases[] = {bought(1, DAY_2026_01_29, 3)};
  refill_forecast on_the_day = refill_compute(purchases, 1, 15, DAY_2026_01_29);
  assert_int_equal(on_the_day.refill_on, DAY_2026_01_29 + 45); /* 2026-03-15 */
  assert_int_equal(on_the_day.days_left, 45);
  assert_int_equal(on_the_day.stock, 3);
  assert_false(on_the_day.late);
  assert_int_equal(on_the_day.units, 3);
  assert_int_equal(on_the_day.orders, 1);
  assert_int_equal(on_the_day.average_interval, REFILL_UNKNOWN);
  assert_int_equal(on_the_day.days_per_unit, REFILL_UNKNOWN);
}

static void an_open_unit_counts_as_stock(void **state) {
  (void)state;
  refill_purchase purchases[] = {bought(1, 100, 3)};
  assert_int_equal(refill_compute(purchases, 1, 15, 115).stock, 2);
  assert_int_equal(refill_compute(purchases, 1, 15, 116).stock, 2);
  assert_int_equal(refill_compute(purchases, 1, 15, 144).stock, 1);
  assert_int_equal(refill_compute(purchases, 1, 15, 145).stock, 0);
}

static void late_begins_after_the_refill_day(void **state) {
  (void)state;
  refill_purchase purchases[] = {bought(1, 100, 1)};
  refill_forecast due = refill_compute(purchases, 1, 15, 115);
  assert_false(due.late);
  assert_int_equal(due.days_left, 0);
  assert_int_equal(due.days_late, 0);
  refill_forecast late = refill_compute(purchases, 1, 15, 118);
  assert_true(late.late);
  assert_int_equal(late.days_left, 0);
  assert_int_equal(late.days_late, 3);
  assert_int_equal(late.stock, 0);
}

static void leftovers_carry_over(void **state) {
  (void)state;
  refill_purchase purchases[] = {bought(1, 100, 2), bought(2, 140, 1)};
  refill_forecast forecast = refill_compute(purchases, 2, 30, 140);
  assert_int_equal(forecast.refill_on, 190); /* 60 days from day 100, then 30 more */
  assert_int_equal(forecast.stock, 2);       /* 20 days of the first order and a whole box */
  assert_int_equal(forecast.gap_days, 0);
}

static void a_gap_is_not_made_up_for(void **state) {
  (void)state;
  refill_purchase purchases[] = {bought(1, 100, 1), bought(2, 120, 1), bought(3, 150, 1)};
  refill_forecast forecast = refill_compute(purchases, 3, 15, 150);
  assert_int_equal(forecast.refill_on, 165);
  assert_int_equal(forecast.gap_days, 5 + 15);
}

static void what_was_observed_is_rounded_half_up(void **state) {
  (void)state;
  refill_purchase purchases[] = {bought(1, 100, 2), bought(2, 131, 2), bought(3, 165, 9)};
  refill_forecast forecast = refill_compute(purchases, 3, 15, 165);
  assert_int_equal(forecast.average_interval, 33); /* 65 / 2 = 32.5 */
  assert_int_equal(forecast.days_per_unit, 16);    /* 65 / 4 = 16.25: the last 9 are not used yet */
  assert_int_equal(forecast.orders, 3);
  assert_int_equal(forecast.first_on, 100);
  assert_int_equal(forecast.last_on, 165);
}

static void two_orders_of_one_day_are_no_interval(void **state) {
  (void)state;
  refill_purchase purchases[] = {bought(1, 100, 1), bought(1, 100, 1), bought(2, 100, 1)};
  refill_forecast forecast = refill_compute(purchases, 3, 10, 100);
  assert_int_equal(forecast.orders, 2);
  assert_int_equal(forecast.units, 3);
  assert_int_equal(forecast.refill_on, 130);
  assert_int_equal(forecast.average_interval, REFILL_UNKNOWN);
}

static void the_calendar_has_an_end(void **state) {
  (void)state;
  refill_purchase purchases[] = {bought(1, 100, INT64_MAX), bought(2, 200, 1)};
  refill_forecast forecast = refill_compute(purchases, 1, 3660, 100);
  assert_int_equal(forecast.refill_on, REFILL_LAST_DATE);
  assert_int_equal(refill_compute(&purchases[1], 1, INT64_MAX, 200).refill_on, REFILL_LAST_DATE);
}

static void purchases_sort_by_product_day_and_order(void **state) {
  (void)state;
  refill_purchase purchases[] = {{2, 5, 1, 10}, {1, 9, 1, 20}, {1, 8, 1, 20}, {1, 9, 1, 10}};
  refill_sort(purchases, 4);
  const refill_purchase sorted[] = {{1, 9, 1, 10}, {1, 8, 1, 20}, {1, 9, 1, 20}, {2, 5, 1, 10}};
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(purchases[i].product, sorted[i].product);
    assert_int_equal(purchases[i].order, sorted[i].order);
    assert_int_equal(purchases[i].on, sorted[i].on);
  }
  refill_sort(NULL, 0);
}

static void forecasts_sort_by_refill_day(void **state) {
  (void)state;
  refill_forecast forecasts[] = {{.product = 3, .refill_on = 50},
                                 {.product = 2, .refill_on = 50},
                                 {.product = 1, .refill_on = 60}};
  refill_sort_forecasts(forecasts, 3);
  assert_int_equal(forecasts[0].product, 2);
  assert_int_equal(forecasts[1].product, 3);
  assert_int_equal(forecasts[2].product, 1);
  refill_sort_forecasts(NULL, 0);
}

/* --- day by day -------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return *seed >> 16;
}

typedef struct diary {
  int64_t days_of_goods; /* in the cupboard, at the beginning of the day */
  int64_t days_without;  /* since the first purchase */
} diary;

/* Lives through every day from the first purchase to the morning of `on`: buys, then uses one day's
 * share. The slow and obvious way to the same numbers. */
static diary live(const refill_purchase *purchases, size_t count, int64_t cycle, refill_date on) {
  diary kept = {0};
  size_t next = 0;
  for (refill_date day = purchases[0].on; day <= on; day++) {
    for (; next < count && purchases[next].on == day; next++) {
      kept.days_of_goods += purchases[next].quantity * cycle;
    }
    if (day == on) break;
    if (kept.days_of_goods > 0) {
      kept.days_of_goods -= 1;
    } else {
      kept.days_without += 1;
    }
  }
  return kept;
}

static void segments_agree_with_living_day_by_day(void **state) {
  (void)state;
  uint32_t seed = 20260129;
  for (int round = 0; round < 2000; round++) {
    refill_purchase purchases[12];
    size_t count = 1 + next_random(&seed) % 12;
    refill_date on = 1000;
    for (size_t i = 0; i < count; i++) {
      purchases[i] = bought((int64_t)i, on, 1 + next_random(&seed) % 4);
      if (i + 1 < count) on += (refill_date)(next_random(&seed) % 70);
    }
    int64_t cycle = 1 + next_random(&seed) % 30;
    on += (refill_date)(next_random(&seed) % 150);
    refill_forecast forecast = refill_compute(purchases, count, cycle, on);
    diary kept = live(purchases, count, cycle, on);
    assert_int_equal(forecast.days_left, kept.days_of_goods);
    assert_int_equal(forecast.gap_days + forecast.days_late, kept.days_without);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_order_runs_out_after_quantity_times_cycle),
      cmocka_unit_test(an_open_unit_counts_as_stock),
      cmocka_unit_test(late_begins_after_the_refill_day),
      cmocka_unit_test(leftovers_carry_over),
      cmocka_unit_test(a_gap_is_not_made_up_for),
      cmocka_unit_test(what_was_observed_is_rounded_half_up),
      cmocka_unit_test(two_orders_of_one_day_are_no_interval),
      cmocka_unit_test(the_calendar_has_an_end),
      cmocka_unit_test(purchases_sort_by_product_day_and_order),
      cmocka_unit_test(forecasts_sort_by_refill_day),
      cmocka_unit_test(segments_agree_with_living_day_by_day),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
