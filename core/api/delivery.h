/* delivery: what must happen outside of the server, as a record. An op, a rule or a timer's call writes it
 * into its own change set; after the commit a carrier (a plugin that speaks HTTP, SMTP …) asks for what may
 * leave, carries it out and reports. It is asked for again until a report says that it arrived: at least
 * once, under one number for ever.
 *
 *   waiting → pending → delivered            pending: may leave. Of the open deliveries of one queue only
 *             pending → failed → pending     the oldest is pending or failed, the others wait.
 *             pending, failed, waiting → dead
 *             delivered, dead → pending or waiting, when an administrator has it delivered again
 *
 * A queue is what goes by one channel to one target about one record; deliveries about no record wait for
 * nobody. `failed` has a timer that makes it pending again: options.delivery.retry_first_ms after the first
 * try, twice as long after each further one, at most retry_most_ms; after `attempts` tries it is dead.
 * After a restore nothing leaves until the pause ends (pause.h). Closed deliveries beyond `kept` go, the
 * oldest first.
 *
 * Nothing is kept about what a carrier has in hand: when the process ends, it is still pending, and the
 * next carrier is given it.
 *
 * Memory:  records live in ctx->arena.
 * Threads: one per ctx.
 * Fails:   as model_record_…; create: BUDGET_EXCEEDED (script.deliveries), TOO_LARGE
 *          (deliveries.data_bytes). NOT_FOUND for a number that is not there. */
#pragma once

#include "model/model.h"

#define API_DELIVERY_TYPE "delivery"
#define API_DELIVERY_DUE_OP "delivery.due"

typedef struct api_delivery_options {
  int64_t attempts;       /* tries until it is dead; default 20 */
  int64_t retry_first_ms; /* default 10 s */
  int64_t retry_most_ms;  /* default 6 h */
  int64_t kept;           /* closed ones that are remembered; default 100 000 */
  size_t data_bytes;      /* of one, as msgpack; default 64 KiB */
} api_delivery_options;

/* What became of a try. */
typedef enum api_delivery_outcome {
  API_DELIVERY_DELIVERED,
  API_DELIVERY_FAILED,
  API_DELIVERY_DEAD, /* no further try would help */
} api_delivery_outcome;

typedef struct api_delivery_query {
  base_slice channel;
  int64_t each;         /* of one target at most, those under way included */
  int64_t limit;        /* of all */
  base_slice under_way; /* msgpack array of numbers that the carrier has in hand; may be empty */
} api_delivery_query;

/* `values` has channel, target, event, data, record_type and record_id. */
base_code api_delivery_create(crm_ctx *ctx, base_slice values, base_slice *record);

/* Appends an array of what may leave, the oldest of each target first. */
base_code api_delivery_next(crm_ctx *ctx, const api_delivery_query *query, base_buffer *out);

/* A carrier's report. One that is not pending any more stays as it is. */
base_code api_delivery_report(crm_ctx *ctx, int64_t id, api_delivery_outcome outcome,
                              base_slice error, base_slice *record);

/* Makes what failed pending again, when it still says that it is due at that instant. */
base_code api_delivery_due(crm_ctx *ctx, int64_t id, int64_t due);

/* Has a closed delivery delivered again, a failed one at once; `*changed`: it was one of these. */
base_code api_delivery_retry(crm_ctx *ctx, base_slice delivery, bool *changed, base_slice *record);

/* Gives an open delivery up: dead, and the next of its queue may leave. TRANSITION_DENIED. */
base_code api_delivery_drop(crm_ctx *ctx, int64_t id, base_slice error, base_slice *record);
