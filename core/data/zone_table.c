/* zone_table: transitions as the file lists them, then those of the rule at its end. See
 * zone_table.h; docs/decisions/0008-zone-data.md tells why libical does not do this.
 *
 * Memory:  the caller's.  Threads: any.  Fails: see zone_table.h. */
#include "data/zone_table.h"

#include "data/date.h"
#include "data/head.h"

#define HEADER_SIZE 44
#define SECONDS_OF_DAY INT64_C(86400)
#define HOURS_MAX 167 /* of a rule's time of day: it may lie in another week */

typedef struct zone_header {
  size_t leap_count;
  size_t time_count;
  size_t type_count;
  size_t body_size;
} zone_header;

/* A day of each year, as a POSIX rule names it, and the local time of day in seconds. */
typedef struct rule_day {
  char form; /* 'M' month, week, weekday; 'J' day without 29 February; 'D' day from 0 */
  int month;
  int week;
  int day;
  int64_t time;
} rule_day;

typedef struct zone_rule {
  int64_t standard; /* offsets in seconds ahead of UTC */
  int64_t summer;
  bool changes;
  rule_day begin; /* of summer time */
  rule_day end;
} zone_rule;

/* ---- the body ---- */

static bool read_header(base_slice file, size_t time_size, zone_header *header) {
  if (file.size < HEADER_SIZE || memcmp(file.data, "TZif", 4) != 0 || file.data[4] < '2') {
    return false;
  }
  const uint8_t *counts = file.data + 20;
  size_t utc_count = data_head_u32(counts);
  size_t standard_count = data_head_u32(counts + 4);
  size_t char_count = data_head_u32(counts + 20);
  header->leap_count = data_head_u32(counts + 8);
  header->time_count = data_head_u32(counts + 12);
  header->type_count = data_head_u32(counts + 16);
  header->body_size = header->time_count * (time_size + 1) + header->type_count * 6 + char_count +
                      header->leap_count * (time_size + 4) + standard_count + utc_count;
  return header->body_size <= file.size - HEADER_SIZE;
}

static data_zone_span *last_of(const base_buffer *spans) {
  return (data_zone_span *)(void *)(spans->data + spans->size) - 1;
}

/* Changes that change no offset are left out. */
static void add_span(base_buffer *spans, int64_t from, int64_t offset) {
  data_zone_span span = {.from = from, .offset = offset};
  if (spans->size > 0 && last_of(spans)->offset == offset) return;
  if (spans->size > 0 && last_of(spans)->from == from) {
    last_of(spans)->offset = offset;
  } else {
    base_buffer_append(spans, &span, sizeof span);
  }
}

static int64_t offset_of(const uint8_t *types, size_t type) {
  return (int32_t)data_head_u32(types + type * 6);
}

static bool read_body(const uint8_t *body, const zone_header *header, base_buffer *spans) {
  const uint8_t *indexes = body + header->time_count * 8;
  const uint8_t *types = indexes + header->time_count;
  if (header->type_count == 0) return false;
  add_span(spans, INT64_MIN, offset_of(types, 0));
  for (size_t i = 0; i < header->time_count; i++) {
    if (indexes[i] >= header->type_count) return false;
    add_span(spans, (int64_t)data_head_u64(body + i * 8), offset_of(types, indexes[i]));
  }
  return true;
}

/* ---- the rule at the end: "CET-1CEST,M3.5.0,M10.5.0/3" ---- */

static bool take(base_slice *rest, char expected) {
  if (rest->size == 0 || rest->data[0] != (uint8_t)expected) return false;
  *rest = base_slice_after(*rest, 1);
  return true;
}

static bool take_number(base_slice *rest, int most, int *number) {
  size_t before = rest->size;
  *number = 0;
  while (rest->size > 0 && rest->data[0] >= '0' && rest->data[0] <= '9' && *number <= most) {
    *number = *number * 10 + (rest->data[0] - '0');
    *rest = base_slice_after(*rest, 1);
  }
  return rest->size < before && *number <= most;
}

/* A name of letters, or of anything between angle brackets. */
static bool take_name(base_slice *rest) {
  size_t size = 0;
  bool quoted = rest->size > 0 && rest->data[0] == '<';
  while (size < rest->size) {
    uint8_t byte = rest->data[size];
    bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
    if (quoted ? byte == '>' : !letter) break;
    size++;
  }
  if (quoted && size < rest->size) size++;
  *rest = base_slice_after(*rest, size);
  return size >= 3;
}

