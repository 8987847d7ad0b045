/* calendar: the working week as configuration writes it. */
#include "data/calendar.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>

#include "data/append.h"

static base_code read_week(const int *days, const char *const *hours, data_week *week,
                           base_error *error) {
  base_buffer numbers = {0};
  base_buffer texts = {0};
  size_t place = data_append_open_array(&numbers);
  size_t count = 0;
  for (; days[count] >= 0; count++) data_append_integer(&numbers, days[count]);
  data_append_close(&numbers, place, count);
  place = data_append_open_array(&texts);
  for (count = 0; hours[count] != NULL; count++) data_append_text(&texts, hours[count]);
  data_append_close(&texts, place, count);
  base_code code =
      data_week_read(base_buffer_slice(&numbers), base_buffer_slice(&texts), week, error);
  base_buffer_fini(&numbers);
  base_buffer_fini(&texts);
  return code;
}

static void weeks_are_read(void **state) {
  (void)state;
  base_error error = {.language = BASE_EN};
  data_week week;
  const int usual[] = {1, 2, 3, 4, 5, -1};
  assert_int_equal(
      read_week(usual, (const char *const[]){"09:00-12:00", "13:30-18:00", NULL}, &week, &error),
      BASE_OK);
  assert_memory_equal(&week, &data_week_standard, sizeof week);
  assert_int_equal(read_week((const int[]){7, 6, 7, -1}, (const char *const[]){"00:00-24:00", NULL},
                             &week, &error),
                   BASE_OK);
  assert_int_equal(week.worked, 0x60);
  assert_int_equal(week.hours[0].to, 1440);
}

static void wrong_weeks_are_refused(void **state) {
  (void)state;
  base_error error = {.language = BASE_EN};
  data_week week;
  static const int days[][3] = {{0, -1}, {8, -1}, {-1}, {1, 8, -1}};
  static const int monday[] = {1, -1};
  static const char *const right[] = {"09:00-12:00", NULL};
  static const char *const wrong[][3] = {{"9:00-12:00"},
                                         {"09:00-25:00"},
                                         {"09:00-24:01"},
                                         {"12:00-09:00"},
                                         {"09:00-09:00"},
                                         {"09:00 12:00"},
                                         {"09:00-12:0x"},
                                         {"09:60-12:00"},
                                         {""},
                                         {"09.00-12.00"},
                                         {"09:00-12:00 "},
                                         {NULL},
                                         {"09:00-12:00", "12:00-13:00"},
                                         {"09:00-12:00", "11:00-13:00"},
                                         {"13:00-15:00", "09:00-12:00"}};
  for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
    assert_int_equal(read_week(days[i], right, &week, &error), BASE_VALIDATION_FAILED);
    assert_string_equal(error.field, "working_days");
  }
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(read_week(monday, wrong[i], &week, &error), BASE_VALIDATION_FAILED);
    assert_string_equal(error.field, "working_hours");
  }
}

/* Just as many intervals as there may be, and one more. */
static void intervals_are_bounded(void **state) {
  (void)state;
  base_error error = {.language = BASE_EN};
  data_week week;
  char texts[DATA_HOURS_MAX + 1][16];
  const char *hours[DATA_HOURS_MAX + 2] = {NULL};
  static const int monday[] = {1, -1};
  for (int i = 0; i <= DATA_HOURS_MAX; i++) {
    (void)snprintf(texts[i], sizeof texts[i], "%02d:00-%02d:30", i, i);
  }
  for (int i = 0; i < DATA_HOURS_MAX; i++) hours[i] = texts[i];
  assert_int_equal(read_week(monday, hours, &week, &error), BASE_OK);
  assert_int_equal(week.count, DATA_HOURS_MAX);
  hours[DATA_HOURS_MAX] = texts[DATA_HOURS_MAX];
  assert_int_equal(read_week(monday, hours, &week, &error), BASE_VALIDATION_FAILED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weeks_are_read),
      cmocka_unit_test(wrong_weeks_are_refused),
      cmocka_unit_test(intervals_are_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
