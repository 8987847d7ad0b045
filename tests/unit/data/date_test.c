/* date: arithmetic of the calendar, judged by the C library's own. */
#include "data/date.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <time.h>

static data_date date_of(const char *text) {
  data_date date = -1;
  assert_true(data_date_parse(base_slice_text(text), &date));
  return date;
}

static void assert_date(data_date date, const char *expected) {
  char text[DATA_DATE_SIZE];
  data_date_format(date, text);
  assert_string_equal(text, expected);
}

/* Every seventh day or so from 1600 to 9999 against gmtime_r and timegm. */
static void agrees_with_the_c_library(void **state) {
  (void)state;
  data_date first = date_of("1600-01-01");
  data_date last = date_of("9999-12-31");
  for (data_date date = first; date <= last; date += 1 + (date & 7)) {
    time_t seconds = (time_t)date * 86400;
    struct tm tm;
    assert_non_null(gmtime_r(&seconds, &tm));
    int year, month, day;
    data_date_parts(date, &year, &month, &day);
    assert_int_equal(year, tm.tm_year + 1900);
    assert_int_equal(month, tm.tm_mon + 1);
    assert_int_equal(day, tm.tm_mday);
    assert_int_equal(data_date_weekday(date), (tm.tm_wday + 6) % 7);
    assert_int_equal(data_date_make(year, month, day), date);
    assert_true(timegm(&tm) == seconds);
    char text[32];
    (void)strftime(text, sizeof text, "%Y-%m-%d", &tm);
    assert_date(date, text);
    assert_int_equal(date_of(text), date);
  }
}

/* Adding months, against a count of months whose day is clamped by asking timegm. */
static void months_agree_with_the_c_library(void **state) {
  (void)state;
  for (data_date date = date_of("1999-12-01"); date <= date_of("2005-03-31"); date++) {
    for (int months = -30; months <= 30; months++) {
      int year, month, day;
      data_date_parts(date, &year, &month, &day);
      struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1 + months, .tm_mday = 1};
      time_t start = timegm(&tm);
      struct tm next = tm;
      next.tm_mon++;
      int length = (int)((timegm(&next) - start) / 86400);
      data_date expected = (data_date)(start / 86400) + (day < length ? day : length) - 1;
      assert_int_equal(data_date_add_months(date, months), expected);
    }
  }
}

/* Ruling C-04: always from the sale date, clamped to the month's last day. */
static void month_ends_clamp(void **state) {
  (void)state;
  data_date sale = date_of("2026-08-31");
  assert_date(data_date_add_months(sale, 1), "2026-09-30");
  assert_date(data_date_add_months(sale, 3), "2026-11-30");
  assert_date(data_date_add_months(sale, 6), "2027-02-28");
  assert_date(data_date_add_months(date_of("2027-08-31"), 6), "2028-02-29");
  assert_date(data_date_add_months(sale, -12), "2025-08-31");
  assert_date(data_date_make(2026, 2, 31), "2026-02-28");
}

static void known_days(void **state) {
  (void)state;
  assert_int_equal(date_of("1970-01-01"), 0);
  assert_int_equal(data_date_weekday(date_of("2026-03-07")), 5);
  assert_date(date_of("2026-01-29") + 5, "2026-02-03");
  assert_date(date_of("2026-01-29") + 45, "2026-03-15");
  assert_date(date_of("2026-01-29") + 60, "2026-03-30");
}

static void only_one_notation_is_a_date(void **state) {
  (void)state;
  static const char *const refused[] = {
      "",           "2026-3-7",    "2026/03/07", "2026-03-07 ",  " 2026-03-07",
      "2026-13-01", "2026-00-01",  "2026-02-29", "2026-04-31",   "2026-01-00",
      "1599-12-31", "26-03-07",    "20260307",   "2026-03-0a",   "-026-03-07",
      "+026-03-07", "2026-03-070", "2100-02-29", "2026－03－07", "２０２６-03-07",
  };
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    data_date date;
    assert_false(data_date_parse(base_slice_text(refused[i]), &date));
  }
  assert_date(date_of("2000-02-29"), "2000-02-29");
}

static void arithmetic_clamps_to_the_calendar(void **state) {
  (void)state;
  data_date first = date_of("1600-01-01");
  data_date last = date_of("9999-12-31");
  assert_int_equal(data_date_make(1, 1, 1), first);
  assert_int_equal(data_date_make(20000, 1, 1), last);
  assert_int_equal(data_date_make(2026, 0, 0), date_of("2026-01-01"));
  assert_int_equal(data_date_make(2026, 13, 99), date_of("2026-12-31"));
  assert_int_equal(data_date_add_months(first, -1), first);
  assert_int_equal(data_date_add_months(last, 1), last);
  assert_int_equal(data_date_add_months(0, INT32_MAX), last);
  assert_int_equal(data_date_add_months(0, INT32_MIN), first);
  assert_date(INT32_MIN, "1600-01-01");
  assert_date(INT32_MAX, "9999-12-31");
  assert_int_equal(data_date_weekday(INT32_MAX), data_date_weekday(last));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_the_c_library),
      cmocka_unit_test(months_agree_with_the_c_library),
      cmocka_unit_test(month_ends_clamp),
      cmocka_unit_test(known_days),
      cmocka_unit_test(only_one_notation_is_a_date),
      cmocka_unit_test(arithmetic_clamps_to_the_calendar),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
