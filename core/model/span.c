#include "model/span.h"

#include "model/calendar.h"

#define SECOND_MS ((int64_t)1000)
#define DAY_SECONDS 86400
#define MINUTE 60

static int seconds_of(const crm_ctx *ctx, int64_t instant) {
  int64_t seconds = instant / SECOND_MS + data_zone_offset(ctx->zone, instant);
  int64_t in_day = seconds % DAY_SECONDS;
  return (int)(in_day < 0 ? in_day + DAY_SECONDS : in_day);
}

static const data_calendar *calendar_from(crm_ctx *ctx, int64_t from) {
  return model_calendar_get(ctx, data_zone_date(ctx->zone, from), MODEL_CALENDAR_END);
}

static base_code next_day(crm_ctx *ctx, const data_span *span, data_date *day) {
  if (!data_span_works(span)) {
    *day += 1;
    return BASE_OK;
  }
  const data_calendar *calendar = model_calendar_get(ctx, *day, MODEL_CALENDAR_END);
  return data_calendar_add_days(calendar, *day, 1, day, ctx->error);
}

base_code model_span_open(crm_ctx *ctx, const data_span *span, int64_t *end) {
  if (span->close == 0) return BASE_OK;
  int minute = seconds_of(ctx, *end) / MINUTE;
  data_date day = data_zone_date(ctx->zone, *end);
  if (minute >= span->open && minute < span->close) return BASE_OK;
  if (minute >= span->close) BASE_TRY(next_day(ctx, span, &day));
  *end = data_zone_time(ctx->zone, day, span->open * MINUTE);
  return BASE_OK;
}

static base_code working_end(crm_ctx *ctx, const data_span *span, int64_t from, int64_t times,
                             int64_t *end) {
  data_date day = data_zone_date(ctx->zone, from);
  const data_calendar *calendar = calendar_from(ctx, from);
  if (span->working_days == 0) {
    return data_calendar_add_time(calendar, from, span->working_milliseconds * times, end,
                                  ctx->error);
  }
  BASE_TRY(data_calendar_add_days(calendar, day, span->working_days * times, &day, ctx->error));
  *end = span->at == DATA_SPAN_NO_TIME ? data_zone_midnight(ctx->zone, day + 1)
                                       : data_zone_time(ctx->zone, day, span->at * MINUTE);
  return BASE_OK;
}

/* Without months and days the zone has no say: an hour is an hour when clocks change. */
static int64_t calendar_end(const crm_ctx *ctx, const data_span *span, int64_t from,
                            int64_t times) {
  int64_t end = from;
  bool timed = span->at != DATA_SPAN_NO_TIME;
  if (span->months > 0 || span->days > 0 || timed) {
    data_date day = data_zone_date(ctx->zone, from);
    day = data_date_add_months(day, (int)(span->months * times));
    day += (data_date)(span->days * times);
    end = data_zone_time(ctx->zone, day, timed ? span->at * MINUTE : seconds_of(ctx, from));
  }
  return end + span->milliseconds * times;
}

base_code model_span_end(crm_ctx *ctx, const data_span *span, int64_t from, int64_t times,
                         int64_t *end) {
  if (data_span_works(span)) {
    BASE_TRY(working_end(ctx, span, from, times, end));
  } else {
    *end = calendar_end(ctx, span, from, times);
  }
  return model_span_open(ctx, span, end);
}

base_code model_span_passed(crm_ctx *ctx, const data_span *span, int64_t from, int64_t until,
                            int64_t *milliseconds) {
  *milliseconds = until - from;
  if (!data_span_works(span)) return BASE_OK;
  return data_calendar_time(calendar_from(ctx, from < until ? from : until), from, until,
                            milliseconds, ctx->error);
}

base_code model_span_add(crm_ctx *ctx, const data_span *span, int64_t from, int64_t milliseconds,
                         int64_t *instant) {
  *instant = from + milliseconds;
  if (!data_span_works(span)) return BASE_OK;
  return data_calendar_add_time(calendar_from(ctx, from), from, milliseconds, instant, ctx->error);
}

bool model_span_since(const crm_ctx *ctx, const data_span *span, base_slice record, int64_t event,
                      int64_t *from) {
  data_value value = {0};
  data_date day = 0;
  *from = event;
  if (span->since == NULL) return true;
  data_map_find(record, span->since, &value);
  if (value.type == DATA_INTEGER) {
    *from = value.as.integer;
    return true;
  }
  if (value.type != DATA_TEXT || !data_date_parse(value.as.bytes, &day)) return false;
  *from = data_zone_midnight(ctx->zone, day);
  return true;
}
