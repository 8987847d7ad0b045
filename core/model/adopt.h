/* adopt: a record of another store comes into being here as it was there: with its number, version
 * and stamps, also with what is readonly, and deleted or merged when it was.
 *
 * The values are validated and unique; no rule runs, and references are taken as they are, because
 * what they point at may come later. The type's numbers go on behind the record's. A record of that
 * number that the server wrote at its first start, and nobody changed, gives way.
 *
 * Memory:  the record lives in ctx->arena.
 * Threads: one per ctx.
 * Fails:   PERMISSION_DENIED for all but administrators, VALIDATION_FAILED, DUPLICATE (data: {type,
 *          id}): a unique value, or field `id`, TOO_LARGE. */
#pragma once

#include "model/link.h"

/* `record` is a map as model_record_get gives it. */
base_code model_adopt(crm_ctx *ctx, const model_type *type, base_slice record, base_slice *adopted);

/* A link between two records of that store, at both ends. The caller asks for access. */
base_code model_adopt_link(crm_ctx *ctx, const model_link_row *row);
