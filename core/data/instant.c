/* instant: a moment as text, and the three ways in which a client may write one. See zone.h.
 *
 * Memory:  values.  Threads: any.  Fails: data_instant_parse, see zone.h. */
#include <stdio.h>

#include "data/zone.h"

#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)

/* Offsets of a time before zones (+08:05:43) are rounded to the minutes that RFC 3339 can say; the
 * time of day is rounded with them, so that the text still means the same instant. */
void data_instant_format(const data_zone *zone, int64_t instant, char out[DATA_INSTANT_SIZE]) {
  int minutes = (int)(data_zone_offset(zone, instant) / 60);
  if (instant < DATA_INSTANT_MIN) instant = DATA_INSTANT_MIN;
  if (instant > DATA_INSTANT_MAX) instant = DATA_INSTANT_MAX;
  int64_t local = instant + minutes * MINUTE;
  int64_t in_day = (local % DAY + DAY) % DAY;
  int seconds = (int)(in_day / 1000);
  unsigned ahead = (unsigned)(minutes < 0 ? -minutes : minutes);
  char date[DATA_DATE_SIZE];
  data_date_format((data_date)((local - in_day) / DAY), date);
  (void)snprintf(out, DATA_INSTANT_SIZE, "%sT%02d:%02d:%02d%c%02u:%02u", date, seconds / 3600,
                 seconds / 60 % 60, seconds % 60, minutes < 0 ? '-' : '+', ahead / 60 % 100,
                 ahead % 60);
}

static bool take(base_slice *rest, char expected) {
  if (rest->size == 0 || rest->data[0] != (uint8_t)expected) return false;
  *rest = base_slice_after(*rest, 1);
  return true;
}

/* Two digits up to `most`. */
static bool take_pair(base_slice *rest, int most, int *number) {
  if (rest->size < 2) return false;
  unsigned tens = rest->data[0] - '0';
  unsigned ones = rest->data[1] - '0';
  if (tens > 9 || ones > 9) return false;
  *number = (int)(tens * 10 + ones);
  *rest = base_slice_after(*rest, 2);
  return *number <= most;
}

/* ".25" as milliseconds; what is finer is dropped. */
static bool take_fraction(base_slice *rest, int *milliseconds) {
  int unit = 100;
  *milliseconds = 0;
  if (!take(rest, '.')) return true;
  size_t before = rest->size;
  while (rest->size > 0 && rest->data[0] >= '0' && rest->data[0] <= '9') {
    *milliseconds += unit * (rest->data[0] - '0');
    unit /= 10;
    *rest = base_slice_after(*rest, 1);
  }
  return rest->size < before;
}

static bool take_offset(base_slice *rest, int *minutes) {
  int hours = 0;
  *minutes = 0;
  if (take(rest, 'Z') || take(rest, 'z')) return true;
  bool behind = take(rest, '-');
  if (!behind && !take(rest, '+')) return false;
  if (!take_pair(rest, 23, &hours) || !take(rest, ':') || !take_pair(rest, 59, minutes)) {
    return false;
  }
  *minutes += hours * 60;
  if (behind) *minutes = -*minutes;
  return true;
}

static bool parse_moment(base_slice text, int64_t *instant) {
  data_date date;
  int hour, minute, second, milliseconds, offset;
  if (text.size < DATA_DATE_SIZE) return false;
  if (!data_date_parse(base_slice_make(text.data, DATA_DATE_SIZE - 1), &date)) return false;
  base_slice rest = base_slice_after(text, DATA_DATE_SIZE - 1);
  if (!take(&rest, 'T') && !take(&rest, 't') && !take(&rest, ' ')) return false;
  if (!take_pair(&rest, 23, &hour) || !take(&rest, ':')) return false;
  if (!take_pair(&rest, 59, &minute) || !take(&rest, ':')) return false;
  if (!take_pair(&rest, 59, &second) || !take_fraction(&rest, &milliseconds)) return false;
  if (!take_offset(&rest, &offset) || rest.size > 0) return false;
  int64_t seconds = (int64_t)hour * 3600 + minute * 60 + second;
  *instant = date * DAY + seconds * 1000 + milliseconds - offset * MINUTE;
  return true;
}

static bool parse_any(const data_zone *zone, data_value value, int64_t *instant) {
  data_date date;
  if (value.type == DATA_INTEGER) {
    *instant = value.as.integer;
    return true;
  }
  if (value.type != DATA_TEXT) return false;
  if (!data_date_parse(value.as.bytes, &date)) return parse_moment(value.as.bytes, instant);
  *instant = data_zone_midnight(zone, date);
  return true;
}

base_code data_instant_parse(const data_zone *zone, data_value value, const char *field,
                             int64_t *instant, base_error *error) {
  bool known = parse_any(zone, value, instant);
  if (known && *instant >= DATA_INSTANT_MIN && *instant <= DATA_INSTANT_MAX) return BASE_OK;
  return base_error_set(
      error, BASE_VALIDATION_FAILED, field,
      "%s：时刻请写成带时差的文本（2026-03-07T10:00:00+08:00）、UTC 毫秒整数，"
      "或日期（2026-03-07，即当天零点）",
      "%s: write an instant as text with an offset (2026-03-07T10:00:00+08:00), as integer "
      "milliseconds UTC, or as a date (2026-03-07, its 00:00)",
      field);
}
