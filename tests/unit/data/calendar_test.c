/* calendar: working days and working time, judged by a slow oracle: every minute of three years is
 * looked up on its own with the C library's clock, and days are counted one by one. */
#include "data/calendar.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#define FIRST_YEAR 2024
#define YEARS 3
#define MINUTE INT64_C(60000)
#define DAY_MINUTES 1440
#define BEGIN INT64_C(1701388800000) /* 2023-12-01, UTC */
#define MINUTES ((366 * 3 + 62) * DAY_MINUTES)
#define CASES 100000

typedef struct world {
  base_arena *arena;
  base_error error;
  const data_zone *zone;
  data_calendar *calendar;
  /* The oracle's own: by local year and day of the year, and by minute since BEGIN. */
  char kinds[YEARS][366]; /* 'h' holiday, 'w' workday, or 0 */
  uint32_t *worked;       /* minutes worked before this one */
  uint32_t *unknown;      /* minutes of unknown years before this one */
} world;

static uint64_t random_state = 20260307;

static uint64_t draw(uint64_t below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state % below;
}

static data_date date_of(const char *text) {
  data_date date = 0;
  assert_true(data_date_parse(base_slice_text(text), &date));
  return date;
}

static int64_t instant_of(const world *self, const char *text) {
  data_value value = {.type = DATA_TEXT, .as.bytes = base_slice_text(text)};
  base_error error = {.language = BASE_EN};
  int64_t instant = 0;
  if (data_instant_parse(self->zone, value, "at", &instant, &error) != BASE_OK) {
    fail_msg("%s", error.message);
  }
  return instant;
}

static void assert_date(data_date date, const char *expected) {
  char text[DATA_DATE_SIZE];
  data_date_format(date, text);
  assert_string_equal(text, expected);
}

static void open_world(world *self, const char *zone, const data_week *week) {
  *self = (world){.arena = base_arena_new(), .error = {.language = BASE_EN}};
  assert_int_equal(data_zone_find(base_slice_text(zone), &self->zone, &self->error), BASE_OK);
  self->calendar = data_calendar_new(week, self->zone, self->arena);
  assert_int_equal(setenv("TZ", zone, 1), 0);
  tzset();
}

static void close_world(world *self) {
  base_arena_free(self->arena);
  free(self->worked);
  free(self->unknown);
}

/* --- the oracle ---------------------------------------------------------------------------------- */

static bool is_worked(const world *self, const data_week *week, int year, int day, int weekday) {
  char kind = self->kinds[year - FIRST_YEAR][day];
  if (kind != 0) return kind == 'w';
  return (week->worked >> weekday & 1) != 0;
}

static bool in_hours(const data_week *week, int minute) {
  for (size_t i = 0; i < week->count; i++) {
    if (minute >= week->hours[i].from && minute < week->hours[i].to) return true;
  }
  return false;
}

static void look_at_minutes(world *self, const data_week *week) {
  self->worked = calloc(MINUTES + 1, sizeof *self->worked);
  self->unknown = calloc(MINUTES + 1, sizeof *self->unknown);
  assert_true(self->worked != NULL && self->unknown != NULL);
  for (int i = 0; i < MINUTES; i++) {
    time_t seconds = (time_t)((BEGIN + i * MINUTE) / 1000);
    struct tm tm;
    assert_non_null(localtime_r(&seconds, &tm));
    int year = tm.tm_year + 1900;
    bool known = year >= FIRST_YEAR && year < FIRST_YEAR + YEARS;
    bool worked = known && in_hours(week, tm.tm_hour * 60 + tm.tm_min) &&
                  is_worked(self, week, year, tm.tm_yday, (tm.tm_wday + 6) % 7);
    self->worked[i + 1] = self->worked[i] + worked;
    self->unknown[i + 1] = self->unknown[i] + !known;
  }
}

