/* recurrence: rules of RFC 5545 on the clocks of a zone, daylight saving included. */
#include "data/recurrence.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HOUR ((int64_t)60 * 60 * 1000)

static const data_zone *zone_of(const char *name) {
  base_error error = {.language = BASE_EN};
  const data_zone *zone = NULL;
  if (data_zone_find(base_slice_text(name), &zone, &error) != BASE_OK)
    fail_msg("%s", error.message);
  return zone;
}

static data_date date_of(const char *text) {
  data_date date = 0;
  assert_true(data_date_parse(base_slice_text(text), &date));
  return date;
}

/* The occurrences behind midnight of `day`, as the zone's clocks show them; "" ends the list. */
static void assert_comes(const char *zone_name, const char *rule, const char *from, const char *day,
                         const char *const *expected) {
  const data_zone *zone = zone_of(zone_name);
  int64_t at = data_zone_midnight(zone, date_of(day)) - 1;
  for (; *expected != NULL; expected++) {
    base_error error = {.language = BASE_EN};
    char text[DATA_INSTANT_SIZE] = "";
    int64_t next = 0;
    base_code code =
        data_recurrence_next(base_slice_text(rule), zone, date_of(from), at, &next, &error);
    if (code != BASE_OK) fail_msg("%s: %s", rule, error.message);
    if (next != INT64_MAX) data_instant_format(zone, next, text);
    assert_string_equal(text, *expected);
    at = next;
  }
}

#define COMES(zone, rule, from, day, ...)                                                          \
  assert_comes(zone, rule, from, day, (const char *const[]){__VA_ARGS__, NULL})

static void days_weeks_months_and_years_come_again(void **state) {
  (void)state;
  COMES("Asia/Shanghai", "FREQ=DAILY;BYHOUR=8;BYMINUTE=30", "2020-01-01", "2026-03-07",
        "2026-03-07T08:30:00+08:00", "2026-03-08T08:30:00+08:00", "2026-03-09T08:30:00+08:00");
  COMES("Asia/Shanghai", "FREQ=WEEKLY;BYDAY=MO,FR", "2020-01-01", "2026-03-07",
        "2026-03-09T00:00:00+08:00", "2026-03-13T00:00:00+08:00", "2026-03-16T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=18", "2020-01-01", "2026-02-01",
        "2026-02-28T18:00:00+08:00", "2026-03-31T18:00:00+08:00", "2026-04-30T18:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "2020-01-01", "2025-01-01",
        "2028-02-29T00:00:00+08:00", "2032-02-29T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=DAILY;BYHOUR=0,6,12", "2020-01-01", "2026-03-07",
        "2026-03-07T00:00:00+08:00", "2026-03-07T06:00:00+08:00", "2026-03-07T12:00:00+08:00");
}

static void intervals_count_from_the_beginning(void **state) {
  (void)state;
  COMES("Asia/Shanghai", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2026-03-02", "2026-03-03",
        "2026-03-16T00:00:00+08:00", "2026-03-30T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=DAILY;INTERVAL=3", "2026-03-01", "2026-05-30",
        "2026-05-30T00:00:00+08:00", "2026-06-02T00:00:00+08:00");
}

static void a_rule_may_end(void **state) {
  (void)state;
  COMES("Asia/Shanghai", "FREQ=DAILY;COUNT=3", "2026-03-07", "2026-03-08",
        "2026-03-08T00:00:00+08:00", "2026-03-09T00:00:00+08:00", "");
  COMES("Asia/Shanghai", "FREQ=DAILY;UNTIL=20260308T000000", "2026-03-07", "2026-03-08",
        "2026-03-08T00:00:00+08:00", "");
}

static base_code next_of(const char *rule, base_error *error) {
  int64_t next = 0;
  *error = (base_error){.language = BASE_EN};
  return data_recurrence_next(base_slice_text(rule), zone_of("Asia/Shanghai"),
                              date_of("2000-01-01"), 0, &next, error);
}

/* BYSETPOS behind the end of every set is known before libical looks for it through the centuries. */
static void what_never_comes_is_refused(void **state) {
  static const char *const never[] = {
      "FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=-2",
      "FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=2",
      "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=6",
      "FREQ=MONTHLY;BYMONTHDAY=1,15;BYSETPOS=3",
      "FREQ=YEARLY;BYDAY=2TU;BYSETPOS=-2",
      "FREQ=YEARLY;BYMONTH=1,7;BYDAY=1MO;BYSETPOS=3",
      "FREQ=YEARLY;BYYEARDAY=1,100;BYSETPOS=-3",
      "FREQ=YEARLY;BYMONTHDAY=1;BYSETPOS=13",
      "FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=-2,2;COUNT=3",
      "FREQ=MONTHLY;BYSETPOS=7;COUNT=5",
      "FREQ=MONTHLY;BYSETPOS=2",
      "FREQ=MONTHLY;BYHOUR=8,9;BYSETPOS=2",
      "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=32",
      "FREQ=YEARLY;BYSETPOS=-2",
      "FREQ=YEARLY;BYMONTH=1,7;BYSETPOS=3",
      "FREQ=YEARLY;BYMONTH=2;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=32"};
  base_error error;
  (void)state;
  for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
    if (next_of(never[i], &error) != BASE_VALIDATION_FAILED) fail_msg("%s", never[i]);
    if (strstr(error.message, "never comes") == NULL) fail_msg("%s: %s", never[i], error.message);
  }
  assert_int_equal(next_of("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=-1", &error), BASE_VALIDATION_FAILED);
  assert_int_equal(next_of("FREQ=DAILY;BYSETPOS=1", &error), BASE_VALIDATION_FAILED);
  /* What can be known by looking only is known to whoever reads the rule. */
  const data_zone *zone = zone_of("Asia/Shanghai");
  assert_int_equal(data_recurrence_check(base_slice_text("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"),
                                         zone, date_of("2000-01-01"), &error),
                   BASE_VALIDATION_FAILED);
  assert_non_null(strstr(error.message, "never comes"));
  assert_int_equal(data_recurrence_check(base_slice_text("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29"),
                                         zone, date_of("2000-01-01"), &error),
                   BASE_OK);
}

