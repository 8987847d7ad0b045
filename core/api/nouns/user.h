/* user: look-ups of users for the session ops.
 *
 * Memory:  texts and records live in the view or the ctx's arena.
 * Threads: one per ctx.
 * Fails:   false or NULL when there is no such user. */
#pragma once

#include "api/nouns/nouns.h"

/* The user's record, also when disabled. */
bool api_user_find(crm_ctx *ctx, base_slice name, base_slice *record);

/* The user's password hash as text, or NULL. */
const char *api_user_hash(crm_ctx *ctx, base_slice name);
