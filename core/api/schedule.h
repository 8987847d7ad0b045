/* schedule: what a package wants called again and again: an op, by a rule of recurrence. Each has one
 * timer; firing sets the next one in the same change set, so that none is lost and none comes twice,
 * whatever the clock or the process does.
 *
 *   STORE_META ("schedule", "PACKAGE.NAME") → {rrule, from, generation}; the timer carries the generation,
 *   and does nothing when it is not the one in force: a rule that was changed leaves none behind.
 *
 * What a swap does (docs/decisions/0029): a rule that stays keeps its timer, and with it what is missed; one
 * that changed, in `rrule` or `from`, counts from the swap; op, params and policy are those of the version
 * that serves when the timer fires; a schedule that is gone, or whose package is disabled, happens no more.
 *
 * What was missed (later than timers.missed_ms; a server that runs never is): `late` makes each occurrence
 * happen, one behind the other; `once` one for all; `skip` none.
 *
 * Memory:  tables belong to their package.
 * Threads: write: as api_boot; fire: the writer lane.
 * Fails:   write: UNKNOWN_METHOD for an op that is not there, VALIDATION_FAILED for the rule; fire: as the
 *          op, and it is tried again as every timer. */
#pragma once

#include "model/model.h"

typedef struct api_schedule {
  const char *name; /* NULL ends a table */
  const char *rrule;
  const char *op;
  base_slice params;  /* msgpack map; empty: none */
  data_policy policy; /* of what was missed */
  data_date from;     /* where intervals and counts begin */
} api_schedule;

#define API_SCHEDULE_OP "schedule.fire"

struct api_registry;

/* Gives each schedule of the version that has none its timer. */
base_code api_schedule_write(crm_ctx *ctx, const struct api_registry *registry);

/* The handler of API_SCHEDULE_OP: {package, name, generation, due}. */
base_code api_schedule_fire(crm_ctx *ctx, base_slice params, base_buffer *result, const void *self);
