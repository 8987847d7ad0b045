/* calendar: the business's working days, made from the records of type `calendar` and the working
 * week of the configuration (ruling C-07).
 *
 *   const data_calendar *calendar = model_calendar_get(ctx, day, MODEL_CALENDAR_END);
 *   BASE_TRY(data_calendar_add_days(calendar, day, 3, &due, ctx->error));
 *
 * Memory:  ctx->arena.  Threads: one per ctx.
 * Fails:   never; years without records are unknown years of the calendar. */
#pragma once

#include "model/ctx.h"

/* Its index over day and kind, from whose keys the calendar is read. */
#define MODEL_CALENDAR_INDEX "day_kind"

/* Bounds for arithmetic that may go any way back or on. */
#define MODEL_CALENDAR_BEGIN INT32_MIN
#define MODEL_CALENDAR_END INT32_MAX

/* Knows the years from that of `first` to that of `last`. */
const data_calendar *model_calendar_get(crm_ctx *ctx, data_date first, data_date last);
