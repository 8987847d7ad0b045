/* clock: the machine's time, and a clock that stands still. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

static void the_machines_clock_gives_milliseconds(void **state) {
  (void)state;
  base_clock *clock = base_clock_new();
  assert_false(base_clock_is_test(clock));
  int64_t before = (int64_t)time(NULL);
  int64_t now = base_clock_now(clock);
  int64_t after = (int64_t)time(NULL);
  /* time() may lag the precise clock by a tick. */
  assert_true(now / 1000 >= before && now / 1000 <= after + 1);
  base_clock_free(clock);
}

static void a_test_clock_stands_still_until_it_is_set(void **state) {
  (void)state;
  base_clock *clock = base_clock_new_test(INT64_C(1769616000000)); /* 2026-01-29 in Jinan */
  assert_true(base_clock_is_test(clock));
  assert_int_equal(base_clock_now(clock), INT64_C(1769616000000));
  uint64_t start = base_clock_monotonic();
  while (base_clock_monotonic() - start < 3000000) continue;
  assert_int_equal(base_clock_now(clock), INT64_C(1769616000000));
  base_clock_set(clock, INT64_C(-1));
  assert_int_equal(base_clock_now(clock), -1);
  base_clock_free(clock);
}

static void the_monotonic_clock_never_goes_back(void **state) {
  (void)state;
  uint64_t last = base_clock_monotonic();
  for (int i = 0; i < 10000; i++) {
    uint64_t now = base_clock_monotonic();
    assert_true(now >= last);
    last = now;
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_machines_clock_gives_milliseconds),
      cmocka_unit_test(a_test_clock_stands_still_until_it_is_set),
      cmocka_unit_test(the_monotonic_clock_never_goes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
