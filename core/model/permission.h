/* permission: whether the actor may do that to this record, and what of it the actor may see. Asked on
 * every path to a record (house, section 6); model/access.h is asked before, about the type.
 *
 * ctx->actor.policy says it; without one (administrators, the server's own code) everything is allowed and
 * nothing is looked at. What may not be seen does not exist: NOT_FOUND, left out of lists and counts. What
 * may be seen but not written is PERMISSION_DENIED.
 *
 * Memory:  records with veiled fields are made anew in the ctx's arena; others are the same bytes.
 * Threads: one per ctx.
 * Fails:   PERMISSION_DENIED; INVALID_ARGUMENT for a field in a where, an order or a group that the actor
 *          may not read. */
#pragma once

#include "model/ctx.h"
#include "model/policy.h"

/* NULL: nothing is restricted. */
const model_permission *model_permission_find(const crm_ctx *ctx, const model_type *type);

/* Whether some records of the type cannot be seen: changes that are told one by one are looked at. */
bool model_permission_hides(const crm_ctx *ctx, const model_type *type);

bool model_permission_allows(crm_ctx *ctx, const model_type *type, model_doing doing,
                             base_slice record);
static inline bool model_permission_sees(crm_ctx *ctx, const model_type *type, base_slice record) {
  return ctx->actor.policy == NULL || model_permission_allows(ctx, type, MODEL_DO_READ, record);
}

/* The record of a change that happened some time: it may be seen when the record may be seen as it is now,
 * the very one of that number. A purged one may be by whoever sees all of the type. */
bool model_permission_tells(crm_ctx *ctx, const model_type *type, int64_t id);

base_code model_permission_check(crm_ctx *ctx, const model_type *type, model_doing doing,
                                 base_slice record);

/* The fields of a client's values. */
base_code model_permission_values(crm_ctx *ctx, const model_type *type, base_slice values);

/* What the actor sees of a record that may be seen: without hidden fields, masked ones masked. It is noted
 * that it was shown (reads.h); _veil_record does not: for what may yet be left out, and for answers to writes, which
 * the journal has anyway. */
base_slice model_permission_veil_record(crm_ctx *ctx, const model_type *type, base_slice record);
base_slice model_permission_show(crm_ctx *ctx, const model_type *type, base_slice record);

/* The answer to a write: what is shown of the record, or, when it is no longer to be seen, its type, number
 * and version. */
base_slice model_permission_answer(crm_ctx *ctx, const model_type *type, base_slice record);

/* A client's where, compiled, with what the actor may see put to it, and with alias sets (alias.h). */
base_code model_permission_where(crm_ctx *ctx, const model_type *type, base_slice where,
                                 const model_where **compiled);

/* The same where without what the actor may see: it is asked of records one by one. */
base_code model_permission_filter(crm_ctx *ctx, const model_type *type, base_slice where,
                                  const model_where **compiled);

/* What the actor has of the field. */
model_veil model_permission_veil(const crm_ctx *ctx, const model_type *type,
                                 const data_field *field);

/* For an order or a group: the field must be readable whole. `part` names the param. */
base_code model_permission_plain(crm_ctx *ctx, const model_type *type, const data_field *field,
                                 const char *part);

/* The code that follows runs on its own account; returns what to hand to model_permission_drop. */
const model_policy *model_permission_lift(crm_ctx *ctx);
void model_permission_drop(crm_ctx *ctx, const model_policy *before);
