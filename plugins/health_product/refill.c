/* refill: consumption run forward, one segment per purchase. See refill.h.
 *
 * Memory, Threads, Fails: see the header. */
#include "refill.h"

#include <stdlib.h>

/* --- order ------------------------------------------------------------------------------------- */

static int compare(int64_t a, int64_t b) {
  return a < b ? -1 : a > b;
}

static int compare_purchases(const void *left, const void *right) {
  const refill_purchase *a = left;
  const refill_purchase *b = right;
  int order = compare(a->product, b->product);
  if (order == 0) order = compare(a->on, b->on);
  return order == 0 ? compare(a->order, b->order) : order;
}

void refill_sort(refill_purchase *purchases, size_t count) {
  if (count > 1) qsort(purchases, count, sizeof *purchases, compare_purchases);
}

static int compare_forecasts(const void *left, const void *right) {
  const refill_forecast *a = left;
  const refill_forecast *b = right;
  int order = compare(a->refill_on, b->refill_on);
  return order == 0 ? compare(a->product, b->product) : order;
}

void refill_sort_forecasts(refill_forecast *forecasts, size_t count) {
  if (count > 1) qsort(forecasts, count, sizeof *forecasts, compare_forecasts);
}

/* --- arithmetic -------------------------------------------------------------------------------- */

/* Half away from zero; both are positive. */
static int64_t divide_rounded(int64_t whole, int64_t parts) {
  return (2 * whole + parts) / (2 * parts);
}

static int64_t divide_up(int64_t whole, int64_t parts) {
  return whole / parts + (whole % parts != 0);
}

/* The day on which `quantity` units are used up that were begun on `from`. */
static refill_date use_up(refill_date from, int64_t quantity, int64_t cycle_days) {
  int64_t days = REFILL_LAST_DATE - (int64_t)from;
  if (quantity > days / cycle_days) return REFILL_LAST_DATE;
  return (refill_date)(from + quantity * cycle_days);
}

/* What is left over carries on: the next purchase is begun when the one before is used up. */
static void add_purchase(refill_forecast *forecast, const refill_purchase *purchase) {
  refill_date begun = forecast->refill_on;
  if (purchase->on > begun) {
    forecast->gap_days += purchase->on - begun;
    begun = purchase->on;
  }
  forecast->refill_on = use_up(begun, purchase->quantity, forecast->cycle_days);
  forecast->units += purchase->quantity;
  forecast->last_on = purchase->on;
}

/* What was bought on the last day of ordering is not yet used up, and so says nothing about use. */
static void observe(refill_forecast *forecast, int64_t order_days, int64_t units_before) {
  int64_t days = (int64_t)forecast->last_on - forecast->first_on;
  forecast->average_interval = REFILL_UNKNOWN;
  forecast->days_per_unit = REFILL_UNKNOWN;
  if (order_days < 2) return;
  forecast->average_interval = divide_rounded(days, order_days - 1);
  forecast->days_per_unit = divide_rounded(days, units_before);
}

static void look_from(refill_forecast *forecast, refill_date on) {
  int64_t days = (int64_t)forecast->refill_on - on;
  forecast->late = days < 0;
  forecast->days_left = days > 0 ? days : 0;
  forecast->days_late = days < 0 ? -days : 0;
  forecast->stock = divide_up(forecast->days_left, forecast->cycle_days);
}

refill_forecast refill_compute(const refill_purchase *purchases, size_t count, int64_t cycle_days,
                               refill_date on) {
  refill_forecast forecast = {.product = purchases[0].product,
                              .cycle_days = cycle_days,
                              .first_on = purchases[0].on,
                              .refill_on = purchases[0].on};
  int64_t order_days = 0;
  int64_t units_before = 0;
  for (size_t i = 0; i < count; i++) {
    const refill_purchase *purchase = &purchases[i];
    if (i == 0 || purchase->order != purchases[i - 1].order) forecast.orders += 1;
    if (i == 0 || purchase->on != purchases[i - 1].on) {
      order_days += 1;
      units_before = forecast.units;
    }
    add_purchase(&forecast, purchase);
  }
  observe(&forecast, order_days, units_before);
  look_from(&forecast, on);
  return forecast;
}
