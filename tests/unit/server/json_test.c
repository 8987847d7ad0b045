/* json: both ways, and what is no JSON. */
#include "server/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/data.h"

static void expect_same(const char *text) {
  base_buffer packed = {0};
  base_buffer again = {0};
  base_error error = {.language = BASE_EN};
  assert_int_equal(server_json_read(base_slice_text(text), "test", &packed, &error), BASE_OK);
  server_json_append(data_peek(base_buffer_slice(&packed)), &again);
  base_buffer_byte(&again, '\0');
  assert_string_equal((const char *)again.data, text);
  base_buffer_fini(&packed);
  base_buffer_fini(&again);
}

static void what_is_read_is_written_again(void **state) {
  (void)state;
  expect_same("null");
  expect_same("true");
  expect_same("-9223372036854775808");
  expect_same("9223372036854775807");
  expect_same("2.5");
  expect_same("\"王秀兰 \\\"药店\\\"\\n\"");
  expect_same("[]");
  expect_same("{}");
  expect_same(
      "{\n  \"负责人\": \"李静\",\n  \"lines\": [\n    1,\n    {\n      \"a\": null\n    }\n  "
      "]\n}");
}

static void keys_keep_their_order(void **state) {
  (void)state;
  expect_same("{\n  \"z\": 1,\n  \"a\": 2,\n  \"m\": 3\n}");
}

static void integers_stay_integers(void **state) {
  (void)state;
  base_buffer packed = {0};
  base_error error = {.language = BASE_EN};
  assert_int_equal(
      server_json_read(base_slice_text("{\"id\": 4503599627370497}"), "test", &packed, &error),
      BASE_OK);
  assert_int_equal(data_map_integer(base_buffer_slice(&packed), "id", 0), 4503599627370497);
  base_buffer_fini(&packed);
}

static void binary_becomes_digits(void **state) {
  (void)state;
  base_buffer packed = {0};
  base_buffer text = {0};
  data_append_binary(&packed, base_slice_make("\x00\x7f\xff", 3));
  server_json_append(data_peek(base_buffer_slice(&packed)), &text);
  assert_true(base_slice_is(base_buffer_slice(&text), "\"007fff\""));
  base_buffer_fini(&packed);
  base_buffer_fini(&text);
}

static void expect_refusal(const char *text, const char *part) {
  base_buffer packed = {0};
  base_error error = {.language = BASE_EN};
  assert_int_equal(server_json_read(base_slice_text(text), "haoke.json", &packed, &error),
                   BASE_INVALID_ARGUMENT);
  if (strstr(error.message, part) == NULL) fail_msg("“%s” is not in “%s”", part, error.message);
  assert_non_null(strstr(error.message, "haoke.json"));
  base_buffer_fini(&packed);
}

static void errors_tell_where(void **state) {
  (void)state;
  expect_refusal("", "line 1");
  expect_refusal("{\n  \"a\": 1,\n  b\n}", "line 3");
  expect_refusal("{\"a\": 1, \"a\": 2}", "duplicate");
  expect_refusal("[1, 2", "line 1");
  expect_refusal("99999999999999999999", "line 1");
  expect_refusal("\"\xff\"", "0xff");
  expect_refusal("{} {}", "line 1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_read_is_written_again),
      cmocka_unit_test(keys_keep_their_order),
      cmocka_unit_test(integers_stay_integers),
      cmocka_unit_test(binary_becomes_digits),
      cmocka_unit_test(errors_tell_where),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
