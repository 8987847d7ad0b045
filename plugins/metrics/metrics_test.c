/* metrics: Prometheus' text format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "text.h"

static void assert_text(text *out, const char *expected) {
  assert_false(out->broken);
  text_append(out, "", 1);
  assert_string_equal(out->data, expected);
  text_free(out);
}

static void samples_have_names_labels_and_values(void **state) {
  text out = {0};
  (void)state;
  const text_label labels[] = {{"op", "order.create", 12}, {"package", "core", 4}, {0}};
  text_type(&out, "store_tail_bytes", 16, "gauge");
  text_sample(&out, "store_tail_bytes", 16, "", NULL, -5);
  text_sample(&out, "api_op_errors_total", 19, "", labels, INT64_MAX);
  assert_text(&out,
              "# TYPE haoke_store_tail_bytes gauge\n"
              "haoke_store_tail_bytes -5\n"
              "haoke_api_op_errors_total{op=\"order.create\",package=\"core\"} "
              "9223372036854775807\n");
}

static void what_would_break_a_line_is_escaped(void **state) {
  text out = {0};
  (void)state;
  const text_label labels[] = {{"package", "a\"b\\c\nd海", 10}, {0}};
  text_sample(&out, "x y{}", 5, "", labels, 1);
  assert_text(&out, "haoke_x_y__{package=\"a\\\"b\\\\c\\nd海\"} 1\n");
}

static void buckets_are_added_up(void **state) {
  text out = {0};
  (void)state;
  const int64_t buckets[] = {3, 0, 2};
  const int64_t bounds[] = {1, 2};
  text_histogram(&out, "api_commit_us", 13, NULL, buckets, bounds, 3, 4711);
  assert_text(&out,
              "haoke_api_commit_us_bucket{le=\"1\"} 3\n"
              "haoke_api_commit_us_bucket{le=\"2\"} 3\n"
              "haoke_api_commit_us_bucket{le=\"+Inf\"} 5\n"
              "haoke_api_commit_us_sum 4711\n"
              "haoke_api_commit_us_count 5\n");
}

static void texts_grow(void **state) {
  text out = {0};
  (void)state;
  for (int64_t i = 0; i < 10000; i++) text_sample(&out, "n", 1, "", NULL, i);
  assert_false(out.broken);
  assert_int_equal(out.size, 10000 * strlen("haoke_n \n") + 10 + 2 * 90 + 3 * 900 + 4 * 9000);
  text_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(samples_have_names_labels_and_values),
      cmocka_unit_test(what_would_break_a_line_is_escaped),
      cmocka_unit_test(buckets_are_added_up),
      cmocka_unit_test(texts_grow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
