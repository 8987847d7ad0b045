/* identity: rights that are taken away end at once. Users are records; a session keeps what its user may do
 * and a count of changes to users; when the count differs, the user is read anew.
 *
 * Memory:  none kept.
 * Threads: api_identity_refresh: the submitting one. The count: any.
 * Fails:   never: a session whose user is gone or disabled is as before login. Inside the room only. */
#pragma once

#include "api/engine_state.h"

/* Before a request is looked at. */
void api_identity_refresh(api_engine *engine, api_request *request);
