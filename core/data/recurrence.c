/* recurrence: by libical's iterator over times without a zone. See recurrence.h.
 *
 * Memory:  an iterator for each call.  Threads: any: libical keeps its error per thread.
 * Fails:   as the header says. */
#include "data/recurrence.h"

#include <libical/ical.h>
#include <string.h>

#include "data/text.h"

/* Occurrences that are counted from the beginning of a rule with COUNT, and looked at in all. */
#define STEPS_MOST 100000

static base_code refuse(base_slice rule, base_error *error) {
  base_slice shown = data_text_valid(rule) ? data_text_cut(rule, 80) : base_slice_text("…");
  return base_error_set(error, BASE_VALIDATION_FAILED, "rrule",
                        "“%.*s” 不是可用的重复规则（RFC 5545），如 "
                        "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9；每小时写作 FREQ=DAILY;BYHOUR=0,1,…",
                        "“%.*s” is no rule of recurrence (RFC 5545) that can be used, such as "
                        "FREQ=WEEKLY;BYDAY=MO;BYHOUR=9; each hour is FREQ=DAILY;BYHOUR=0,1,…",
                        BASE_SLICE_ARGS(shown));
}

/* What rules are made of. */
static bool is_plain(base_slice rule) {
  for (size_t i = 0; i < rule.size; i++) {
    uint8_t byte = rule.data[i];
    bool letter = byte >= 'A' && byte <= 'Z';
    bool digit = byte >= '0' && byte <= '9';
    if (!letter && !digit && memchr("=;,+-", byte, 5) == NULL) return false;
  }
  return true;
}

/* Of months and years; in a day or a week libical does not choose. */
static bool chooses(const struct icalrecurrencetype *rule) {
  bool large = rule->freq == ICAL_MONTHLY_RECURRENCE || rule->freq == ICAL_YEARLY_RECURRENCE;
  return rule->by_set_pos[0] != ICAL_RECURRENCE_ARRAY_MAX && !large;
}

/* "2MO" is the second Monday of a month or year; of a day or week there is none. */
static bool counts_days(const struct icalrecurrencetype *rule) {
  if (rule->freq != ICAL_DAILY_RECURRENCE && rule->freq != ICAL_WEEKLY_RECURRENCE) return false;
  for (size_t i = 0; i < ICAL_BY_DAY_SIZE && rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
    if (icalrecurrencetype_day_position(rule->by_day[i]) != 0) return true;
  }
  return false;
}

static base_code refuse_never(base_slice rule, base_error *error) {
  return base_error_set(error, BASE_VALIDATION_FAILED, "rrule",
                        "“%.*s” 永远不会发生：请检查 BYSETPOS、BYMONTH 和 BYMONTHDAY",
                        "“%.*s” never comes: look at BYSETPOS, BYMONTH and BYMONTHDAY",
                        BASE_SLICE_ARGS(data_text_cut(rule, 80)));
}

static int64_t count_of(const short *values, size_t most) {
  int64_t count = 0;
  while ((size_t)count < most && values[count] != ICAL_RECURRENCE_ARRAY_MAX) count++;
  return count;
}

/* As many days of that kind a month or a year has at most: "2TU" is one of them, "TU" is each. */
static int64_t days_of(const struct icalrecurrencetype *rule, int64_t months) {
  int64_t days = 0;
  int64_t in_period = rule->freq == ICAL_YEARLY_RECURRENCE && months == 0 ? 53 : 5;
  for (size_t i = 0; i < ICAL_BY_DAY_SIZE && rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
    days += icalrecurrencetype_day_position(rule->by_day[i]) != 0 ? 1 : in_period;
  }
  return days * (months == 0 ? 1 : months);
}

static int64_t least(int64_t a, int64_t b) {
  return b > 0 && b < a ? b : a;
}

/* No less than a period's days before BYSETPOS chooses among them; libical chooses days, not hours. What names no
 * days has the day that it begins on, once in each month that it names. */
static int64_t set_most(const struct icalrecurrencetype *rule) {
  bool yearly = rule->freq == ICAL_YEARLY_RECURRENCE;
  int64_t months = yearly ? count_of(rule->by_month, ICAL_BY_MONTH_SIZE) : 0;
  int64_t week_days = days_of(rule, months);
  int64_t month_days = count_of(rule->by_month_day, ICAL_BY_MONTHDAY_SIZE);
  int64_t year_days = count_of(rule->by_year_day, ICAL_BY_YEARDAY_SIZE);
  if (week_days + month_days + year_days == 0) return months == 0 ? 1 : months;
  int64_t days = !yearly ? 31 : months == 0 ? 366 : 31 * months;
  days = least(days, week_days);
  days = least(days, month_days * (!yearly ? 1 : months == 0 ? 12 : months));
  return least(days, year_days);
}

