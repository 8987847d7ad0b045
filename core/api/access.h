/* access: whether a caller may call an op at all. Asked for every call from every door, for each
 * call inside a batch, and for dry runs. Records are asked about by model/access on top. A token's scope
 * limits what its client calls, not what packages call on its behalf.
 *
 * Memory:  none.  Threads: any.
 * Fails:   UNAUTHENTICATED before login, PERMISSION_DENIED, UNKNOWN_METHOD for internal ops. */
#pragma once

#include "api/op.h"

typedef enum api_caller {
  API_CALLER_CLIENT,  /* a session, directly or in a batch */
  API_CALLER_PACKAGE, /* code of a package, a rule or a timer, on behalf of the actor */
} api_caller;

base_code api_access_check(const model_actor *actor, const api_op *op, api_caller caller,
                           base_error *error);
