/* execution: the ctx of one op with what the api room knows about it. Inside the room only: handlers
 * of the core reach the engine and the caller's session through it.
 *
 *   api_execution execution = {.ctx = {.arena, .error, .set, .now, .writes, .cause},
 *                              .engine, .registry, .session, .caller};
 *   api_execution_open(&execution); … api_execution_run(…) …; api_execution_close(&execution);
 *
 * Memory:  lives on the stack of whoever runs the op.  Threads: one.
 * Fails:   run and prepare: what the op fails with; the error is then filled, whatever the op's
 *          code forgot. */
#pragma once

#include "api/access.h"
#include "api/engine.h"

typedef struct api_execution {
  crm_ctx ctx; /* first: a ctx of the api room is its execution */
  api_engine *engine;
  const api_registry *registry;
  api_session *session;      /* the caller's; a copy inside timers */
  struct api_policy *policy; /* of the caller; NULL: none is needed */
  api_caller caller;         /* of the op that runs now */
  api_package **opened;      /* where a prepare step leaves a package for its op; or NULL */
  bool again;         /* an API_STEPS op asks for another run, when this one's writes are durable */
  int64_t carry;      /* what such an op left for its next run; 0 in the first */
  bool job_made;      /* the long lane has to look, when this is durable */
  api_registry *made; /* what an API_ALONE op made: in force with its writes; or NULL */
  base_error spoiled; /* of a write op that failed inside this one: its writes cannot be undone
                           alone, so nobody may go on as if nothing had happened */
} api_execution;

static inline api_execution *api_execution_of(crm_ctx *ctx) {
  return (api_execution *)ctx;
}

/* Fills in what follows from the fields the caller set: actor, schema, zone, today, budgets. */
void api_execution_open(api_execution *execution);
void api_execution_close(api_execution *execution);

/* Runs the op's handler over valid params as the outermost op. `result` grows by one value, or not
 * at all when it fails. */
base_code api_execution_run(api_execution *execution, const api_op *op, base_slice params,
                            base_buffer *result);

/* The same for the op's prepare step. */
base_code api_execution_prepare(api_execution *execution, const api_op *op, base_slice params,
                                base_buffer *prepared);

/* Counts a result, or what is to become one, that was refused because of limits.result_bytes. */
void api_execution_count_large(void);

/* Checks params against the op's fields and appends them in normal form. INVALID_ARGUMENT. */
base_code api_execution_validate(const api_op *op, base_slice params, base_buffer *out,
                                 base_error *error);