/* Every tenth weekday is a holiday and every tenth weekend day is worked. */
static void draw_days(world *self, const data_week *week) {
  for (int year = 0; year < YEARS; year++) {
    data_date first = data_date_make(FIRST_YEAR + year, 1, 1);
    int days = data_date_make(FIRST_YEAR + year, 12, 31) - first + 1;
    for (int day = 0; day < days; day++) {
      if (draw(10) != 0 && day != 40) continue;
      bool weekend = (week->worked >> data_date_weekday(first + day) & 1) == 0;
      self->kinds[year][day] = weekend ? 'w' : 'h';
      data_calendar_add(self->calendar, first + day, weekend);
    }
  }
}

static bool minute_worked(const world *self, int64_t minute) {
  return self->worked[minute + 1] != self->worked[minute];
}

/* Milliseconds worked from BEGIN to the instant. */
static int64_t worked_before(const world *self, int64_t instant) {
  int64_t minute = (instant - BEGIN) / MINUTE;
  int64_t rest = (instant - BEGIN) % MINUTE;
  int64_t sum = self->worked[minute] * MINUTE;
  return rest > 0 && minute_worked(self, minute) ? sum + rest : sum;
}

/* Whether any part of the time lies in an unknown year. */
static bool any_unknown(const world *self, int64_t from, int64_t until) {
  int64_t first = (from - BEGIN) / MINUTE;
  int64_t behind = (until - BEGIN + MINUTE - 1) / MINUTE;
  return self->unknown[behind] != self->unknown[first];
}

