/* user: look-ups of users for those who log them in.
 *
 * Memory:  texts and records live in the view or the ctx's arena.
 * Threads: one per ctx.
 * Fails:   false or NULL when there is no such user. */
#pragma once

#include "api/nouns/nouns.h"

/* A rule: sessions and policies look again, once this is committed. */
base_code api_user_tell_sessions(crm_ctx *ctx, const model_rule_change *change, const void *self);

/* The user's record, also when disabled. */
bool api_user_find(crm_ctx *ctx, base_slice name, base_slice *record);

/* The record of the user's password. */
bool api_user_credential(crm_ctx *ctx, base_slice name, base_slice *record);

/* The user's password hash as text, or NULL. */
const char *api_user_hash(crm_ctx *ctx, base_slice name);

/* Whether the user has logged in from that network; and notes that it has, in a write op. */
bool api_user_knows(crm_ctx *ctx, base_slice name, base_slice network);
base_code api_user_remember(crm_ctx *ctx, base_slice name, base_slice network);
