/* error: names, both languages, paths, cuts at a character. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void names_and_codes_agree(void **state) {
  (void)state;
  assert_string_equal(base_code_name(BASE_OK), "OK");
  assert_string_equal(base_code_name(BASE_BAD_REQUEST), "BAD_REQUEST");
  assert_string_equal(base_code_name(BASE_INTERNAL), "INTERNAL");
  for (int code = BASE_BAD_REQUEST; code <= BASE_INTERNAL; code++) {
    const char *name = base_code_name((base_code)code);
    assert_int_equal(base_code_find(base_slice_text(name)), code);
  }
}

static void names_that_are_no_code_are_not_found(void **state) {
  (void)state;
  assert_int_equal(base_code_find(base_slice_text("OK")), BASE_OK);
  assert_int_equal(base_code_find(base_slice_text("NOT_FOUN")), BASE_OK);
  assert_int_equal(base_code_find(base_slice_make(NULL, 0)), BASE_OK);
}

static void only_passing_states_are_worth_a_retry(void **state) {
  (void)state;
  assert_true(base_code_retry(BASE_UNAVAILABLE));
  assert_true(base_code_retry(BASE_RATE_LIMITED));
  assert_true(base_code_retry(BASE_STORAGE_FULL));
  assert_true(base_code_retry(BASE_READ_ONLY));
  assert_false(base_code_retry(BASE_VALIDATION_FAILED));
  assert_false(base_code_retry(BASE_VERSION_CONFLICT));
  assert_false(base_code_retry(BASE_OK));
}

static base_code refuse_quantity(base_error *error, int quantity) {
  return base_error_set(error, BASE_VALIDATION_FAILED, "quantity", "数量 %d 必须大于零",
                        "quantity %d must be greater than zero", quantity);
}

static void the_language_chooses_the_text(void **state) {
  (void)state;
  base_error error = {.language = BASE_ZH};
  assert_int_equal(refuse_quantity(&error, -3), BASE_VALIDATION_FAILED);
  assert_int_equal(error.code, BASE_VALIDATION_FAILED);
  assert_string_equal(error.message, "数量 -3 必须大于零");
  error.language = BASE_EN;
  (void)refuse_quantity(&error, -3);
  assert_string_equal(error.message, "quantity -3 must be greater than zero");
  assert_string_equal(error.field, "quantity");
}

static void a_set_forgets_field_and_data_of_the_last(void **state) {
  (void)state;
  base_error error = {.data = base_slice_text("x"), .field = "phone"};
  (void)base_error_set(&error, BASE_NOT_FOUND, NULL, "没有客户 %d", "there is no customer %d", 7);
  assert_string_equal(error.field, "");
  assert_int_equal(error.data.size, 0);
}

static void steps_are_put_before_the_path(void **state) {
  (void)state;
  base_error error = {.language = BASE_ZH};
  (void)refuse_quantity(&error, 0);
  base_error_within(&error, "[0]");
  assert_string_equal(error.field, "[0].quantity");
  base_error_within(&error, "lines");
  assert_string_equal(error.field, "lines[0].quantity");
  base_error_within(&error, "order");
  assert_string_equal(error.field, "order.lines[0].quantity");
}

static void a_step_before_no_path_is_the_path(void **state) {
  (void)state;
  base_error error = {.language = BASE_ZH};
  (void)base_error_set(&error, BASE_INVALID_ARGUMENT, NULL, "缺少参数", "missing");
  base_error_within(&error, "customer");
  assert_string_equal(error.field, "customer");
}

/* Every character of a cut text is whole: "慢" is E6 85 A2. */
static void check_whole(const char *text, size_t prefix) {
  size_t size = strlen(text);
  assert_int_equal((size - prefix) % 3, 0);
  for (size_t i = prefix; i < size; i += 3) assert_memory_equal(text + i, "慢", 3);
}

static void long_texts_are_cut_at_a_character(void **state) {
  (void)state;
  for (size_t prefix = 0; prefix < 3; prefix++) {
    char text[1024] = "ab";
    size_t size = prefix;
    for (; size + 3 < sizeof text; size += 3) memcpy(text + size, "慢", 3);
    text[size] = '\0';
    base_error error = {.language = BASE_ZH};
    (void)base_error_set(&error, BASE_INTERNAL, text, "%s", "%s", text);
    assert_in_range(strlen(error.message), sizeof error.message - 3, sizeof error.message - 1);
    assert_in_range(strlen(error.field), sizeof error.field - 3, sizeof error.field - 1);
    check_whole(error.message, prefix);
    check_whole(error.field, prefix);
  }
}

static void a_text_that_just_fits_is_whole(void **state) {
  (void)state;
  base_error error = {.language = BASE_ZH};
  char text[sizeof error.message];
  memset(text, 'a', sizeof text - 1);
  memcpy(text + sizeof text - 4, "慢", 4);
  (void)base_error_set(&error, BASE_INTERNAL, NULL, "%s", "%s", text);
  assert_string_equal(error.message, text);
}

static void clearing_keeps_the_language(void **state) {
  (void)state;
  base_error error = {.language = BASE_EN};
  (void)refuse_quantity(&error, 0);
  base_error_clear(&error);
  assert_int_equal(error.code, BASE_OK);
  assert_int_equal(error.language, BASE_EN);
  assert_string_equal(error.message, "");
  assert_string_equal(error.field, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_and_codes_agree),
      cmocka_unit_test(names_that_are_no_code_are_not_found),
      cmocka_unit_test(only_passing_states_are_worth_a_retry),
      cmocka_unit_test(the_language_chooses_the_text),
      cmocka_unit_test(a_set_forgets_field_and_data_of_the_last),
      cmocka_unit_test(steps_are_put_before_the_path),
      cmocka_unit_test(a_step_before_no_path_is_the_path),
      cmocka_unit_test(long_texts_are_cut_at_a_character),
      cmocka_unit_test(a_text_that_just_fits_is_whole),
      cmocka_unit_test(clearing_keeps_the_language),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
