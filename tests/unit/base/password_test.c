/* password: hashes that check, and wrong ones that cost as much. */
#include "base/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/random.h"

static const base_password_cost cheap = {.passes = 1, .memory_kib = 8};

static int ready(void **state) {
  (void)state;
  base_random_init();
  return 0;
}

static void hash_into(char out[BASE_PASSWORD_SIZE], const char *password, base_password_cost cost) {
  base_error error = {.language = BASE_ZH};
  assert_int_equal(base_password_hash(base_slice_text(password), cost, out, &error), BASE_OK);
}

static void the_right_password_passes(void **state) {
  (void)state;
  char hash[BASE_PASSWORD_SIZE];
  hash_into(hash, "泉水叮咚-2026", cheap);
  assert_memory_equal(hash, "$argon2id$", 10);
  assert_true(base_password_check(base_slice_text("泉水叮咚-2026"), hash, cheap));
  assert_false(base_password_check(base_slice_text("泉水叮咚-2025"), hash, cheap));
  assert_false(base_password_check(base_slice_make(NULL, 0), hash, cheap));
}

static void the_same_password_has_another_salt_each_time(void **state) {
  (void)state;
  char one[BASE_PASSWORD_SIZE], other[BASE_PASSWORD_SIZE];
  hash_into(one, "", cheap);
  hash_into(other, "", cheap);
  assert_string_not_equal(one, other);
  assert_true(base_password_check(base_slice_make(NULL, 0), one, cheap));
}

static void a_hash_made_at_another_cost_still_checks(void **state) {
  (void)state;
  char hash[BASE_PASSWORD_SIZE];
  hash_into(hash, "wangfang", cheap);
  base_password_cost dearer = {.passes = 3, .memory_kib = 1024};
  assert_true(base_password_check(base_slice_text("wangfang"), hash, dearer));
}

static void what_is_no_hash_never_passes(void **state) {
  (void)state;
  const char *bad[] = {
      NULL,
      "",
      "wangfang",
      "$argon2id$",
      "$argon2id$v=19$m=8,t=1,p=1$$",
      "$argon2i$v=19$m=8,t=3,p=1$c29tZXNhbHQ$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A",
      "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$***"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_false(base_password_check(base_slice_text("wangfang"), bad[i], cheap));
  }
}

static void a_cost_below_the_least_is_refused(void **state) {
  (void)state;
  char hash[BASE_PASSWORD_SIZE];
  base_error error = {.language = BASE_EN};
  base_password_cost none = {.passes = 0, .memory_kib = 1};
  assert_int_equal(base_password_hash(base_slice_text("x"), none, hash, &error), BASE_INTERNAL);
  assert_non_null(strstr(error.message, "0 passes, 1 KiB"));
}

static int64_t cpu_time(void) {
  struct timespec now;
  assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The least of five runs, in processor time, so that a busy machine does not count. */
static int64_t cost_of_check(const char *hash, base_password_cost cost) {
  int64_t least = INT64_MAX;
  for (int i = 0; i < 5; i++) {
    int64_t start = cpu_time();
    (void)base_password_check(base_slice_text("lifang"), hash, cost);
    int64_t spent = cpu_time() - start;
    if (spent < least) least = spent;
  }
  return least;
}

static void an_unknown_user_costs_as_much(void **state) {
  (void)state;
  base_password_cost cost = {.passes = 2, .memory_kib = 8192};
  char hash[BASE_PASSWORD_SIZE];
  hash_into(hash, "wangfang", cost);
  int64_t wrong = cost_of_check(hash, cost);
  int64_t unknown = cost_of_check(NULL, cost);
  int64_t malformed = cost_of_check("$argon2id$v=19$m=x", cost);
  assert_in_range(unknown, wrong / 2, wrong * 2);
  assert_in_range(malformed, wrong / 2, wrong * 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_right_password_passes),
      cmocka_unit_test(the_same_password_has_another_salt_each_time),
      cmocka_unit_test(a_hash_made_at_another_cost_still_checks),
      cmocka_unit_test(what_is_no_hash_never_passes),
      cmocka_unit_test(a_cost_below_the_least_is_refused),
      cmocka_unit_test(an_unknown_user_costs_as_much),
  };
  return cmocka_run_group_tests(tests, ready, NULL);
}
