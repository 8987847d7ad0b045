/* refill: when a customer's goods run out, computed from what was bought. Plain arithmetic in whole
 * days and units; README.md has the formula and an example.
 *
 * Memory:  the caller's arrays.  Threads: any.
 * Fails:   never; a run-out date beyond the calendar is its last day. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Days since 1970-01-01. */
typedef int32_t refill_date;
#define REFILL_LAST_DATE 2932896 /* 9999-12-31 */

typedef struct refill_purchase {
  int64_t product;
  int64_t order;
  int64_t quantity; /* units, at least 1 */
  refill_date on;   /* the order's day */
} refill_purchase;

#define REFILL_UNKNOWN (-1)

typedef struct refill_forecast {
  int64_t product;
  int64_t cycle_days; /* that one unit lasts */
  int64_t units;      /* bought in all */
  int64_t orders;     /* orders that contain the product */
  refill_date first_on;
  refill_date last_on;
  refill_date refill_on;    /* the day on which nothing is left */
  int64_t stock;            /* units not yet used up; one that is open counts */
  int64_t days_left;        /* from the day asked about to refill_on; 0 when that has passed */
  int64_t days_late;        /* the other way round */
  int64_t gap_days;         /* days without goods between orders */
  int64_t average_interval; /* days from one day of ordering to the next; or REFILL_UNKNOWN */
  int64_t days_per_unit;    /* observed, against the product's own; or REFILL_UNKNOWN */
  bool late;                /* nothing is left, and refill_on was before the day asked about */
} refill_forecast;

/* By product, then day, then order: so that each product's purchases lie together, oldest first. */
void refill_sort(refill_purchase *purchases, size_t count);

/* The forecast for one product, seen from the day `on`, which is no earlier than any purchase.
 * `purchases` are sorted, of that product, and at least one; a unit lasts `cycle_days` >= 1. */
refill_forecast refill_compute(const refill_purchase *purchases, size_t count, int64_t cycle_days,
                               refill_date on);

/* By refill_on, then product. */
void refill_sort_forecasts(refill_forecast *forecasts, size_t count);