/* The first instant with that much work before it; -1 when there is none up to the end. */
static int64_t instant_with(const world *self, int64_t work) {
  int64_t low = 0;
  int64_t high = MINUTES;
  if (self->worked[MINUTES] * MINUTE < work) return -1;
  while (high - low > 0) {
    int64_t middle = (low + high) / 2;
    if (self->worked[middle] * MINUTE >= work) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  /* The work is done in the minute before `low`. */
  return BEGIN + low * MINUTE - (self->worked[low] * MINUTE - work);
}

static void check_time(world *self, int64_t from, int64_t until) {
  int64_t found = -1;
  base_code code = data_calendar_time(self->calendar, from, until, &found, &self->error);
  if (from < until ? any_unknown(self, from, until) : any_unknown(self, until, from)) {
    assert_int_equal(code, BASE_VALIDATION_FAILED);
    return;
  }
  assert_int_equal(code, BASE_OK);
  if (found != worked_before(self, until) - worked_before(self, from)) {
    fail_msg("%s: %lld to %lld: %lld", data_zone_name(self->zone), (long long)from,
             (long long)until, (long long)found);
  }
}

static void check_add_time(world *self, int64_t from, int64_t work) {
  int64_t found = -1;
  base_code code = data_calendar_add_time(self->calendar, from, work, &found, &self->error);
  int64_t expected = work == 0 ? from : instant_with(self, worked_before(self, from) + work);
  if (expected < 0 || any_unknown(self, from, expected)) {
    assert_int_equal(code, BASE_VALIDATION_FAILED);
    return;
  }
  assert_int_equal(code, BASE_OK);
  if (found != expected) {
    fail_msg("%s: %lld + %lld: %lld, not %lld", data_zone_name(self->zone), (long long)from,
             (long long)work, (long long)found, (long long)expected);
  }
}

static int64_t draw_instant(void) {
  int64_t instant = BEGIN + (int64_t)draw((uint64_t)MINUTES * MINUTE);
  return draw(4) == 0 ? instant - instant % (30 * MINUTE) : instant;
}

static void check_random_times(const char *zone, const data_week *week, int cases) {
  world self;
  open_world(&self, zone, week);
  draw_days(&self, week);
  look_at_minutes(&self, week);
  int64_t end = BEGIN + MINUTES * MINUTE;
  for (int i = 0; i < cases; i++) {
    int64_t from = draw_instant();
    int64_t days = draw(200) == 0 ? 1000 : (int64_t)draw(15) + 1;
    int64_t until = from + (int64_t)draw((uint64_t)days * DAY_MINUTES) * MINUTE;
    if (draw(2) == 0) until += (int64_t)draw(60000);
    if (until >= end) until = end - 1;
    check_time(&self, from, until);
    if (draw(10) == 0) check_time(&self, until, from);
    int64_t work = (int64_t)draw((uint64_t)(draw(100) == 0 ? 3000 : 60) * 60) * MINUTE;
    check_add_time(&self, from, draw(2) == 0 ? work : work + (int64_t)draw(60000));
  }
  close_world(&self);
}

/* Half of the cases in China; the rest where clocks change, some of them at midnight. */
static void time_agrees_with_the_oracle(void **state) {
  (void)state;
  static const data_week night = {
      .worked = 0x3f, .count = 3, .hours = {{0, 300}, {720, 721}, {1320, 1440}}};
  static const data_week always = {.worked = 0x7f, .count = 1, .hours = {{0, 1440}}};
  check_random_times("Asia/Shanghai", &data_week_standard, CASES / 2);
  check_random_times("Europe/Berlin", &data_week_standard, CASES / 8);
  check_random_times("America/New_York", &night, CASES / 8);
  check_random_times("Africa/Cairo", &night, CASES / 8);
  check_random_times("Africa/Cairo", &always, CASES / 8);
}

/* --- days, counted one by one ---------------------------------------------------------------------- */

static int kind_of(const world *self, const data_week *week, data_date day) {
  int year, month, in_month;
  data_date_parts(day, &year, &month, &in_month);
  if (year < FIRST_YEAR || year >= FIRST_YEAR + YEARS) return DATA_DAY_UNKNOWN;
  int place = day - data_date_make(year, 1, 1);
  bool worked = is_worked(self, week, year, place, data_date_weekday(day));
  return worked ? DATA_DAY_WORKED : DATA_DAY_OFF;
}

/* False when an unknown day is in the way. */
static bool step_on(const world *self, const data_week *week, data_date *day, int64_t count) {
  int step = count < 0 ? -1 : 1;
  for (int64_t left = count * step; left > 0;) {
    *day += step;
    int kind = kind_of(self, week, *day);
    if (kind == DATA_DAY_UNKNOWN) return false;
    left -= kind == DATA_DAY_WORKED;
  }
  return true;
}

static void check_days(world *self, const data_week *week, data_date from, int64_t count) {
  data_date expected = from;
  data_date day = 0;
  int64_t back = 0;
  base_code code = data_calendar_add_days(self->calendar, from, count, &day, &self->error);
  if (!step_on(self, week, &expected, count)) {
    assert_int_equal(code, BASE_VALIDATION_FAILED);
    return;
  }
  assert_int_equal(code, BASE_OK);
  assert_int_equal(day, expected);
  if (count == 0) return;
  code = data_calendar_count_days(self->calendar, from, day, &back, &self->error);
  /* Going back, the day arrived at is not among those between; the one set out from is. */
  if (count < 0 && kind_of(self, week, from) == DATA_DAY_UNKNOWN) {
    assert_int_equal(code, BASE_VALIDATION_FAILED);
    return;
  }
  assert_int_equal(code, BASE_OK);
  int64_t between = 0;
  for (data_date at = (count > 0 ? from : day) + 1; at <= (count > 0 ? day : from); at++) {
    between += kind_of(self, week, at) == DATA_DAY_WORKED;
  }
  assert_int_equal(back, count > 0 ? between : -between);
}

static void check_every(world *self, const data_week *week, data_date from, int64_t every,
                        data_date after) {
  data_date expected = from;
  data_date day = 0;
  base_code code = data_calendar_every(self->calendar, from, every, after, &day, &self->error);
  bool known = step_on(self, week, &expected, every);
  while (known && expected <= after) known = step_on(self, week, &expected, every);
  assert_int_equal(code, known ? BASE_OK : BASE_VALIDATION_FAILED);
  if (known) assert_int_equal(day, expected);
}

static void days_agree_with_the_oracle(void **state) {
  (void)state;
  world self;
  open_world(&self, "Asia/Shanghai", &data_week_standard);
  draw_days(&self, &data_week_standard);
  data_date first = date_of("2023-12-20");
  for (data_date day = first; day < first + 1130; day++) {
    assert_int_equal(data_calendar_day(self.calendar, day),
                     kind_of(&self, &data_week_standard, day));
  }
  for (int i = 0; i < CASES; i++) {
    data_date from = first + (data_date)draw(1120);
    int64_t most = draw(50) == 0 ? 800 : 20;
    check_days(&self, &data_week_standard, from, (int64_t)draw((uint64_t)most * 2 + 1) - most);
    check_every(&self, &data_week_standard, from, (int64_t)draw(12) + 1,
                from + (data_date)draw(60) - 10);
  }
  close_world(&self);
}

/* --- the rulings ----------------------------------------------------------------------------------- */

static void add_days_of(world *self, const char *first, const char *last, bool worked) {
  for (data_date day = date_of(first); day <= date_of(last); day++) {
    data_calendar_add(self->calendar, day, worked);
  }
}

/* The second half of 2026, as the example of the product's description has it. */
static void open_2026(world *self) {
  open_world(self, "Asia/Shanghai", &data_week_standard);
  add_days_of(self, "2026-09-25", "2026-09-25", false);
  add_days_of(self, "2026-10-01", "2026-10-07", false);
  add_days_of(self, "2026-09-20", "2026-09-20", true);
  add_days_of(self, "2026-10-10", "2026-10-10", true);
}

static void assert_day_after(world *self, const char *from, int64_t count, const char *expected) {
  data_date day = 0;
  assert_int_equal(data_calendar_add_days(self->calendar, date_of(from), count, &day, &self->error),
                   BASE_OK);
  assert_date(day, expected);
}

/* C-07: E-04 and E-05. */
static void counting_starts_with_the_day_after(void **state) {
  (void)state;
  world self;
  int64_t due;
  open_2026(&self);
  assert_day_after(&self, "2026-03-13", 1, "2026-03-16");
  assert_day_after(&self, "2026-03-13", 3, "2026-03-18");
  assert_day_after(&self, "2026-03-14", 1, "2026-03-16");
  assert_day_after(&self, "2026-03-14", 0, "2026-03-14");
  assert_day_after(&self, "2026-03-16", -1, "2026-03-13");
  assert_day_after(&self, "2026-09-29", 1, "2026-09-30");
  assert_day_after(&self, "2026-09-29", 3, "2026-10-09");
  assert_day_after(&self, "2026-10-08", 2, "2026-10-10");
  assert_day_after(&self, "2026-09-18", 1, "2026-09-20");
  assert_int_equal(data_calendar_due(self.calendar, date_of("2026-03-13"), 1, &due, &self.error),
                   BASE_OK);
  assert_true(due == instant_of(&self, "2026-03-17T00:00:00+08:00"));
  assert_int_equal(data_calendar_due(self.calendar, date_of("2026-03-13"), 0, &due, &self.error),
                   BASE_OK);
  assert_true(due == instant_of(&self, "2026-03-14"));
  close_world(&self);
}

/* C-08: every third working day, until closed. */
static void every_third_working_day(void **state) {
  (void)state;
  static const char *const days[] = {"2026-10-09", "2026-10-13", "2026-10-16"};
  world self;
  open_2026(&self);
  data_date from = date_of("2026-09-29");
  data_date day = from;
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(data_calendar_every(self.calendar, from, 3, day, &day, &self.error), BASE_OK);
    assert_date(day, days[i]);
  }
  assert_int_equal(data_calendar_every(self.calendar, from, 0, day, &day, &self.error),
                   BASE_VALIDATION_FAILED);
  assert_string_equal(self.error.field, "every");
  assert_int_equal(data_calendar_every(self.calendar, from, INT64_MAX, day, &day, &self.error),
                   BASE_VALIDATION_FAILED);
  close_world(&self);
}

