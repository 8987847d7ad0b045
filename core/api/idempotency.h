/* idempotency: the first answer to a request, kept for a day under (actor, key). Inside the room
 * only.
 *
 * Two rows each: (actor, key) → {digest, result, at}, and (at, actor, key) → nothing, by which each
 * new answer takes up to two expired ones away: the table stays as large as a day's traffic. They
 * are written in the op's own change set, so the answer is kept exactly when its effect is.
 *
 * Memory:  the result is copied into the request's.  Threads: the writer lane.
 * Fails:   IDEMPOTENCY_MISMATCH; TOO_LARGE when the answer does not fit the change set. */
#pragma once

#include "api/request.h"

#define API_IDEMPOTENCY_MS ((int64_t)24 * 60 * 60 * 1000)

/* Fills request->result with the answer kept for its key; `found` says whether there is one. */
base_code api_idempotency_find(crm_ctx *ctx, api_request *request, bool *found);

/* Keeps request->result for its key. */
base_code api_idempotency_put(crm_ctx *ctx, const api_request *request);