/* [+-]hours[:minutes[:seconds]] */
static bool take_time(base_slice *rest, int64_t *seconds) {
  int hours = 0;
  int minutes = 0;
  int rest_seconds = 0;
  bool minus = take(rest, '-');
  if (!minus) (void)take(rest, '+');
  if (!take_number(rest, HOURS_MAX, &hours)) return false;
  if (take(rest, ':') && !take_number(rest, 59, &minutes)) return false;
  if (take(rest, ':') && !take_number(rest, 59, &rest_seconds)) return false;
  *seconds = (int64_t)hours * 3600 + minutes * 60 + rest_seconds;
  if (minus) *seconds = -*seconds;
  return true;
}

static bool take_month_day(base_slice *rest, rule_day *day) {
  day->form = 'M';
  return take_number(rest, 12, &day->month) && day->month >= 1 && take(rest, '.') &&
         take_number(rest, 5, &day->week) && day->week >= 1 && take(rest, '.') &&
         take_number(rest, 6, &day->day);
}

static bool take_day(base_slice *rest, rule_day *day) {
  bool read = false;
  if (!take(rest, ',')) return false;
  if (take(rest, 'M')) {
    read = take_month_day(rest, day);
  } else {
    day->form = take(rest, 'J') ? 'J' : 'D';
    read = take_number(rest, 365, &day->day) && (day->form == 'D' || day->day >= 1);
  }
  day->time = 2 * 3600;
  return read && (!take(rest, '/') || take_time(rest, &day->time));
}

static bool read_rule(base_slice text, zone_rule *rule) {
  int64_t west = 0;
  if (!take_name(&text) || !take_time(&text, &west)) return false;
  rule->standard = -west;
  rule->changes = text.size > 0;
  if (!rule->changes) return true;
  if (!take_name(&text)) return false;
  rule->summer = rule->standard + 3600;
  if (text.size > 0 && text.data[0] != ',') {
    if (!take_time(&text, &west)) return false;
    rule->summer = -west;
  }
  return take_day(&text, &rule->begin) && take_day(&text, &rule->end) && text.size == 0;
}

static data_date day_in_year(const rule_day *day, int year) {
  data_date first = data_date_make(year, 1, 1);
  if (day->form == 'D') return first + day->day;
  if (day->form == 'J') {
    bool leap = data_date_make(year, 2, 29) != data_date_make(year, 2, 28);
    return first + day->day - 1 + (leap && day->day >= 60);
  }
  first = data_date_make(year, day->month, 1);
  int weekday = (day->day + 6) % 7; /* POSIX counts from Sunday */
  data_date found = first + (weekday - data_date_weekday(first) + 7) % 7 + (day->week - 1) * 7;
  return found > data_date_make(year, day->month, 31) ? found - 7 : found;
}

static int64_t change_at(const rule_day *day, int year, int64_t offset) {
  return day_in_year(day, year) * SECONDS_OF_DAY + day->time - offset;
}

static void add_year(base_buffer *spans, const zone_rule *rule, int year, int64_t after) {
  int64_t begin = change_at(&rule->begin, year, rule->standard);
  int64_t end = change_at(&rule->end, year, rule->summer);
  if (end < begin && end > after) add_span(spans, end, rule->standard);
  if (begin > after) add_span(spans, begin, rule->summer);
  if (end >= begin && end > after) add_span(spans, end, rule->standard);
}

/* The rule holds from the last change that the file lists on. */
static bool extend(base_slice text, base_buffer *spans) {
  zone_rule rule = {0};
  int year, month, day;
  if (text.size == 0) return true; /* no rule is known: the last offset stays */
  if (!read_rule(text, &rule)) return false;
  int64_t after = last_of(spans)->from;
  int64_t days = after < 0 ? 0 : after / SECONDS_OF_DAY;
  if (days > data_date_make(DATA_ZONE_LAST_YEAR, 12, 31)) return false;
  if (!rule.changes) {
    add_span(spans, after, rule.standard);
    return true;
  }
  for (data_date_parts((data_date)days, &year, &month, &day); year <= DATA_ZONE_LAST_YEAR; year++) {
    add_year(spans, &rule, year, after);
  }
  return true;
}

bool data_zone_table(base_slice file, base_buffer *spans) {
  zone_header first, second;
  if (!read_header(file, 4, &first)) return false;
  base_slice rest = base_slice_after(file, HEADER_SIZE + first.body_size);
  if (!read_header(rest, 8, &second) || second.leap_count > 0) return false;
  if (!read_body(rest.data + HEADER_SIZE, &second, spans)) return false;
  rest = base_slice_after(rest, HEADER_SIZE + second.body_size);
  if (rest.size < 2 || rest.data[0] != '\n' || rest.data[rest.size - 1] != '\n') return false;
  return extend(base_slice_make(rest.data + 1, rest.size - 2), spans);
}