static void assert_hours(world *self, const char *from, int64_t minutes, const char *expected) {
  int64_t instant = 0;
  assert_int_equal(data_calendar_add_time(self->calendar, instant_of(self, from), minutes * MINUTE,
                                          &instant, &self->error),
                   BASE_OK);
  char text[DATA_INSTANT_SIZE];
  data_instant_format(self->zone, instant, text);
  assert_string_equal(text, expected);
}

static void time_crosses_lunch_weekends_and_holidays(void **state) {
  (void)state;
  world self;
  open_2026(&self);
  assert_hours(&self, "2026-03-13T11:30:00+08:00", 30, "2026-03-13T12:00:00+08:00");
  assert_hours(&self, "2026-03-13T11:30:00+08:00", 31, "2026-03-13T13:31:00+08:00");
  assert_hours(&self, "2026-03-13T12:30:00+08:00", 1, "2026-03-13T13:31:00+08:00");
  assert_hours(&self, "2026-03-13T17:00:00+08:00", 120, "2026-03-16T10:00:00+08:00");
  assert_hours(&self, "2026-09-30T17:59:00+08:00", 2, "2026-10-08T09:01:00+08:00");
  assert_hours(&self, "2026-10-10T17:59:00+08:00", 2, "2026-10-12T09:01:00+08:00");
  assert_hours(&self, "2026-10-04T17:59:00+08:00", 0, "2026-10-04T17:59:00+08:00");
  assert_hours(&self, "2026-10-08T06:00:00+08:00", 450, "2026-10-08T18:00:00+08:00");
  close_world(&self);
}

