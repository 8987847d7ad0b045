/* submission: what is checked of a request before it is sent anywhere. Inside the room only.
 *
 * Memory:  what is made lives in the request's arena.  Threads: the submitting one.
 * Fails:   into request->error: UNAUTHENTICATED PERMISSION_DENIED UNKNOWN_METHOD INVALID_ARGUMENT. */
#pragma once

#include "api/request.h"

#define API_IDEMPOTENCY_KEY_MAX 128 /* bytes */

/* Asks access, takes idempotency_key and dry_run out of a write op's params, validates the rest. */
base_code api_submission_check(api_request *request);
