/* token: look-ups of service tokens for those who log in with them.
 *
 * Memory:  records live in the view.  Threads: one per ctx.
 * Fails:   false when there is none, or it is expired or revoked. */
#pragma once

#include "api/nouns/nouns.h"

/* The token with that secret. Finds by a digest, so that time tells nothing about the secret. */
bool api_token_find_by_secret(crm_ctx *ctx, base_slice secret, base_slice *record);
