/* ctx: what an op sees, and all it sees: a view under a change set, an actor, a clock reading, the
 * registry version, an arena, an error. An op is a pure function of these.
 *
 * Memory:  whoever executes the op owns the ctx and everything in it; slices made during the op
 *          live in ctx->arena until the reply has left.
 * Threads: one at a time.
 * Fails:   every model function that takes a ctx fills ctx->error when it does not return BASE_OK. */
#pragma once

#include "data/data.h"
#include "model/schema.h"
#include "model/type.h"
#include "store/store.h"

typedef struct model_actor {
  base_slice name;    /* user name, "system", or empty before login */
  bool administrator; /* has the role `administrator` */
  bool staff;         /* has any role at all */
  base_slice ops;     /* msgpack array: the ops a token is limited to; empty: not limited */
  base_slice types;   /* likewise the types */
  const struct model_policy *policy; /* NULL: all that the above allows; see permission.h */
} model_actor;

/* A record whose write is under way: updates of it from inside its own rules join that write. */
typedef struct model_flight model_flight;

/* What a package's call may still draw from the model; see budget.h. */
typedef struct model_budget model_budget;

/* What the caller is told of; see reads.h. */
typedef struct model_reads model_reads;

/* Runs another op in the same ctx; given by api at construction. */
typedef base_code (*model_call)(crm_ctx *ctx, base_slice op, base_slice params,
                                base_buffer *result);

struct crm_ctx {
  base_arena *arena;
  base_error *error;
  store_change_set *set;
  const model_schema *schema;
  const data_zone *zone;           /* business.timezone */
  const data_week *week;           /* business.working_days and working_hours; NULL: the standard */
  base_language business_language; /* of texts that are stored */
  model_actor actor;
  int64_t now;      /* milliseconds UTC, one reading for the whole op */
  data_date today;  /* in the zone */
  bool writes;      /* false in read ops: every write is refused */
  uint64_t request; /* its number in logs; 0: nobody's */
  uint64_t cause;   /* sequence of the entry that deferred this call, or 0 */
  unsigned depth;   /* of rules and calls */
  model_flight *flight;
  const struct model_rule_frame *rules; /* under way, innermost first */
  base_slice chain;     /* names of the `after` rules that led here: msgpack array, or empty */
  const char *package;  /* whose code runs now; NULL for the core's */
  base_buffer packages; /* names of the packages that took part, comma between; for the entry */
  model_call call;      /* NULL where no op can be called */
  int64_t loop_rows;    /* on the loop: rows a read may look at there; 0 elsewhere */
  bool moves;           /* it was too long for the loop: run the op again on a lane */
  bool stale;           /* code of a package that is being replaced was wanted: run the op again */
  int64_t instructions; /* script instructions that this op may still run */
  model_reads *reads;   /* where it is noted what is shown; NULL: nobody is answered */
  model_budget *budget; /* of the package's call under way; NULL: none runs */
  int64_t missed_ms;    /* timers.missed_ms; 0: MODEL_TIMER_MISSED_MS */
  int64_t scan_rows;    /* limits.scan_rows: rows one query may look at without an index */
};

/* Fails the op: fills ctx->error and returns the code. `field` may be NULL. */
#define model_ctx_fail(ctx, ...) base_error_set((ctx)->error, __VA_ARGS__)

/* Asked before so many rows of so many bytes are looked at. Fails where the loop shall not be held up so
 * long: the op then runs again, on a lane. */
base_code model_ctx_stay(crm_ctx *ctx, size_t rows, size_t bytes);

/* Copies the buffer's bytes into the arena and frees the buffer. */
base_slice model_ctx_take(crm_ctx *ctx, base_buffer *buffer);

/* Says whose code runs from here on; returns what to hand to model_ctx_leave. */
const char *model_ctx_enter(crm_ctx *ctx, const char *package);
void model_ctx_leave(crm_ctx *ctx, const char *before);

/* The instant at which the date begins in the business's zone. */
int64_t model_ctx_midnight(const crm_ctx *ctx, data_date date);
