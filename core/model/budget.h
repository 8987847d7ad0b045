/* budget: what the code of a package may have the model do within one call: rows looked at, rows
 * written, timers set, deliveries made. The door that runs the code hangs it into the ctx (ctx->budget) and takes it
 * out again; without one nothing is counted. What a package has ops of the core do counts as well.
 *
 * Memory:  the door's.
 * Threads: as the ctx.
 * Fails:   BUDGET_EXCEEDED naming the configuration key; from then on every draw of that kind fails. */
#pragma once

#include "model/ctx.h"

typedef enum model_draw {
  MODEL_DRAW_ROWS_READ,    /* script.rows_read */
  MODEL_DRAW_ROWS_WRITTEN, /* script.rows_written */
  MODEL_DRAW_TIMERS,       /* script.timers */
  MODEL_DRAW_LOG_BYTES,    /* script.log_bytes */
  MODEL_DRAW_DELIVERIES,   /* script.deliveries */
} model_draw;

#define MODEL_DRAWS 5

struct model_budget {
  int64_t left[MODEL_DRAWS];
};

base_code model_budget_draw(crm_ctx *ctx, model_draw what, int64_t amount);

/* Whether something was drawn that was not there; fails the op once more when it was. */
base_code model_budget_check(crm_ctx *ctx);
