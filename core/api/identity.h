/* identity: rights that are taken away end at once. Users are records; a session keeps what its user may do
 * and a count of changes to users; when the count differs, the user is read anew.
 * A session that came with a token looks the token up for every request: it may have expired since, and
 * its scope lives no longer than the request.
 * Sessions without an account, such as that of the operating-system user who owns the server, stay as
 * they were made.
 *
 * Memory:  none kept; what of a request lives in its arena.
 * Threads: api_identity_refresh: the submitting one. The count: any.
 * Fails:   never: a session whose user is gone or disabled is as before login. Inside the room only. */
#pragma once

#include "api/engine_state.h"

/* What a session has seen that has just logged in: less than any count, so that its next request looks. */
#define API_IDENTITY_NEW 1

/* Whether the token, a record, is neither revoked nor expired. */
bool api_token_serves(base_slice token, int64_t now);

/* Before a request is looked at. */
void api_identity_refresh(api_engine *engine, api_request *request);