/* BYSETPOS that chooses behind the end of every set: libical looks for it through the centuries. */
static bool never_comes(const struct icalrecurrencetype *rule) {
  int64_t count = count_of(rule->by_set_pos, ICAL_BY_SETPOS_SIZE);
  int64_t most = set_most(rule);
  for (int64_t i = 0; i < count; i++) {
    int64_t place = rule->by_set_pos[i];
    if ((place < 0 ? -place : place) <= most) return false;
  }
  return count > 0;
}

static base_code read_rule(base_slice text, struct icalrecurrencetype *rule, base_error *error) {
  /* Other calendars are not the business's, and weeks of the year lead libical 3 out of its arrays. */
  static const char *const refused[] = {"RSCALE", "SKIP", "BYWEEKNO"};
  char copy[DATA_RECURRENCE_MAX + 1];
  if (text.size == 0 || text.size > DATA_RECURRENCE_MAX || !is_plain(text)) {
    return refuse(text, error);
  }
  memcpy(copy, text.data, text.size);
  copy[text.size] = '\0';
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    if (strstr(copy, refused[i]) != NULL) return refuse(text, error);
  }
  icalerror_set_errors_are_fatal(0);
  *rule = icalrecurrencetype_from_string(copy);
  bool often = rule->freq == ICAL_SECONDLY_RECURRENCE || rule->freq == ICAL_MINUTELY_RECURRENCE ||
               rule->freq == ICAL_HOURLY_RECURRENCE;
  bool minutes = rule->by_minute[0] != ICAL_RECURRENCE_ARRAY_MAX &&
                 rule->by_minute[1] != ICAL_RECURRENCE_ARRAY_MAX;
  bool seconds = rule->by_second[0] != ICAL_RECURRENCE_ARRAY_MAX &&
                 rule->by_second[1] != ICAL_RECURRENCE_ARRAY_MAX;
  if (rule->freq == ICAL_NO_RECURRENCE || often || counts_days(rule) || chooses(rule) || minutes ||
      seconds || rule->interval < 1) {
    return refuse(text, error);
  }
  return never_comes(rule) ? refuse_never(text, error) : BASE_OK;
}

static struct icaltimetype midnight_of(data_date date) {
  struct icaltimetype time = icaltime_null_time();
  data_date_parts(date, &time.year, &time.month, &time.day);
  return time;
}

static bool instant_of(const data_zone *zone, struct icaltimetype time, int64_t *instant) {
  if (time.year < 1600 || time.year > 9999) return false;
  data_date date = data_date_make(time.year, time.month, time.day);
  *instant = data_zone_time(zone, date, time.hour * 3600 + time.minute * 60 + time.second);
  return true;
}

/* Where the iterator may begin so that it does not walk through years of the past, and still says the
 * same: on the same day of the week, or of the month. What counts, occurrences or every so many, counts
 * from its beginning. */
static data_date begin_of(const struct icalrecurrencetype *rule, data_date from, data_date near) {
  int year;
  int month;
  int day;
  data_date begin = near - 1;
  if (rule->count > 0 || rule->interval > 1 || begin <= from) return from;
  if (rule->freq == ICAL_DAILY_RECURRENCE) return begin;
  if (rule->freq == ICAL_WEEKLY_RECURRENCE) return begin - (begin - from) % 7;
  data_date_parts(near, &year, &month, &day);
  int before = year - 1;
  data_date_parts(from, &year, &month, &day);
  begin = data_date_make(before, month, day);
  return day > 28 || begin < from ? from : begin;
}

base_code data_recurrence_check(base_slice text, const data_zone *zone, data_date from,
                                base_error *error) {
  int64_t next = 0;
  BASE_TRY(data_recurrence_next(text, zone, from, INT64_MIN / 2, &next, error));
  return next == INT64_MAX ? refuse_never(text, error) : BASE_OK;
}

base_code data_recurrence_next(base_slice text, const data_zone *zone, data_date from,
                               int64_t after, int64_t *next, base_error *error) {
  struct icalrecurrencetype rule;
  icalrecurrencetype_clear(&rule);
  BASE_TRY(read_rule(text, &rule, error));
  data_date begin = begin_of(&rule, from, data_zone_date(zone, after));
  icalrecur_iterator *iterator = icalrecur_iterator_new(rule, midnight_of(begin));
  if (iterator == NULL) return refuse(text, error);
  *next = INT64_MAX;
  for (int i = 0; i < STEPS_MOST && *next == INT64_MAX; i++) {
    struct icaltimetype time = icalrecur_iterator_next(iterator);
    int64_t instant = 0;
    if (icaltime_is_null_time(time) || !instant_of(zone, time, &instant)) break;
    if (instant > after) *next = instant;
  }
  icalrecur_iterator_free(iterator);
  return BASE_OK;
}
