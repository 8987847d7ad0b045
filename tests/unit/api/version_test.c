/* version: what is one, and which comes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "api/version.h"

static void numbers_with_dots_are_versions(void **state) {
  static const char *const good[] = {"0", "1.0", "1.10.0", "2026.3.7.1"};
  static const char *const bad[] = {"",         ".",  "1.",   ".1",        "1..2",
                                    "1.0-beta", "v1", "1 .0", "1234567890"};
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(api_version_valid(good[i]));
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(api_version_valid(bad[i]));
}

static void versions_are_compared_number_by_number(void **state) {
  static const char *const rising[] = {"0.9", "1.0", "1.0.1", "1.9", "1.10", "2"};
  (void)state;
  for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++) {
    for (size_t j = 0; j < sizeof rising / sizeof rising[0]; j++) {
      int order = api_version_compare(rising[i], rising[j]);
      assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
    }
  }
  assert_int_equal(api_version_compare("1.0", "1"), 0);
  assert_int_equal(api_version_compare("1.0.0", "1.0"), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_with_dots_are_versions),
                                     cmocka_unit_test(versions_are_compared_number_by_number)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
