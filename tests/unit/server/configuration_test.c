/* configuration: defaults, values, and errors that name file and key. */
#include "server/configuration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "server/address.h"

static base_arena *arena;

static int set_up(void **state) {
  (void)state;
  arena = base_arena_new();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  base_arena_free(arena);
  data_zone_fini();
  return 0;
}

static void read_ok(const char *text, server_configuration *configuration) {
  base_error error = {.language = BASE_EN};
  if (server_configuration_read(base_slice_text(text), "haoke.json", arena, configuration,
                                &error) != BASE_OK) {
    fail_msg("%s", error.message);
  }
}

static void no_file_is_a_whole_configuration(void **state) {
  (void)state;
  server_configuration configuration;
  base_error error = {.language = BASE_EN};
  assert_int_equal(server_configuration_load(NULL, arena, &configuration, &error), BASE_OK);
  assert_string_equal(data_zone_name(configuration.zone), "Asia/Shanghai");
  assert_memory_equal(&configuration.week, &data_week_standard, sizeof data_week_standard);
  assert_int_equal(configuration.language, BASE_ZH);
  assert_true(base_slice_is(configuration.currency, "CNY"));
  assert_string_equal(configuration.listen, "127.0.0.1:7420");
  assert_int_equal(configuration.engine.reader_lanes, 2);
  assert_int_equal(configuration.engine.password.memory_kib, 65536);
  assert_true(configuration.rpc.frame.bytes > configuration.rpc.frame_open.bytes);
  assert_true(configuration.rpc.frame_open.bytes > 0);
  assert_int_equal(configuration.store.map_bytes, (size_t)HAOKE_MAP_BYTES);
  assert_int_equal(configuration.level, BASE_LOG_INFO);
  assert_int_equal(configuration.enable.size, 0);
}

static void every_default_is_within_its_range(void **state) {
  (void)state;
  server_configuration first;
  server_configuration again;
  base_error error = {.language = BASE_EN};
  base_buffer out = {0};
  read_ok("{}", &first);
  assert_int_equal(
      data_validate(server_configuration_fields, first.map, 0, BASE_INVALID_ARGUMENT, &out, &error),
      BASE_OK);
  assert_true(base_slice_equal(base_buffer_slice(&out), first.map));
  base_buffer_fini(&out);
  read_ok("{\"limits\": null}", &again);
  assert_true(base_slice_equal(first.map, again.map));
}

static void what_is_written_is_used(void **state) {
  (void)state;
  server_configuration configuration;
  read_ok(
      "{\"business\": {\"timezone\": \"Europe/Berlin\", \"language\": \"en\","
      "               \"working_days\": [1, 6], \"working_hours\": [\"08:00-20:00\"]},"
      " \"listen\": \"[::1]:0\", \"reads\": {\"lanes\": 4, \"on_loop\": false},"
      " \"limits\": {\"frame_depth\": 16, \"open_frame_depth\": 5, \"outstanding\": 8},"
      " \"packages\": {\"enable\": [\"health_product\"],"
      "                \"config\": {\"health_product\": {\"first_revisit_days\": 3}}},"
      " \"log\": {\"level\": \"warn\"}}",
      &configuration);
  assert_string_equal(data_zone_name(configuration.zone), "Europe/Berlin");
  assert_int_equal(configuration.engine.week.worked, 0x21);
  assert_int_equal(configuration.engine.week.count, 1);
  assert_int_equal(configuration.engine.week.hours[0].to, 20 * 60);
  assert_int_equal(configuration.language, BASE_EN);
  assert_int_equal(configuration.engine.language, BASE_EN);
  assert_int_equal(configuration.engine.reader_lanes, 4);
  assert_false(configuration.engine.reads_on_loop);
  assert_int_equal(configuration.rpc.frame.depth, 16);
  assert_int_equal(configuration.rpc.frame_open.depth, 5);
  assert_int_equal(configuration.rpc.outstanding, 8);
  assert_int_equal(configuration.level, BASE_LOG_WARN);
  assert_int_equal(data_peek(configuration.enable).as.count, 1);
  data_value package;
  assert_true(data_map_find(configuration.config, "health_product", &package));
  assert_int_equal(data_map_integer(package.raw, "first_revisit_days", 0), 3);
}

static void expect_refusal(const char *text, const char *field, const char *part) {
  server_configuration configuration;
  base_error error = {.language = BASE_EN};
  assert_int_equal(
      server_configuration_read(base_slice_text(text), "haoke.json", arena, &configuration, &error),
      BASE_INVALID_ARGUMENT);
  assert_string_equal(error.field, field);
  if (strstr(error.message, part) == NULL) fail_msg("“%s” is not in “%s”", part, error.message);
  assert_non_null(strstr(error.message, "haoke.json"));
}

