/* sample: what lies between two answers of server.metrics. */
#include "server/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "server/json.h"

static void read_sample(server_sample *sample, const char *json) {
  base_error error = {.language = BASE_EN};
  if (server_json_read(base_slice_text(json), "sample", &sample->result, &error) != BASE_OK) {
    fail_msg("%s", error.message);
  }
}

static const char *const first_text =
    "{\"values\": {\"api_uptime_ms\": 1000, \"api_requests_total\": 10}, \"bounds\": [1, 2, 4],"
    " \"ops\": [{\"op\": \"record.get\", \"count\": 4, \"sum\": 8, \"errors\": 1,"
    "            \"buckets\": [4, 0, 0, 0]}]}";
static const char *const second_text =
    "{\"values\": {\"api_uptime_ms\": 5000, \"api_requests_total\": 210}, \"bounds\": [1, 2, 4],"
    " \"ops\": [{\"op\": \"record.find\", \"count\": 0, \"sum\": 0, \"errors\": 0,"
    "            \"buckets\": [0, 0, 0, 0]},"
    "           {\"op\": \"record.get\", \"count\": 104, \"sum\": 308, \"errors\": 1,"
    "            \"buckets\": [4, 50, 49, 1]}]}";

static void spreads_lie_between_two_samples(void **state) {
  server_sample first = {0};
  server_sample second = {0};
  (void)state;
  read_sample(&first, first_text);
  read_sample(&second, second_text);
  assert_int_equal(server_sample_value(&second, "api_requests_total"), 210);
  assert_int_equal(server_sample_value(&second, "api_nothing_total"), 0);
  double seconds = server_sample_seconds(&first, &second);
  assert_float_equal(seconds, 4, 1e-9);
  base_slice name = base_slice_text("record.get");
  server_spread spread = server_sample_spread(&second, server_sample_op(&first, name),
                                              server_sample_op(&second, name), seconds);
  assert_float_equal(spread.rate, 25, 1e-9);
  assert_float_equal(spread.mean, 3, 1e-9);
  assert_float_equal(spread.median, 2, 1e-9);
  assert_float_equal(spread.most, 4, 1e-9);
  server_sample_fini(&first);
  server_sample_fini(&second);
}

static void what_is_missing_is_nothing(void **state) {
  server_sample none = {0};
  server_sample second = {0};
  (void)state;
  read_sample(&second, second_text);
  assert_float_equal(server_sample_seconds(&none, &second), 5, 1e-9);
  assert_float_equal(server_sample_seconds(&none, &none), 0, 1e-9);
  assert_int_equal(server_sample_op(&second, base_slice_text("record.gets")).size, 0);
  assert_int_equal(server_sample_part(&none, "ops").size, 0);
  server_spread spread = server_sample_spread(&second, (base_slice){0}, (base_slice){0}, 5);
  assert_float_equal(spread.rate, 0, 1e-9);
  base_slice idle = server_sample_op(&second, base_slice_text("record.find"));
  spread = server_sample_spread(&second, (base_slice){0}, idle, 5);
  assert_float_equal(spread.rate, 0, 1e-9);
  assert_float_equal(spread.most, 0, 1e-9);
  /* The bucket without a bound shows the last bound there is. */
  base_slice name = base_slice_text("record.get");
  spread = server_sample_spread(&second, (base_slice){0}, server_sample_op(&second, name), 0);
  assert_float_equal(spread.rate, 0, 1e-9);
  assert_true(spread.most <= 4);
  server_sample_fini(&second);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spreads_lie_between_two_samples),
      cmocka_unit_test(what_is_missing_is_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
