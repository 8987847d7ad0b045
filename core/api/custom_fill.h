/* custom_fill: what the records there are need for a field that was just defined: rows of its index and
 * of its text, and its default where it is required. Inside the room only.
 *
 * Memory:  the ctx's arena.
 * Threads: the writer lane, or any on a dry run.
 * Fails:   DUPLICATE when values from earlier are not unique; TOO_LARGE as the change set. */
#pragma once

#include "api/execution.h"

/* Whether records need anything at all. */
bool api_custom_fills(const data_field *field);

/* Looks at up to `most` records behind number `after`; `last` is where it came to, `more` whether there
 * are records behind it. */
base_code api_custom_fill(crm_ctx *ctx, const model_type *type, const data_field *field,
                          int64_t after, int64_t most, int64_t *last, bool *more);
