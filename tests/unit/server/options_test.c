/* options: values, flags, words, and what is refused with a hint. */
#include "server/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const server_option table[] = {
    {"data", "DIR", "数据目录", "data directory"}, {"json", NULL, "JSON", "JSON"}, {0}};

static base_code parse(int count, const char **arguments, server_options *options,
                       base_error *error) {
  *error = (base_error){.language = BASE_EN};
  return server_options_parse(table, 1, 2, count, (char *const *)(uintptr_t)arguments, options,
                              error);
}

static void options_and_words_may_stand_in_any_order(void **state) {
  (void)state;
  server_options options;
  base_error error;
  const char *arguments[] = {"task.list", "--data", "/srv/haoke", "--json", "{}"};
  assert_int_equal(parse(5, arguments, &options, &error), BASE_OK);
  assert_string_equal(server_options_get(&options, "data"), "/srv/haoke");
  assert_non_null(server_options_get(&options, "json"));
  assert_int_equal(options.word_count, 2);
  assert_string_equal(options.words[0], "task.list");
  assert_string_equal(options.words[1], "{}");
}

static void a_value_may_follow_an_equals_sign(void **state) {
  (void)state;
  server_options options;
  base_error error;
  const char *arguments[] = {"--data=数据", "x"};
  assert_int_equal(parse(2, arguments, &options, &error), BASE_OK);
  assert_string_equal(server_options_get(&options, "data"), "数据");
  assert_null(server_options_get(&options, "json"));
}

static void two_dashes_end_the_options(void **state) {
  (void)state;
  server_options options;
  base_error error;
  const char *arguments[] = {"--", "--json", "--help"};
  assert_int_equal(parse(3, arguments, &options, &error), BASE_OK);
  assert_null(server_options_get(&options, "json"));
  assert_string_equal(options.words[0], "--json");
  assert_false(options.help);
}

static void help_needs_nothing_else(void **state) {
  (void)state;
  server_options options;
  base_error error;
  const char *arguments[] = {"--help"};
  assert_int_equal(parse(1, arguments, &options, &error), BASE_OK);
  assert_true(options.help);
}

static void expect_refusal(int count, const char **arguments, const char *part) {
  server_options options;
  base_error error;
  assert_int_equal(parse(count, arguments, &options, &error), BASE_INVALID_ARGUMENT);
  if (strstr(error.message, part) == NULL) fail_msg("“%s” is not in “%s”", part, error.message);
}

static void wrong_usage_names_the_option(void **state) {
  (void)state;
  expect_refusal(2, (const char *[]){"--dat", "x"}, "did you mean --data?");
  expect_refusal(2, (const char *[]){"--listen", "x"}, "no option --listen");
  expect_refusal(2, (const char *[]){"x", "--data"}, "--data needs its DIR");
  expect_refusal(2, (const char *[]){"x", "--json=1"}, "--json takes no value");
  expect_refusal(3, (const char *[]){"x", "--json", "--json"}, "--json is given twice");
  expect_refusal(3, (const char *[]){"a", "b", "c"}, "“c” is one argument too many");
  expect_refusal(1, (const char *[]){"--json"}, "an argument is missing");
}

static void the_data_directory_comes_from_option_environment_or_here(void **state) {
  (void)state;
  server_options options;
  base_error error;
  (void)setenv("HAOKE_DATA", "/srv/environment", 1);
  assert_int_equal(parse(3, (const char *[]){"x", "--data", "/srv/option"}, &options, &error),
                   BASE_OK);
  assert_string_equal(server_options_data(&options), "/srv/option");
  assert_int_equal(parse(1, (const char *[]){"x"}, &options, &error), BASE_OK);
  assert_string_equal(server_options_data(&options), "/srv/environment");
  (void)unsetenv("HAOKE_DATA");
  assert_string_equal(server_options_data(&options), "./data");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_and_words_may_stand_in_any_order),
      cmocka_unit_test(a_value_may_follow_an_equals_sign),
      cmocka_unit_test(two_dashes_end_the_options),
      cmocka_unit_test(help_needs_nothing_else),
      cmocka_unit_test(wrong_usage_names_the_option),
      cmocka_unit_test(the_data_directory_comes_from_option_environment_or_here),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
