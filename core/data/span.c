/* span: as msgpack and back. See span.h.
 *
 * Memory:  the arena given.  Threads: any.  Fails: see span.h. */
#include "data/span.h"

#include <stdio.h>

#include "data/append.h"
#include "data/validate.h"

#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MINUTES 1440

static base_code refuse(base_error *error, const char *part, const char *zh, const char *en) {
  return base_error_set(error, BASE_VALIDATION_FAILED, part, "%s", "%s",
                        error->language == BASE_EN ? en : zh);
}

bool data_span_works(const data_span *span) {
  return span->working_days > 0 || span->working_milliseconds > 0;
}

/* "09:30" as minutes; -1 when it is no time of a day. */
static int minutes_of(base_slice text) {
  if (text.size != 5 || text.data[2] != ':') return -1;
  int digits[4] = {text.data[0] - '0', text.data[1] - '0', text.data[3] - '0', text.data[4] - '0'};
  for (int i = 0; i < 4; i++) {
    if (digits[i] < 0 || digits[i] > 9) return -1;
  }
  int minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
  return digits[2] < 6 && minutes <= DAY_MINUTES ? minutes : -1;
}

static base_code read_at(base_slice map, data_span *span, base_error *error) {
  base_slice text = data_map_text(map, "at");
  span->at = DATA_SPAN_NO_TIME;
  if (text.size == 0) return BASE_OK;
  span->at = minutes_of(text);
  if (span->at >= 0 && span->milliseconds == 0 && span->working_milliseconds == 0) return BASE_OK;
  return refuse(error, "at", "at 写成 \"09:00\"，只与 months、days、working_days 同用",
                "at is written \"09:00\" and goes with months, days and working_days only");
}

static base_code read_between(base_slice map, data_span *span, base_error *error) {
  data_value list;
  if (!data_map_find(map, "between", &list)) return BASE_OK;
  data_walk walk = data_walk_begin(list.raw);
  bool whole = list.as.count == 2;
  if (whole && data_walk_next(&walk)) span->open = minutes_of(walk.value.as.bytes);
  if (whole && data_walk_next(&walk)) span->close = minutes_of(walk.value.as.bytes);
  if (whole && span->open >= 0 && span->open < span->close) return BASE_OK;
  return refuse(error, "between", "between 写成 {\"09:00\", \"20:00\"}，先早后晚",
                "between is written {\"09:00\", \"20:00\"}, the earlier time first");
}

base_code data_span_read(base_slice map, base_arena *arena, data_span *span, base_error *error) {
  base_slice since = data_map_text(map, "since");
  *span =
      (data_span){.months = data_map_integer(map, "months", 0),
                  .days = data_map_integer(map, "days", 0),
                  .milliseconds = data_map_integer(map, "hours", 0) * HOUR_MS +
                                  data_map_integer(map, "minutes", 0) * MINUTE_MS,
                  .working_days = data_map_integer(map, "working_days", 0),
                  .working_milliseconds = data_map_integer(map, "working_hours", 0) * HOUR_MS +
                                          data_map_integer(map, "working_minutes", 0) * MINUTE_MS,
                  .since = since.size == 0 ? NULL : base_arena_text(arena, since)};
  bool calendar = span->months > 0 || span->days > 0 || span->milliseconds > 0;
  int ways = (int)calendar + (int)(span->working_days > 0) + (int)(span->working_milliseconds > 0);
  if (ways > 1) {
    return refuse(error, "working_days",
                  "时长或用日历时间（months、days、hours、minutes），或用 working_days，或用 "
                  "working_hours 与 working_minutes，不能混用",
                  "a span is calendar time (months, days, hours, minutes), or working_days, or "
                  "working_hours with working_minutes; they cannot be mixed");
  }
  BASE_TRY(read_at(map, span, error));
  return read_between(map, span, error);
}

static size_t append_number(base_buffer *out, const char *key, int64_t number) {
  if (number == 0) return 0;
  data_append_pair_integer(out, key, number);
  return 1;
}

static void append_minutes(int minutes, base_buffer *out) {
  char text[16];
  (void)snprintf(text, sizeof text, "%02d:%02d", minutes / 60, minutes % 60);
  data_append_text(out, text);
}

size_t data_span_append(const data_span *span, base_buffer *out) {
  size_t pairs = append_number(out, "months", span->months);
  pairs += append_number(out, "days", span->days);
  pairs += append_number(out, "minutes", span->milliseconds / MINUTE_MS);
  pairs += append_number(out, "working_days", span->working_days);
  pairs += append_number(out, "working_minutes", span->working_milliseconds / MINUTE_MS);
  if (span->at != DATA_SPAN_NO_TIME) {
    data_append_text(out, "at");
    append_minutes(span->at, out);
    pairs++;
  }
  if (span->since != NULL) {
    data_append_pair_text(out, "since", span->since);
    pairs++;
  }
  if (span->close > 0) {
    data_append_text(out, "between");
    data_append_array(out, 2);
    append_minutes(span->open, out);
    append_minutes(span->close, out);
    pairs++;
  }
  return pairs;
}
