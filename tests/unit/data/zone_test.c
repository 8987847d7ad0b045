/* zone: days and instants, judged by the C library's own reading of the zone data. */
#include "data/zone.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

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

static void assert_instant(const char *zone, int64_t instant, const char *expected) {
  char text[DATA_INSTANT_SIZE];
  data_instant_format(zone_of(zone), instant, text);
  assert_string_equal(text, expected);
}

/* Every eleven hours or so from 1900 to 2300, in zones that changed in all sorts of ways. */
static void offsets_agree_with_the_c_library(void **state) {
  (void)state;
  static const char *const names[] = {"Asia/Shanghai",
                                      "Europe/Berlin",
                                      "America/New_York",
                                      "America/Sao_Paulo",
                                      "Pacific/Apia",
                                      "Asia/Kolkata",
                                      "UTC"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const data_zone *zone = zone_of(names[i]);
    assert_int_equal(setenv("TZ", names[i], 1), 0);
    tzset();
    for (int64_t at = -2208900000; at < 10413792000; at += 39600 + at % 7) {
      time_t seconds = (time_t)at;
      struct tm tm;
      assert_non_null(localtime_r(&seconds, &tm));
      int64_t offset = data_zone_offset(zone, at * 1000 + 999);
      if (offset != tm.tm_gmtoff) {
        fail_msg("%s at %lld: %lld, not %ld", names[i], (long long)at, (long long)offset,
                 tm.tm_gmtoff);
      }
      assert_int_equal(data_zone_date(zone, at * 1000),
                       data_date_make(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday));
    }
  }
}

/* The first instant of a day belongs to it (or to a later one, when the day was skipped), and the
 * one before does not. */
static void midnight_is_the_first_instant_of_its_day(void **state) {
  (void)state;
  static const char *const names[] = {"Asia/Shanghai", "Europe/Berlin",    "America/Sao_Paulo",
                                      "Pacific/Apia",  "America/St_Johns", "UTC"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const data_zone *zone = zone_of(names[i]);
    for (data_date date = date_of("1900-01-02"); date < date_of("2300-01-01"); date++) {
      int64_t begin = data_zone_midnight(zone, date);
      assert_true(data_zone_date(zone, begin) >= date);
      assert_true(data_zone_date(zone, begin - 1) < date);
      assert_true(data_zone_midnight(zone, date + 1) >= begin);
    }
  }
}

/* Clocks that jump over a time reach it when they jump; of two that show it the first counts. */
static void times_of_a_day(void **state) {
  (void)state;
  const data_zone *berlin = zone_of("Europe/Berlin");
  assert_instant("Asia/Shanghai",
                 data_zone_time(zone_of("Asia/Shanghai"), date_of("2026-03-07"), 9 * 3600 + 61),
                 "2026-03-07T09:01:01+08:00");
  assert_instant("Europe/Berlin", data_zone_time(berlin, date_of("2026-03-29"), 9000),
                 "2026-03-29T03:00:00+02:00");
  assert_instant("Europe/Berlin", data_zone_time(berlin, date_of("2026-10-25"), 9000),
                 "2026-10-25T02:30:00+02:00");
  assert_instant("Europe/Berlin", data_zone_time(berlin, date_of("2026-10-25"), 10800),
                 "2026-10-25T03:00:00+01:00");
  assert_instant("Europe/Berlin", data_zone_time(berlin, date_of("9999-07-01"), 43200),
                 "9999-07-01T12:00:00+02:00");
  for (data_date date = date_of("2024-01-01"); date < date_of("2027-01-01"); date++) {
    assert_int_equal(data_zone_time(berlin, date, 86400), data_zone_midnight(berlin, date + 1));
  }
}

static void known_days(void **state) {
  (void)state;
  assert_int_equal(data_zone_midnight(zone_of("UTC"), 0), 0);
  assert_instant("Asia/Shanghai",
                 data_zone_midnight(zone_of("Asia/Shanghai"), date_of("2026-03-07")),
                 "2026-03-07T00:00:00+08:00");
  assert_instant("Asia/Shanghai", 1772812799999, "2026-03-06T23:59:59+08:00");
  assert_instant("Europe/Berlin", 1774746000000, "2026-03-29T03:00:00+02:00");
  assert_instant("America/Sao_Paulo",
                 data_zone_midnight(zone_of("America/Sao_Paulo"), date_of("2018-11-04")),
                 "2018-11-04T01:00:00-02:00");
  /* Samoa had no 30 December 2011. */
  const data_zone *apia = zone_of("Pacific/Apia");
  assert_int_equal(data_zone_midnight(apia, date_of("2011-12-30")),
                   data_zone_midnight(apia, date_of("2011-12-31")));
  assert_instant("Asia/Shanghai", -3000000000000, "1874-12-08T02:45:00+08:05");
  assert_instant("UTC", DATA_INSTANT_MIN, "1600-01-01T00:00:00+00:00");
  assert_instant("UTC", INT64_MAX, "9999-12-31T23:59:59+00:00");
  assert_instant("UTC", INT64_MIN, "1600-01-01T00:00:00+00:00");
}

static void rules_go_on_for_ever(void **state) {
  (void)state;
  assert_instant("Europe/Berlin",
                 data_zone_midnight(zone_of("Europe/Berlin"), date_of("2400-02-29")),
                 "2400-02-29T00:00:00+01:00");
  assert_instant("Europe/Berlin",
                 data_zone_midnight(zone_of("Europe/Berlin"), date_of("9999-07-01")),
                 "9999-07-01T00:00:00+02:00");
}

