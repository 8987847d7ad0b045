/* failure: what went wrong where nobody waits for an answer. A timer whose call fails, an `after` rule's
 * included, has one record of type `failure`: how often, the last error, in which line of which package,
 * for which record, and when it is tried again; when it succeeds after all, since when it is over. Inside
 * the room only.
 *
 * Beyond options.failure_kept the oldest go.
 *
 * Memory:  the ctx's arena.  Threads: the writer lane.
 * Fails:   never: what cannot be noted is not, and the timer goes on. */
#pragma once

#include "api/execution.h"

#define API_FAILURE_TYPE "failure"

/* `next`: when it is tried again. */
void api_failure_note(crm_ctx *ctx, const model_timer *timer, const base_error *failed,
                      int64_t next);
void api_failure_over(crm_ctx *ctx, const model_timer *timer);
