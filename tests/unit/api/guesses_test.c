/* guesses: each limit at −1, 0 and +1, in every window; strangers' budget; nobody for ever. */
#include "api/guesses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW ((int64_t)1767225600000)
#define WINDOW ((int64_t)600000)

static api_guesses *made(void) {
  api_guess_options options = {.pair = 3, .user = 5, .address = 7, .kept = 64};
  return api_guesses_new(&options);
}

static api_guess from(const char *user, const char *network, bool known) {
  return (api_guess){base_slice_text(user), base_slice_text(network), known};
}

/* One wrong guess; whether it was let through. */
static bool wrong(api_guesses *guesses, api_guess guess, int64_t now) {
  if (api_guesses_begin(guesses, &guess, now) != 0) return false;
  api_guesses_end(guesses, &guess, false, 1000);
  return true;
}

static void a_pair_has_its_limit(void **state) {
  (void)state;
  api_guesses *guesses = made();
  api_guess guess = from("李静", "10.0.0.7", true);
  for (int i = 0; i < 3; i++) assert_true(wrong(guesses, guess, NOW + i));
  assert_int_equal(api_guesses_admit(guesses, &guess, NOW + 3), WINDOW - 3);
  assert_false(wrong(guesses, guess, NOW + 3));
  assert_false(wrong(guesses, guess, NOW + WINDOW - 1));
  assert_true(wrong(guesses, guess, NOW + WINDOW));
  assert_false(wrong(guesses, guess, NOW + WINDOW));
  api_guesses_free(guesses);
}

/* However the guesses are spread, no window holds more than the limit. */
static void every_window_keeps_the_limit(void **state) {
  (void)state;
  api_guesses *guesses = made();
  api_guess guess = from("李静", "10.0.0.7", false);
  int64_t let[64];
  int count = 0;
  for (int64_t at = NOW; at < NOW + 5 * WINDOW; at += 7919) {
    if (wrong(guesses, guess, at)) let[count++] = at;
  }
  assert_true(count >= 15);
  for (int i = 3; i < count; i++) assert_true(let[i] - let[i - 3] >= WINDOW);
  api_guesses_free(guesses);
}

static void a_user_has_a_limit_over_all_networks(void **state) {
  (void)state;
  api_guesses *guesses = made();
  char network[32];
  for (int i = 0; i < 5; i++) {
    (void)snprintf(network, sizeof network, "10.0.1.%d", i);
    assert_true(wrong(guesses, from("李静", network, false), NOW));
  }
  assert_false(wrong(guesses, from("李静", "10.0.1.9", false), NOW));
  assert_true(wrong(guesses, from("王芳", "10.0.1.9", false), NOW));
  assert_true(wrong(guesses, from("李静", "10.0.2.1", true), NOW));
  api_guesses_free(guesses);
}

static void a_network_has_a_limit_over_all_users(void **state) {
  (void)state;
  api_guesses *guesses = made();
  char user[32];
  for (int i = 0; i < 7; i++) {
    (void)snprintf(user, sizeof user, "user%d", i);
    assert_true(wrong(guesses, from(user, "10.0.0.7", false), NOW));
  }
  assert_false(wrong(guesses, from("李静", "10.0.0.7", false), NOW));
  assert_true(wrong(guesses, from("李静", "10.0.0.8", false), NOW));
  assert_true(wrong(guesses, from("王芳", "10.0.0.7", true), NOW));
  api_guesses_free(guesses);
}

static void right_ones_do_not_count(void **state) {
  (void)state;
  api_guesses *guesses = made();
  api_guess guess = from("李静", "10.0.0.7", false);
  for (int i = 0; i < 100; i++) {
    assert_int_equal(api_guesses_begin(guesses, &guess, NOW), 0);
    api_guesses_end(guesses, &guess, true, 1000);
  }
  assert_int_equal(api_guesses_count(guesses), 0);
  for (int i = 0; i < 2; i++) assert_true(wrong(guesses, guess, NOW));
  assert_int_equal(api_guesses_begin(guesses, &guess, NOW), 0);
  api_guesses_end(guesses, &guess, true, 1000);
  assert_true(wrong(guesses, guess, NOW));
  assert_false(wrong(guesses, guess, NOW));
  api_guesses_free(guesses);
}

/* A clock that is put back must not lock anybody out for longer. */
static void guesses_of_the_future_are_forgotten(void **state) {
  (void)state;
  api_guesses *guesses = made();
  api_guess guess = from("李静", "10.0.0.7", false);
  for (int i = 0; i < 3; i++) assert_true(wrong(guesses, guess, NOW));
  assert_true(wrong(guesses, guess, NOW - 10 * WINDOW));
  api_guesses_free(guesses);
}

static void memory_is_bounded(void **state) {
  (void)state;
  api_guesses *guesses = made();
  char user[32];
  for (int i = 0; i < 63; i++) {
    (void)snprintf(user, sizeof user, "user%d", i);
    assert_true(wrong(guesses, from(user, "unix", true), NOW));
  }
  assert_int_equal(api_guesses_count(guesses), 63);
  assert_true(wrong(guesses, from("user63", "unix", true), NOW));
  assert_int_equal(api_guesses_count(guesses), 64);
  assert_true(wrong(guesses, from("user64", "unix", true), NOW));
  assert_int_equal(api_guesses_count(guesses), 64);
  for (int i = 0; i < 3; i++) (void)wrong(guesses, from("user64", "unix", true), NOW);
  assert_false(wrong(guesses, from("user64", "unix", true), NOW));
  api_guesses_free(guesses);
}

/* A check that took an hour: the budget bears so many, and those who are known need none of it. */
static void strangers_share_a_budget(void **state) {
  (void)state;
  api_guess_options options = {.strangers = 4, .share_percent = 50, .pair = 100};
  api_guesses *guesses = api_guesses_new(&options);
  api_guess stranger = from("李静", "10.0.0.7", false);
  api_guess known = from("李静", "10.0.0.8", true);
  assert_int_equal(api_guesses_begin(guesses, &stranger, NOW), 0);
  api_guesses_end(guesses, &stranger, false, (uint64_t)3600 * 1000000000);
  for (int i = 0; i < 4; i++) assert_int_equal(api_guesses_admit(guesses, &stranger, NOW), 0);
  int64_t wait = api_guesses_admit(guesses, &stranger, NOW);
  assert_true(wait > (int64_t)7000 * 1000 && wait <= (int64_t)7200 * 1000 + 1);
  for (int i = 0; i < 9; i++) assert_int_equal(api_guesses_admit(guesses, &known, NOW), 0);
  api_guesses_free(guesses);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pair_has_its_limit),
      cmocka_unit_test(every_window_keeps_the_limit),
      cmocka_unit_test(a_user_has_a_limit_over_all_networks),
      cmocka_unit_test(a_network_has_a_limit_over_all_users),
      cmocka_unit_test(right_ones_do_not_count),
      cmocka_unit_test(guesses_of_the_future_are_forgotten),
      cmocka_unit_test(memory_is_bounded),
      cmocka_unit_test(strangers_share_a_budget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
