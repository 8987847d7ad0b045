/* reference: fields that point at other records: what they point at must exist, and what is pointed
 * at cannot go.
 *
 * Memory:  none kept.
 * Threads: one per ctx.
 * Fails:   REFERENCE_MISSING with the field's path; REFERENCE_IN_USE naming a type that points here. */
#pragma once

#include "model/ctx.h"

/* The type that a reference field, or a list of references, points at; NULL for other fields. */
const model_type *model_reference_type(const crm_ctx *ctx, const data_field *field);

/* Every reference of `after` that was not in `before` names a record that exists, also inside maps
 * and lists. */
base_code model_reference_check(crm_ctx *ctx, const model_type *type, base_slice before,
                                base_slice after);

/* No record refers to this one through an indexed reference field, its own or one of its lists. */
base_code model_reference_free(crm_ctx *ctx, const model_type *type, int64_t id);