static void errors_name_file_and_key(void **state) {
  (void)state;
  expect_refusal("{\"limits\": {\"frame_byte\": 1}}", "limits.frame_byte", "frame_bytes");
  expect_refusal("{\"limit\": {}}", "limit", "limits");
  expect_refusal("{\"limits\": {\"frame_bytes\": 10}}", "limits.frame_bytes", "limits.frame_bytes");
  expect_refusal("{\"reads\": {\"lanes\": \"two\"}}", "reads.lanes", "reads.lanes");
  expect_refusal("{\"business\": {\"timezone\": \"Asia/Jinan\"}}", "business.timezone",
                 "Asia/Jinan");
  expect_refusal("{\"business\": {\"working_days\": [8]}}", "business.working_days", "Monday");
  expect_refusal("{\"business\": {\"working_days\": []}}", "business.working_days", "at least 1");
  expect_refusal("{\"business\": {\"working_hours\": [\"9-12\"]}}", "business.working_hours",
                 "09:00-12:00");
  expect_refusal("{\"business\": {\"language\": \"fr\"}}", "business.language", "zh-CN");
  expect_refusal("{\"listen\": \"7420\"}", "listen", "HOST:PORT");
  expect_refusal("{\"packages\": {\"enable\": [7]}}", "packages.enable[0]", "packages.enable[0]");
  expect_refusal("[]", "", "JSON object");
  expect_refusal("{", "", "line 1");
}

static void the_drain_of_plugins_is_bounded(void **state) {
  (void)state;
  server_configuration configuration;
  read_ok("{}", &configuration);
  assert_int_equal(configuration.engine.drain_ms, 5000);
  read_ok("{\"plugins\": {\"drain_ms\": 1}}", &configuration);
  assert_int_equal(configuration.engine.drain_ms, 1);
  read_ok("{\"plugins\": {\"drain_ms\": 600000}}", &configuration);
  assert_int_equal(configuration.engine.drain_ms, 600000);
  expect_refusal("{\"plugins\": {\"drain_ms\": 0}}", "plugins.drain_ms", "at least 1");
  expect_refusal("{\"plugins\": {\"drain_ms\": 600001}}", "plugins.drain_ms", "at most 600000");
}

static void imports_exports_and_jobs_are_bounded(void **state) {
  (void)state;
  server_configuration configuration;
  read_ok("{}", &configuration);
  assert_int_equal(configuration.engine.import.commit_rows, 200);
  assert_int_equal(configuration.engine.import.row_bytes, 262144);
  assert_int_equal(configuration.engine.import.failures, 10000);
  assert_int_equal(configuration.engine.import.dry_run_bytes, (size_t)512 << 20);
  assert_string_equal(configuration.engine.import.directory, "");
  assert_int_equal(configuration.engine.job_kept, 1000);
  assert_int_equal(configuration.engine.export_bytes, 1 << 20);
  assert_true(base_slice_is(configuration.engine.currency, "CNY"));
  read_ok(
      "{\"import\": {\"commit_rows\": 1, \"row_bytes\": 1024, \"failures\": 1,"
      "             \"dry_run_bytes\": 1048576, \"directory\": \"/srv/import\"},"
      " \"jobs\": {\"kept\": 10}, \"export\": {\"piece_bytes\": 1024}}",
      &configuration);
  assert_int_equal(configuration.engine.import.commit_rows, 1);
  assert_string_equal(configuration.engine.import.directory, "/srv/import");
  assert_int_equal(configuration.engine.job_kept, 10);
  assert_int_equal(configuration.engine.export_bytes, 1024);
  expect_refusal("{\"import\": {\"commit_rows\": 0}}", "import.commit_rows", "at least 1");
  expect_refusal("{\"import\": {\"commit_rows\": 10001}}", "import.commit_rows", "at most 10000");
  expect_refusal("{\"import\": {\"row_bytes\": 1023}}", "import.row_bytes", "at least 1024");
  expect_refusal("{\"import\": {\"failures\": 0}}", "import.failures", "at least 1");
  expect_refusal("{\"import\": {\"dry_run_bytes\": 1048575}}", "import.dry_run_bytes",
                 "at least 1048576");
  expect_refusal("{\"jobs\": {\"kept\": 9}}", "jobs.kept", "at least 10");
  expect_refusal("{\"export\": {\"piece_bytes\": 1023}}", "export.piece_bytes", "at least 1024");
}

