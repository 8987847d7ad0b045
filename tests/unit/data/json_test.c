/* json: every value there and back, and what is no JSON. */
#include "data/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data/append.h"

static const data_limits limits = {.bytes = 4096, .depth = 6, .items = 40, .map_entries = 8};

static base_code read_text(const char *text, base_buffer *out, base_error *error) {
  *error = (base_error){.language = BASE_EN};
  return data_json_read(base_slice_text(text), limits, out, error);
}

/* The text is read, and written as `expected`; NULL: as it was. */
static void assert_round(const char *text, const char *expected) {
  base_buffer value = {0};
  base_buffer again = {0};
  base_error error;
  if (read_text(text, &value, &error) != BASE_OK) fail_msg("%s: %s", text, error.message);
  data_json_append(data_peek(base_buffer_slice(&value)), &again);
  if (!base_slice_is(base_buffer_slice(&again), expected == NULL ? text : expected)) {
    fail_msg("%s became %.*s", text, BASE_SLICE_ARGS(base_buffer_slice(&again)));
  }
  base_buffer_fini(&value);
  base_buffer_fini(&again);
}

static void values_are_written_on_one_line(void **state) {
  (void)state;
  assert_round("null", NULL);
  assert_round(" true ", "true");
  assert_round("[0,-1,9223372036854775807,-9223372036854775808]", NULL);
  assert_round("[1.5,1.0,-2.5e-07,1e300]",
               "[1.5,1.0,-2.4999999999999999e-07,1.0000000000000001e+300]");
  assert_round("{\"name\":\"王秀兰\",\"tags\":[\"重点\",\"\"],\"special\":{}}", NULL);
  assert_round("[\"\\u738b\\ud83d\\ude00\\/\\b\"]", "[\"王😀/\\u0008\"]");
  assert_round("\"行\\n列\\t\\\"引\\\" \\\\ \\u0000\"", NULL);
}

static void binary_and_dollar_keys_come_back(void **state) {
  (void)state;
  base_buffer value = {0};
  base_buffer text = {0};
  base_buffer again = {0};
  base_error error;
  data_append_map(&value, 3);
  data_append_text(&value, "$binary");
  data_append_text(&value, "只是一个键");
  data_append_text(&value, "$$");
  data_append_binary(&value, base_slice_make("\x00\xff", 2));
  data_append_text(&value, "f");
  data_append_float(&value, 3.0);
  data_json_append(data_peek(base_buffer_slice(&value)), &text);
  assert_true(
      base_slice_is(base_buffer_slice(&text),
                    "{\"$$binary\":\"只是一个键\",\"$$$\":{\"$binary\":\"00ff\"},\"f\":3.0}"));
  assert_int_equal(data_json_read(base_buffer_slice(&text), limits, &again, &error), BASE_OK);
  assert_true(base_slice_equal(base_buffer_slice(&value), base_buffer_slice(&again)));
  base_buffer_fini(&value);
  base_buffer_fini(&text);
  base_buffer_fini(&again);
}

static void assert_refused(const char *text, base_code code, const char *part) {
  base_buffer value = {0};
  base_error error;
  base_buffer_text(&value, "before");
  assert_int_equal(read_text(text, &value, &error), code);
  if (strstr(error.message, part) == NULL) fail_msg("%s: %s", text, error.message);
  assert_int_equal(value.size, 6);
  base_buffer_fini(&value);
}

static void what_is_no_json_is_refused(void **state) {
  (void)state;
  assert_refused("", BASE_BAD_REQUEST, "a value");
  assert_refused("{\"a\":1,}", BASE_BAD_REQUEST, "byte 8: a key");
  assert_refused("{\"a\" 1}", BASE_BAD_REQUEST, "colon");
  assert_refused("[1 2]", BASE_BAD_REQUEST, "comma");
  assert_refused("\"abc", BASE_BAD_REQUEST, "does not end");
  assert_refused("\"a\nb\"", BASE_BAD_REQUEST, "does not end");
  assert_refused("\"\\x\"", BASE_BAD_REQUEST, "escape");
  assert_refused("\"\\ud800\"", BASE_BAD_REQUEST, "escape");
  assert_refused("\"\xff\"", BASE_BAD_REQUEST, "UTF-8");
  assert_refused("01", BASE_BAD_REQUEST, "a value");
  assert_refused("1.5.5", BASE_BAD_REQUEST, "number");
  assert_refused("1e999", BASE_BAD_REQUEST, "");
  assert_refused("9223372036854775808", BASE_BAD_REQUEST, "number");
  assert_refused("tru", BASE_BAD_REQUEST, "a value");
  assert_refused("1 2", BASE_BAD_REQUEST, "follows");
  assert_refused("{\"$binary\":\"0g\"}", BASE_BAD_REQUEST, "binary");
  assert_refused("{\"a\":1,\"a\":2}", BASE_BAD_REQUEST, "");
}

static void limits_hold(void **state) {
  (void)state;
  assert_round("[[[[[[]]]]]]", NULL);
  assert_refused("[[[[[[[]]]]]]]", BASE_TOO_LARGE, "6 deep");
  assert_refused("{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1}",
                 BASE_TOO_LARGE, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_are_written_on_one_line),
      cmocka_unit_test(binary_and_dollar_keys_come_back),
      cmocka_unit_test(what_is_no_json_is_refused),
      cmocka_unit_test(limits_hold),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
