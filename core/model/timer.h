/* timer: a deferred call as a row, {due, op, name, params, actor, package}. Reminders, retries,
 * escalations: nothing is ever scheduled only in memory.
 *
 * A timer is named by (due, op, name), so whoever set it can take it back without a look-up. Firing
 * deletes the row in the same change set as its effects.
 *
 * Memory:  slices of the view or of ctx->arena.  Threads: one per ctx.
 * Fails:   TOO_LARGE through the change set. */
#pragma once

#include "model/ctx.h"

typedef struct model_timer {
  int64_t due; /* milliseconds UTC */
  base_slice op;
  base_slice name;   /* unique among the timers of one op and instant; usually the record's id */
  base_slice params; /* msgpack map */
  base_slice actor;
  base_slice package; /* whose timer it is; empty for the core's */
  uint64_t cause;     /* sequence of the entry that set it; 0 for put: the one being made */
  int64_t attempts;   /* failed runs so far */
} model_timer;

/* What a package's timer sets while it runs is due this much later at least. */
#define MODEL_TIMER_CHAIN_MS 1000

/* A timer that comes more than timers.missed_ms late was missed: a server that runs is never that late. This is the
 * standard. */
#define MODEL_TIMER_MISSED_MS ((int64_t)60 * 60 * 1000)

int64_t model_timer_missed_ms(const crm_ctx *ctx);
bool model_timer_missed(const crm_ctx *ctx, int64_t due);

base_code model_timer_put(crm_ctx *ctx, const model_timer *timer);

/* The same at exactly that instant, for timers that are derived from records. */
base_code model_timer_keep(crm_ctx *ctx, const model_timer *timer);
base_code model_timer_delete(crm_ctx *ctx, int64_t due, base_slice op, base_slice name);

/* When the timer with that key of the timer table is due. */
int64_t model_timer_due(base_slice key);

/* A row of the timer table as a timer; its slices point into `value`. */
void model_timer_read(base_slice key, base_slice value, model_timer *timer);

/* Whether there is a timer of that name, op and instant. */
bool model_timer_find(const store_change_set *set, int64_t due, base_slice op, base_slice name);

/* The earliest timer; false when there is none. */
bool model_timer_first(const store_change_set *set, base_arena *arena, model_timer *timer);
