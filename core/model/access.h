/* access: whether the actor may do this to records of this type. Asked on every path to a record;
 * the permission model (house, section 6) fills it.
 *
 * Today: internal types are for the server itself, and nobody else writes its bookkeeping
 * (MODEL_TYPE_SERVER); administrators may do all else; staff may read everything and write what is not
 * marked MODEL_TYPE_ADMIN; the server's own code (trusted) may write. A token that is limited to types
 * reaches no others.
 *
 * Memory:  none.  Threads: any.  Fails: PERMISSION_DENIED; NOT_FOUND-like for internal types. */
#pragma once

#include "model/ctx.h"

typedef enum model_action { MODEL_ACTION_READ, MODEL_ACTION_WRITE } model_action;

base_code model_access_check(crm_ctx *ctx, const model_type *type, model_action action);
