/* span: to what instant a length of time leads, by the business's calendar, zone and hours.
 *
 * Months and days keep the time of the day, months are clamped to the month's end and counted from the
 * beginning (C-04). Working days begin with the day behind and end with their day (C-07). `at` is the
 * time of the day instead; an end outside `between` moves on to when it opens.
 *
 * Memory:  none kept.  Threads: one per ctx.
 * Fails:   VALIDATION_FAILED where a year without calendar records would have to be known. */
#pragma once

#include "model/ctx.h"

/* The end of `times` spans in a row that begin at `from`. */
base_code model_span_end(crm_ctx *ctx, const data_span *span, int64_t from, int64_t times,
                         int64_t *end);

/* Moves an instant outside the span's hours on to when they open. */
base_code model_span_open(crm_ctx *ctx, const data_span *span, int64_t *instant);

/* How much time of the span's sort, working or any, lies between two instants, and the reverse. */
base_code model_span_passed(crm_ctx *ctx, const data_span *span, int64_t from, int64_t until,
                            int64_t *milliseconds);
base_code model_span_add(crm_ctx *ctx, const data_span *span, int64_t from, int64_t milliseconds,
                         int64_t *instant);

/* The instant from which a delay or a clock of the record counts: what the span's `since` holds, a
 * date from its 00:00, else `event`. False: that field is empty. */
bool model_span_since(const crm_ctx *ctx, const data_span *span, base_slice record, int64_t event,
                      int64_t *from);
