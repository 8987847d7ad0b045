/* auth: what logging in leaves in a session, for the nouns that do it.
 *
 * Memory:  the session is the request's copy.  Threads: one per ctx.
 * Fails:   UNAUTHENTICATED, in the same words whatever was wrong. */
#pragma once

#include "api/nouns/nouns.h"

extern const data_field api_session_result[];

/* The session as session.whoami shows it. */
void api_session_append(crm_ctx *ctx, base_buffer *result);

/* The session goes on as that user, within the scope of its token if it has one, and is appended. */
base_code api_session_enter(crm_ctx *ctx, base_slice user, base_buffer *result);
