/* holidays: the shipped table against what the notices say of each year. */
#include "api/nouns/holidays.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static data_date date_of(const char *text) {
  data_date date = 0;
  assert_true(data_date_parse(base_slice_text(text), &date));
  return date;
}

/* Days come in order, and each is a day whose weekday says otherwise, or lies in a holiday. */
static void days_are_in_order(void **state) {
  (void)state;
  data_date before = date_of("2023-12-31");
  for (const api_holiday *holiday = api_holidays; holiday->first != NULL; holiday++) {
    data_date first = date_of(holiday->first);
    data_date last = date_of(holiday->last);
    assert_true(before < first && first <= last);
    assert_true(strncmp(holiday->first, holiday->last, 4) == 0);
    if (holiday->worked) {
      assert_int_equal(first, last);
      assert_true(data_date_weekday(first) >= 5);
      assert_non_null(strstr(holiday->name, "调休"));
    }
    before = last;
  }
}

/* Days off, days made up and working days of each year, counted from the notices by hand: a year's
 * working days are its weekdays without the weekdays off, and the weekend days worked. */
static void years_add_up(void **state) {
  (void)state;
  static const struct {
    const char *year;
    const char *notice;
    int off;
    int made_up;
    int working_days;
  } years[] = {{"2024", "国办发明电〔2023〕7号", 28, 8, 251},
               {"2025", "国办发明电〔2024〕12号", 28, 5, 248},
               {"2026", "国办发明电〔2025〕7号", 33, 6, 248}};
  for (size_t i = 0; i < 3; i++) {
    base_arena *arena = base_arena_new();
    base_error error = {.language = BASE_EN};
    const data_zone *zone;
    assert_int_equal(data_zone_find(base_slice_text("UTC"), &zone, &error), BASE_OK);
    data_calendar *calendar = data_calendar_new(&data_week_standard, zone, arena);
    int off = 0;
    int made_up = 0;
    for (const api_holiday *holiday = api_holidays; holiday->first != NULL; holiday++) {
      if (strncmp(holiday->first, years[i].year, 4) != 0) continue;
      assert_string_equal(holiday->source, years[i].notice);
      data_date last = date_of(holiday->last);
      for (data_date day = date_of(holiday->first); day <= last; day++) {
        data_calendar_add(calendar, day, holiday->worked);
        off += !holiday->worked;
        made_up += holiday->worked;
      }
    }
    assert_int_equal(off, years[i].off);
    assert_int_equal(made_up, years[i].made_up);
    int year = 2024 + (int)i;
    int64_t days = 0;
    assert_int_equal(data_calendar_count_days(calendar, data_date_make(year, 1, 1) - 1,
                                              data_date_make(year, 12, 31), &days, &error),
                     BASE_OK);
    assert_int_equal(days, years[i].working_days);
    base_arena_free(arena);
  }
  data_zone_fini();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(days_are_in_order),
      cmocka_unit_test(years_add_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