/* One place further in, they come. */
static void the_last_place_of_a_set_comes(void **state) {
  (void)state;
  COMES("Asia/Shanghai", "FREQ=MONTHLY;BYDAY=2TU;BYSETPOS=-1", "2020-01-01", "2026-03-01",
        "2026-03-10T00:00:00+08:00", "2026-04-14T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=5", "2020-01-01", "2026-03-01",
        "2026-03-31T00:00:00+08:00", "2026-06-30T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=MONTHLY;BYMONTHDAY=1,15;BYSETPOS=2", "2020-01-01", "2026-03-01",
        "2026-03-15T00:00:00+08:00", "2026-04-15T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=MONTHLY;BYSETPOS=1", "2020-01-05", "2026-03-01",
        "2026-03-05T00:00:00+08:00", "2026-04-05T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=MONTHLY;BYDAY=MO;BYHOUR=8,9;BYSETPOS=2", "2020-01-05", "2026-03-01",
        "2026-03-09T08:00:00+08:00", "2026-03-09T09:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=YEARLY;BYMONTH=1,7;BYSETPOS=2", "2020-01-05", "2026-03-01",
        "2026-07-05T00:00:00+08:00", "2027-07-05T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=31", "2020-01-01",
        "2026-02-01", "2026-03-31T00:00:00+08:00", "2026-05-31T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2020-01-01",
        "2026-02-01", "2026-02-27T00:00:00+08:00", "2026-03-31T00:00:00+08:00");
  COMES("Asia/Shanghai", "FREQ=YEARLY;BYMONTH=1,7;BYDAY=1MO;BYSETPOS=2", "2020-01-01", "2026-03-01",
        "2026-07-06T00:00:00+08:00", "2027-07-05T00:00:00+08:00");
}

/* Berlin: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00 again. */
static void clocks_that_change_neither_lose_nor_double(void **state) {
  (void)state;
  COMES("Europe/Berlin", "FREQ=DAILY;BYHOUR=8", "2020-01-01", "2026-03-28",
        "2026-03-28T08:00:00+01:00", "2026-03-29T08:00:00+02:00", "2026-03-30T08:00:00+02:00");
  COMES("Europe/Berlin", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2020-01-01", "2026-03-28",
        "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00");
  COMES("Europe/Berlin", "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "2020-01-01", "2026-10-24",
        "2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00");
  COMES("Europe/Berlin", "FREQ=DAILY;BYHOUR=0,1,2,3,4", "2020-01-01", "2026-03-29",
        "2026-03-29T00:00:00+01:00", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00",
        "2026-03-29T04:00:00+02:00");
}

static void what_is_no_rule_is_refused(void **state) {
  (void)state;
  static const char *const rules[] = {"",
                                      "daily",
                                      "FREQ=",
                                      "FREQ=SOMETIMES",
                                      "FREQ=MINUTELY",
                                      "FREQ=SECONDLY;INTERVAL=3600",
                                      "FREQ=DAILY;BYMINUTE=0,30",
                                      "FREQ=HOURLY",
                                      "FREQ=DAILY;BYSECOND=0,1",
                                      "FREQ=DAILY;RSCALE=CHINESE",
                                      "FREQ=YEARLY;BYWEEKNO=-53",
                                      "FREQ=DAILY;BYHOUR=99",
                                      "FREQ=WEEKLY;BYDAY=2MO",
                                      "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
                                      "FREQ=每天"};
  const data_zone *zone = zone_of("Asia/Shanghai");
  int64_t next;
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
    base_error error = {.language = BASE_EN};
    base_code code = data_recurrence_next(base_slice_text(rules[i]), zone, 0, 0, &next, &error);
    if (code != BASE_VALIDATION_FAILED) fail_msg("%s is taken", rules[i]);
    assert_string_equal(error.field, "rrule");
  }
}

static void the_length_of_a_rule_is_bounded(void **state) {
  (void)state;
  const data_zone *zone = zone_of("Asia/Shanghai");
  const char *begin = "FREQ=DAILY;INTERVAL=";
  for (size_t length = DATA_RECURRENCE_MAX - 1; length <= DATA_RECURRENCE_MAX + 1; length++) {
    base_error error = {.language = BASE_EN};
    char rule[DATA_RECURRENCE_MAX + 1];
    int64_t next;
    memset(rule, '0', sizeof rule);
    memcpy(rule, begin, strlen(begin));
    rule[length - 1] = '1';
    base_code code = data_recurrence_next(base_slice_make(rule, length), zone, 0, 0, &next, &error);
    assert_int_equal(code == BASE_OK, length <= DATA_RECURRENCE_MAX);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(days_weeks_months_and_years_come_again),
                                     cmocka_unit_test(intervals_count_from_the_beginning),
                                     cmocka_unit_test(a_rule_may_end),
                                     cmocka_unit_test(what_never_comes_is_refused),
                                     cmocka_unit_test(the_last_place_of_a_set_comes),
                                     cmocka_unit_test(clocks_that_change_neither_lose_nor_double),
                                     cmocka_unit_test(what_is_no_rule_is_refused),
                                     cmocka_unit_test(the_length_of_a_rule_is_bounded)};
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  data_zone_fini();
  return failed;
}