/* --- what is not known ------------------------------------------------------------------------------ */

static void assert_unknown(const world *self, base_code code, const char *year) {
  assert_int_equal(code, BASE_VALIDATION_FAILED);
  assert_string_equal(self->error.field, "calendar");
  if (strstr(self->error.message, year) == NULL) fail_msg("%s", self->error.message);
}

static void a_year_without_data_is_unknown(void **state) {
  (void)state;
  world self;
  data_date day;
  int64_t count;
  open_2026(&self);
  assert_int_equal(data_calendar_day(self.calendar, date_of("2026-12-31")), DATA_DAY_WORKED);
  assert_int_equal(data_calendar_day(self.calendar, date_of("2027-01-01")), DATA_DAY_UNKNOWN);
  assert_int_equal(data_calendar_day(self.calendar, date_of("2027-01-02")), DATA_DAY_UNKNOWN);
  assert_int_equal(data_calendar_day(self.calendar, date_of("2025-12-28")), DATA_DAY_UNKNOWN);
  assert_int_equal(data_calendar_day(self.calendar, INT32_MAX), DATA_DAY_UNKNOWN);
  assert_int_equal(data_calendar_day(self.calendar, INT32_MIN), DATA_DAY_UNKNOWN);
  data_date eve = date_of("2026-12-31");
  assert_unknown(&self, data_calendar_add_days(self.calendar, eve, 1, &day, &self.error), "2027");
  assert_unknown(
      &self, data_calendar_add_days(self.calendar, date_of("2026-01-05"), -3, &day, &self.error),
      "2025");
  assert_unknown(
      &self, data_calendar_add_days(self.calendar, eve - 9, INT64_MAX, &day, &self.error), "2027");
  assert_unknown(
      &self, data_calendar_add_days(self.calendar, eve - 9, INT64_MIN, &day, &self.error), "2025");
  assert_unknown(&self, data_calendar_count_days(self.calendar, eve, eve + 1, &count, &self.error),
                 "2027");
  self.error.language = BASE_ZH;
  assert_unknown(&self, data_calendar_due(self.calendar, eve, 1, &count, &self.error), "2027 年");
  /* What need not be looked at need not be known. */
  assert_int_equal(data_calendar_add_days(self.calendar, eve + 1, 0, &day, &self.error), BASE_OK);
  assert_int_equal(
      data_calendar_add_days(self.calendar, date_of("2025-12-31"), 1, &day, &self.error), BASE_OK);
  assert_date(day, "2026-01-01");
  assert_int_equal(data_calendar_due(self.calendar, eve - 1, 1, &count, &self.error), BASE_OK);
  assert_true(count == instant_of(&self, "2027-01-01"));
  close_world(&self);
}

