/* decimal: one text for each number, and keys in the order of the numbers, judged by long arithmetic
 * on digits laid out one under the other. */
#include "data/decimal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NINES_19 "9999999999999999999"
#define ZEROS_17 "00000000000000000"

static void numbers_have_one_text(void **state) {
  (void)state;
  static const char *const numbers[][2] = {
      {"0", "0"},
      {"-0", "0"},
      {"+0.00", "0"},
      {"00", "0"},
      {"1", "1"},
      {"+1", "1"},
      {"-1", "-1"},
      {"007.10", "7.1"},
      {"12.50", "12.5"},
      {".5", "0.5"},
      {"5.", "5"},
      {"-.250", "-0.25"},
      {"1200", "1200"},
      {"0.003", "0.003"},
      {"-0.003", "-0.003"},
      {NINES_19 NINES_19, NINES_19 NINES_19},
      {"-0." ZEROS_17 "1", "-0." ZEROS_17 "1"},
      {"0." ZEROS_17 "10000", "0." ZEROS_17 "1"},
      {"0000" NINES_19 NINES_19 ".000", NINES_19 NINES_19},
      {"12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"}};
  for (size_t i = 0; i < COUNT(numbers); i++) {
    char text[DATA_DECIMAL_SIZE];
    char again[DATA_DECIMAL_SIZE];
    if (!data_decimal_read(base_slice_text(numbers[i][0]), text)) fail_msg("%s", numbers[i][0]);
    assert_string_equal(text, numbers[i][1]);
    assert_true(data_decimal_read(base_slice_text(text), again));
    assert_string_equal(again, text);
  }
}

/* One digit more than there may be, before and behind the point. */
static void what_is_no_number_or_too_long(void **state) {
  (void)state;
  static const char *const refused[] = {"",
                                        "-",
                                        "+",
                                        ".",
                                        "-.",
                                        "1,5",
                                        "1e3",
                                        "0x1",
                                        "1.2.3",
                                        "--1",
                                        "1 ",
                                        " 1",
                                        "1-",
                                        "一",
                                        "NaN",
                                        "inf",
                                        "1'000",
                                        "٣",
                                        NINES_19 NINES_19 "0",
                                        "0." ZEROS_17 "01",
                                        "12345678901234567890.1234567890123456781",
                                        "123456789012345678901.123456789012345678"};
  for (size_t i = 0; i < COUNT(refused); i++) {
    char text[DATA_DECIMAL_SIZE];
    if (data_decimal_read(base_slice_text(refused[i]), text)) fail_msg("%s", refused[i]);
  }
}

/* --- order --------------------------------------------------------------------------------------- */

#define PLACES (DATA_DECIMAL_DIGITS + DATA_DECIMAL_SCALE)

/* The digits at fixed places; comparing them is comparing the magnitudes. */
static void lay_out(const char *number, char digits[PLACES + 1]) {
  const char *from = number + (number[0] == '-');
  const char *point = strchr(from, '.');
  size_t whole = point == NULL ? strlen(from) : (size_t)(point - from);
  memset(digits, '0', PLACES);
  digits[PLACES] = '\0';
  memcpy(digits + DATA_DECIMAL_DIGITS - whole, from, whole);
  if (point != NULL) memcpy(digits + DATA_DECIMAL_DIGITS, point + 1, strlen(point + 1));
}

static int expected_order(const char *a, const char *b) {
  char left[PLACES + 1];
  char right[PLACES + 1];
  bool negative = a[0] == '-';
  if (negative != (b[0] == '-')) return negative ? -1 : 1;
  lay_out(a, left);
  lay_out(b, right);
  return negative ? strcmp(right, left) : strcmp(left, right);
}

static int sign(int number) {
  return (number > 0) - (number < 0);
}

static void check_order(const char *a, const char *b) {
  int found = data_decimal_compare(base_slice_text(a), base_slice_text(b));
  if (sign(found) != sign(expected_order(a, b))) fail_msg("%s and %s: %d", a, b, found);
}

static void known_numbers_are_in_order(void **state) {
  (void)state;
  static const char *const ascending[] = {"-" NINES_19 NINES_19,
                                          "-1200",
                                          "-12",
                                          "-1.5",
                                          "-1.25",
                                          "-1.2",
                                          "-1",
                                          "-0.5",
                                          "-0.25",
                                          "-0.1",
                                          "-0.01",
                                          "-0." ZEROS_17 "1",
                                          "0",
                                          "0." ZEROS_17 "1",
                                          "0." ZEROS_17 "9",
                                          "0.01",
                                          "0.011",
                                          "0.1",
                                          "0.9",
                                          "1",
                                          "1.000001",
                                          "1.2",
                                          "1.25",
                                          "9",
                                          "9.9",
                                          "10",
                                          "10.5",
                                          "12",
                                          "100",
                                          "119",
                                          "120",
                                          "1200",
                                          NINES_19 NINES_19};
  for (size_t i = 0; i < COUNT(ascending); i++) {
    for (size_t j = 0; j < COUNT(ascending); j++) {
      int found =
          data_decimal_compare(base_slice_text(ascending[i]), base_slice_text(ascending[j]));
      assert_int_equal(sign(found), sign((int)i - (int)j));
      check_order(ascending[i], ascending[j]);
    }
  }
}

static uint64_t random_state = 20260307;

static unsigned draw(unsigned below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (unsigned)(random_state % below);
}

/* Few digits, mostly: so that equal beginnings are common. */
static void draw_number(char out[DATA_DECIMAL_SIZE]) {
  char typed[64];
  size_t size = 0;
  unsigned whole = draw(4) == 0 ? draw(21) : draw(4);
  unsigned fraction = draw(4) == 0 ? draw(18) : draw(4);
  if (draw(2) == 0) typed[size++] = '-';
  for (unsigned i = 0; i <= whole; i++) typed[size++] = (char)('0' + draw(3) * 4);
  typed[size++] = '.';
  for (unsigned i = 0; i < fraction; i++) typed[size++] = (char)('0' + draw(3) * 4);
  assert_true(data_decimal_read(base_slice_make(typed, size), out));
}

static void random_numbers_are_in_order(void **state) {
  (void)state;
  char a[DATA_DECIMAL_SIZE];
  char b[DATA_DECIMAL_SIZE];
  char key[DATA_DECIMAL_KEY_SIZE];
  for (int i = 0; i < 200000; i++) {
    draw_number(a);
    draw_number(b);
    check_order(a, b);
    check_order(b, a);
    check_order(a, a);
    data_decimal_key(base_slice_text(a), key);
    assert_true(strlen(key) < sizeof key);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_have_one_text),
      cmocka_unit_test(what_is_no_number_or_too_long),
      cmocka_unit_test(known_numbers_are_in_order),
      cmocka_unit_test(random_numbers_are_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