static void the_journal_and_backups_are_bounded(void **state) {
  (void)state;
  server_configuration configuration;
  read_ok("{}", &configuration);
  assert_int_equal(configuration.engine.keep_ms, 0);
  assert_null(configuration.engine.archive);
  assert_string_equal(configuration.engine.backup_directory, "");
  assert_int_equal(configuration.engine.skip_ids, 10000);
  read_ok(
      "{\"journal\": {\"keep_days\": 36500, \"archive\": \"/archive\"},"
      " \"backup\": {\"directory\": \"/backup\"}, \"restore\": {\"skip_ids\": 1}}",
      &configuration);
  assert_int_equal(configuration.engine.keep_ms, 36500 * (int64_t)86400000);
  assert_string_equal(configuration.engine.archive, "/archive");
  assert_string_equal(configuration.engine.backup_directory, "/backup");
  assert_int_equal(configuration.engine.skip_ids, 1);
  read_ok("{\"restore\": {\"skip_ids\": 1000000000}}", &configuration);
  assert_int_equal(configuration.engine.skip_ids, 1000000000);
  expect_refusal("{\"journal\": {\"keep_days\": -1}}", "journal.keep_days", "at least 0");
  expect_refusal("{\"journal\": {\"keep_days\": 36501}}", "journal.keep_days", "at most 36500");
  expect_refusal("{\"restore\": {\"skip_ids\": 0}}", "restore.skip_ids", "at least 1");
  expect_refusal("{\"restore\": {\"skip_ids\": 1000000001}}", "restore.skip_ids",
                 "at most 1000000000");
}

/* --- every number's range ----------------------------------------------------------------------------- */

static base_code try_number(const char *path, int64_t value, base_error *error) {
  char text[256];
  server_configuration configuration;
  const char *point = strchr(path, '.');
  assert_non_null(point);
  (void)snprintf(text, sizeof text, "{\"%.*s\": {\"%s\": %lld}}", (int)(point - path), path,
                 point + 1, (long long)value);
  return server_configuration_read(base_slice_text(text), "haoke.json", arena, &configuration,
                                   error);
}

static void expect_bound(const char *path, int64_t within, int64_t beyond) {
  char bound[32];
  base_error error = {.language = BASE_EN};
  if (try_number(path, within, &error) != BASE_OK) {
    fail_msg("%s = %lld: %s", path, (long long)within, error.message);
  }
  assert_int_equal(try_number(path, beyond, &error), BASE_INVALID_ARGUMENT);
  assert_string_equal(error.field, path);
  (void)snprintf(bound, sizeof bound, "%lld", (long long)within);
  if (strstr(error.message, bound) == NULL) fail_msg("“%s” says no %s", error.message, bound);
}

/* At -1, 0 and +1 of the least and of the most, whatever keys there will be. */
static size_t expect_ranges(const data_field *fields, const char *above) {
  size_t count = 0;
  for (const data_field *field = fields; field != NULL && field->name != NULL; field++) {
    char path[128];
    (void)snprintf(path, sizeof path, "%s%s%s", above, above[0] == '\0' ? "" : ".", field->name);
    if (field->kind == DATA_KIND_MAP) count += expect_ranges(field->fields, path);
    if (field->kind != DATA_KIND_INTEGER) continue;
    assert_true(field->bounded);
    expect_bound(path, field->min, field->min - 1);
    expect_bound(path, field->max, field->max + 1);
    base_error error = {.language = BASE_EN};
    if (field->min < field->max) {
      assert_int_equal(try_number(path, field->min + 1, &error), BASE_OK);
      assert_int_equal(try_number(path, field->max - 1, &error), BASE_OK);
    }
    count += 1;
  }
  return count;
}

static void every_number_has_its_range(void **state) {
  (void)state;
  assert_true(expect_ranges(server_configuration_fields, "") > 30);
}

static void a_file_that_is_not_there_is_named(void **state) {
  (void)state;
  server_configuration configuration;
  base_error error = {.language = BASE_EN};
  assert_int_equal(server_configuration_load("/nowhere/haoke.json", arena, &configuration, &error),
                   BASE_NOT_FOUND);
  assert_non_null(strstr(error.message, "/nowhere/haoke.json"));
}

static void addresses_are_host_and_port(void **state) {
  (void)state;
  server_address address;
  base_error error = {.language = BASE_EN};
  assert_int_equal(server_address_parse("127.0.0.1:7420", &address, &error), BASE_OK);
  assert_string_equal(address.host, "127.0.0.1");
  assert_int_equal(address.port, 7420);
  assert_int_equal(server_address_parse("[::1]:65535", &address, &error), BASE_OK);
  assert_string_equal(address.host, "::1");
  assert_int_equal(address.port, 65535);
  const char *wrong[] = {"",        ":",    "7420",     "localhost:", ":7420",
                         "a:65536", "a:-1", "::1:7420", "a:1x"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_int_equal(server_address_parse(wrong[i], &address, &error), BASE_INVALID_ARGUMENT);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_file_is_a_whole_configuration),
      cmocka_unit_test(every_default_is_within_its_range),
      cmocka_unit_test(what_is_written_is_used),
      cmocka_unit_test(errors_name_file_and_key),
      cmocka_unit_test(the_drain_of_plugins_is_bounded),
      cmocka_unit_test(imports_exports_and_jobs_are_bounded),
      cmocka_unit_test(the_journal_and_backups_are_bounded),
      cmocka_unit_test(every_number_has_its_range),
      cmocka_unit_test(a_file_that_is_not_there_is_named),
      cmocka_unit_test(addresses_are_host_and_port),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