static void unknown_names_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {
      "",         "Nowhere/Land", "Asia/Shanghai/",  "/etc/passwd", "Asia", "../../etc/passwd",
      "zone.tab", "leapseconds",  "Asia/Shanghai\n", "上海"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    base_error error = {.language = BASE_EN};
    const data_zone *zone = NULL;
    if (data_zone_find(base_slice_text(names[i]), &zone, &error) == BASE_OK) {
      fail_msg("accepted: %s", names[i]);
    }
    assert_int_equal(error.code, BASE_VALIDATION_FAILED);
    assert_null(zone);
  }
}

static void a_zone_is_found_once(void **state) {
  (void)state;
  assert_ptr_equal(zone_of("Asia/Shanghai"), zone_of("Asia/Shanghai"));
  assert_string_equal(data_zone_name(zone_of("PRC")), "PRC");
}

static void *read_in_thread(void *zone_name) {
  base_error error = {0};
  const data_zone *zone = NULL;
  int64_t sum = 0;
  if (data_zone_find(base_slice_text(zone_name), &zone, &error) != BASE_OK) return NULL;
  for (int64_t day = 0; day < 30000; day++) sum += data_zone_date(zone, day * 86400000);
  return sum > 0 ? zone_name : NULL;
}

static void threads_share_zones(void **state) {
  (void)state;
  char names[][32] = {"Asia/Tokyo", "Asia/Tokyo", "Europe/Paris", "Asia/Seoul"};
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, read_in_thread, names[i]), 0);
  }
  for (size_t i = 0; i < 4; i++) {
    void *result = NULL;
    assert_int_equal(pthread_join(threads[i], &result), 0);
    assert_non_null(result);
  }
}

static base_code parse(const char *text, int64_t *instant, base_error *error) {
  data_value value = {.type = DATA_TEXT, .as.bytes = base_slice_text(text)};
  return data_instant_parse(zone_of("Asia/Shanghai"), value, "until", instant, error);
}

static void instants_are_read_in_three_forms(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t instant;
  } cases[] = {
      {"2026-03-07", 1772812800000},
      {"2026-03-07T00:00:00+08:00", 1772812800000},
      {"2026-03-06T16:00:00Z", 1772812800000},
      {"2026-03-06t16:00:00z", 1772812800000},
      {"2026-03-06 11:30:00.125-04:30", 1772812800125},
      {"2026-03-06T16:00:00.9999999Z", 1772812800999},
      {"1969-12-31T23:59:59.999Z", -1},
  };
  base_error error = {.language = BASE_EN};
  int64_t instant;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    assert_int_equal(parse(cases[i].text, &instant, &error), BASE_OK);
    assert_true(instant == cases[i].instant);
  }
  data_value number = {.type = DATA_INTEGER, .as.integer = -5};
  assert_int_equal(data_instant_parse(zone_of("UTC"), number, "now", &instant, &error), BASE_OK);
  assert_true(instant == -5);
}

static void other_texts_are_no_instants(void **state) {
  (void)state;
  static const char *const cases[] = {"",
                                      "tomorrow",
                                      "2026-3-7",
                                      "2026-03-07T10:00:00",
                                      "2026-03-07T10:00Z",
                                      "2026-03-07T24:00:00Z",
                                      "2026-03-07T10:60:00Z",
                                      "2026-03-07T10:00:60Z",
                                      "2026-03-07T10:00:00.Z",
                                      "2026-03-07T10:00:00+0800",
                                      "2026-03-07T10:00:00+24:00",
                                      "2026-03-07T10:00:00Z ",
                                      "2026-02-30T10:00:00Z",
                                      "1600-01-01T00:00:00+08:00"};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_error error = {.language = BASE_EN};
    int64_t instant;
    if (parse(cases[i], &instant, &error) == BASE_OK) fail_msg("accepted: %s", cases[i]);
    assert_string_equal(error.field, "until");
  }
  base_error error = {0};
  int64_t instant;
  data_value far = {.type = DATA_INTEGER, .as.integer = INT64_MAX};
  assert_int_equal(data_instant_parse(zone_of("UTC"), far, "now", &instant, &error),
                   BASE_VALIDATION_FAILED);
  data_value yes = {.type = DATA_BOOLEAN, .as.boolean = true};
  assert_int_equal(data_instant_parse(zone_of("UTC"), yes, "now", &instant, &error),
                   BASE_VALIDATION_FAILED);
}

static int fini(void **state) {
  (void)state;
  data_zone_fini();
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(threads_share_zones),
      cmocka_unit_test(offsets_agree_with_the_c_library),
      cmocka_unit_test(midnight_is_the_first_instant_of_its_day),
      cmocka_unit_test(times_of_a_day),
      cmocka_unit_test(known_days),
      cmocka_unit_test(rules_go_on_for_ever),
      cmocka_unit_test(unknown_names_are_refused),
      cmocka_unit_test(a_zone_is_found_once),
      cmocka_unit_test(instants_are_read_in_three_forms),
      cmocka_unit_test(other_texts_are_no_instants),
  };
  return cmocka_run_group_tests(tests, NULL, fini);
}
