/* calendar: working time. See calendar.h.
 *
 * Memory:  none.  Threads: any.  Fails: see calendar.h. */
#include "data/calendar_years.h"

#define MINUTE 60 /* seconds */

typedef struct stretch {
  int64_t begin;
  int64_t end;
} stretch;

/* One interval of the day's hours as instants, without what lies before `from` or behind `until`;
 * empty where nothing is left, or where clocks jump over it. */
static stretch stretch_of(const data_calendar *calendar, data_date day, size_t i, int64_t from,
                          int64_t until) {
  const data_hours *hours = &calendar->week->hours[i];
  stretch part = {.begin = data_zone_time(calendar->zone, day, hours->from * MINUTE),
                  .end = data_zone_time(calendar->zone, day, hours->to * MINUTE)};
  if (part.begin < from) part.begin = from;
  if (part.end > until) part.end = until;
  if (part.end < part.begin) part.end = part.begin;
  return part;
}

static int64_t length_of(stretch part) {
  return part.end - part.begin;
}

static base_code sum_days(const data_calendar *calendar, int64_t from, int64_t until, int64_t *sum,
                          base_error *error) {
  *sum = 0;
  data_date day = data_zone_date(calendar->zone, from);
  for (; data_zone_midnight(calendar->zone, day) < until; day++) {
    data_day kind = data_calendar_day(calendar, day);
    if (kind == DATA_DAY_UNKNOWN) return data_calendar_unknown(day, error);
    for (size_t i = 0; kind == DATA_DAY_WORKED && i < calendar->week->count; i++) {
      *sum += length_of(stretch_of(calendar, day, i, from, until));
    }
  }
  return BASE_OK;
}

base_code data_calendar_time(const data_calendar *calendar, int64_t from, int64_t until,
                             int64_t *milliseconds, base_error *error) {
  int64_t sum = 0;
  bool back = until < from;
  if (from != until) {
    BASE_TRY(sum_days(calendar, back ? until : from, back ? from : until, &sum, error));
  }
  *milliseconds = back ? -sum : sum;
  return BASE_OK;
}

static base_code refuse_time(const data_calendar *calendar, base_error *error) {
  if (calendar->week->count == 0) {
    return base_error_set(error, BASE_VALIDATION_FAILED, "working_hours",
                          "没有设定工作时间，请先在配置 business.working_hours 中设定",
                          "there are no working hours; set business.working_hours first");
  }
  return base_error_set(error, BASE_VALIDATION_FAILED, "milliseconds", "工作时长不能为负数",
                        "working time cannot be negative");
}

base_code data_calendar_add_time(const data_calendar *calendar, int64_t from, int64_t milliseconds,
                                 int64_t *instant, base_error *error) {
  int64_t left = milliseconds;
  *instant = from;
  if (left == 0) return BASE_OK;
  if (left < 0 || calendar->week->count == 0) return refuse_time(calendar, error);
  for (data_date day = data_zone_date(calendar->zone, from);; day++) {
    data_day kind = data_calendar_day(calendar, day);
    if (kind == DATA_DAY_UNKNOWN) return data_calendar_unknown(day, error);
    for (size_t i = 0; kind == DATA_DAY_WORKED && i < calendar->week->count; i++) {
      stretch part = stretch_of(calendar, day, i, from, INT64_MAX);
      if (left <= length_of(part)) {
        *instant = part.begin + left;
        return BASE_OK;
      }
      left -= length_of(part);
    }
  }
}