static void time_of_an_unknown_year(void **state) {
  (void)state;
  world self;
  int64_t found;
  open_2026(&self);
  int64_t new_year = instant_of(&self, "2027-01-01");
  int64_t evening = instant_of(&self, "2026-12-31T17:00:00+08:00");
  assert_int_equal(data_calendar_time(self.calendar, evening, new_year, &found, &self.error),
                   BASE_OK);
  assert_true(found == 60 * MINUTE);
  assert_unknown(
      &self, data_calendar_time(self.calendar, evening, new_year + 1, &found, &self.error), "2027");
  assert_int_equal(
      data_calendar_time(self.calendar, new_year + 5, new_year + 5, &found, &self.error), BASE_OK);
  assert_int_equal(data_calendar_add_time(self.calendar, evening, 60 * MINUTE, &found, &self.error),
                   BASE_OK);
  assert_unknown(
      &self, data_calendar_add_time(self.calendar, evening, 60 * MINUTE + 1, &found, &self.error),
      "2027");
  assert_unknown(&self,
                 data_calendar_add_time(self.calendar, evening, INT64_MAX, &found, &self.error),
                 "2027");
  assert_int_equal(data_calendar_add_time(self.calendar, evening, -1, &found, &self.error),
                   BASE_VALIDATION_FAILED);
  assert_string_equal(self.error.field, "milliseconds");
  close_world(&self);
}

static void without_hours_no_time_passes(void **state) {
  (void)state;
  static const data_week idle = {.worked = 0x1f};
  world self;
  int64_t found;
  open_world(&self, "Asia/Shanghai", &idle);
  data_calendar_add(self.calendar, date_of("2026-01-01"), false);
  int64_t from = instant_of(&self, "2026-03-07");
  assert_int_equal(data_calendar_add_time(self.calendar, from, 1, &found, &self.error),
                   BASE_VALIDATION_FAILED);
  assert_string_equal(self.error.field, "working_hours");
  close_world(&self);
}

/* Years are put in order, whatever order they come in. */
static void years_come_in_any_order(void **state) {
  (void)state;
  world self;
  open_world(&self, "Asia/Shanghai", &data_week_standard);
  for (int i = 0; i < 40; i++) {
    int year = 2000 + (i * 17) % 40;
    data_calendar_add(self.calendar, data_date_make(year, 1, 1), false);
    data_calendar_add(self.calendar, data_date_make(year, 1, 1), true);
    data_calendar_add(self.calendar, data_date_make(year, 1, 1), false);
  }
  assert_int_equal(data_calendar_day(self.calendar, date_of("1999-12-31")), DATA_DAY_UNKNOWN);
  assert_int_equal(data_calendar_day(self.calendar, date_of("2040-01-01")), DATA_DAY_UNKNOWN);
  int64_t expected = 0;
  for (data_date day = date_of("2000-01-02"); day <= date_of("2039-12-31"); day++) {
    int year, month, in_month;
    data_date_parts(day, &year, &month, &in_month);
    bool worked = data_date_weekday(day) < 5 && !(month == 1 && in_month == 1);
    assert_int_equal(data_calendar_day(self.calendar, day),
                     worked ? DATA_DAY_WORKED : DATA_DAY_OFF);
    expected += worked;
  }
  int64_t count = 0;
  assert_int_equal(data_calendar_count_days(self.calendar, date_of("2000-01-01"),
                                            date_of("2039-12-31"), &count, &self.error),
                   BASE_OK);
  assert_int_equal(count, expected);
  close_world(&self);
}

static int fini(void **state) {
  (void)state;
  data_zone_fini();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(time_agrees_with_the_oracle),
      cmocka_unit_test(days_agree_with_the_oracle),
      cmocka_unit_test(counting_starts_with_the_day_after),
      cmocka_unit_test(every_third_working_day),
      cmocka_unit_test(time_crosses_lunch_weekends_and_holidays),
      cmocka_unit_test(a_year_without_data_is_unknown),
      cmocka_unit_test(time_of_an_unknown_year),
      cmocka_unit_test(without_hours_no_time_passes),
      cmocka_unit_test(years_come_in_any_order),
  };
  return cmocka_run_group_tests(tests, NULL, fini);
}
