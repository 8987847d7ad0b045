/* What can be tested without a server. crm_add_plugin makes a test of the file NAME_test.c, which links
 * the plugin's SOURCES and not NAME.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "points.h"

static void full_yuan_count(void **state) {
  (void)state;
  assert_int_equal(points_earned(59600, 10), 59);
  assert_int_equal(points_earned(1000, 10), 1);
  assert_int_equal(points_earned(999, 10), 0);
}

static void nothing_earns_nothing(void **state) {
  (void)state;
  assert_int_equal(points_earned(0, 1), 0);
  assert_int_equal(points_earned(-100000, 1), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(full_yuan_count),
      cmocka_unit_test(nothing_earns_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
