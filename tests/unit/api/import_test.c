/* import: the same records however the bytes come; bad rows cost themselves; commits and limits. */
#include "imports.h"

/* --- rows ---------------------------------------------------------------------------------------- */

static void a_bad_row_costs_only_itself(void **state) {
  shop *self = *state;
  int64_t id = start_customers(self);
  (void)send_file(self, id, MIXED, sizeof MIXED);
  assert_mixed(self, id);
  assert_int_equal(shop_count(self, "customer"), 3);
  assert_int_equal(shop_count(self, "activity"), 1);
  base_slice made =
      shop_call(self, "record.get", shop_map(self, "ti", "type", "customer", "id", (int64_t)1));
  assert_text(data_map_text(made, "birthday"), "1956-03-07");
  assert_text(data_map_text(made, "created_by"), "李静");
  base_slice last = result_of(self, id, 8);
  assert_int_equal(data_map_integer(last, "id", 0), 3); /* failed rows took no number */
}

static void chunks_of_any_size_are_the_same_file(void **state) {
  shop *self = *state;
  static const size_t steps[] = {1, 2, 3, 7, 64, sizeof MIXED};
  const char *first = NULL;
  for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
    int64_t id = start_dry(self);
    (void)send_file(self, id, MIXED, steps[i]);
    assert_mixed(self, id);
    if (first == NULL) first = results_of(self, id);
    assert_string_equal(results_of(self, id), first);
  }
}

static void encodings_are_found_out(void **state) {
  shop *self = *state;
  static const char *const files[] = {
      "\xef\xbb\xbf名称,电话\n王秀兰,13800001001\n",
      "\xc3\xfb\xb3\xc6,\xb5\xe7\xbb\xb0\n\xcd\xf5\xd0\xe3\xc0\xbc,13800001001\n",
      "name,phone\n\xcd\xf5\xd0\xe3\xc0\xbc,13800001001\n"};
  for (size_t i = 0; i < 3; i++) {
    for (size_t step = 1; step < 40; step += 13) {
      int64_t id = start_customers(self);
      assert_counts(send_file(self, id, files[i], step), "done", 1, 1, 0);
      int64_t made = data_map_integer(result_of(self, id, 1), "id", 0);
      base_slice record =
          shop_call(self, "record.get", shop_map(self, "ti", "type", "customer", "id", made));
      assert_text(data_map_text(record, "name"), "王秀兰");
      (void)shop_call(self, "import.undo", shop_map(self, "i", "id", id));
    }
  }
}

static void bytes_of_no_encoding_cost_their_row(void **state) {
  shop *self = *state;
  int64_t id = start(self, "tt", "encoding", "utf-8");
  (void)send(self, id, 0, HEADER "王秀兰,,,,\n坏\xff,,,,\n", true);
  assert_counts(status_of(self, id), "done", 2, 1, 1);
  assert_failed(self, id, 2, 3, "VALIDATION_FAILED", "name", "");
  id = start(self, "tt", "encoding", "GBK");
  (void)send(self, id, 0, "name\n\xcd\xf5\xff\n", true);
  assert_counts(status_of(self, id), "done", 1, 0, 1);
}

static void a_utf16_file_is_refused(void **state) {
  shop *self = *state;
  int64_t id = start_customers(self);
  shop_refused(self, BASE_INVALID_ARGUMENT, "import.data",
               data_params(self, id, 0,
                           base_slice_make("\xff\xfe"
                                           "n\0",
                                           4),
                           true));
  assert_non_null(strstr(self->error.message, "UTF-16"));
}

/* --- columns ------------------------------------------------------------------------------------- */

static int64_t start_mapped(shop *self, base_slice mapping) {
  base_slice params = shop_map(self, "tr", "type", "customer", "mapping", mapping);
  return data_map_integer(shop_call(self, "import.start", params), "id", 0);
}

static void columns_are_mapped(void **state) {
  shop *self = *state;
  static const char file[] = "姓名,手机,备注2,NAME2,Phone,编号\n王秀兰,13800001001,x,y,,7\n";
  static const uint8_t nil[] = {0xc0};
  base_slice none = base_slice_make(nil, 1);
  int64_t id = start_customers(self);
  shop_refused(self, BASE_INVALID_ARGUMENT, "import.data",
               data_params(self, id, 0, base_slice_text(file), true));
  assert_string_equal(self->error.field, "mapping");
  assert_non_null(strstr(self->error.message, "姓名"));
  /* The import goes on as if nothing had come. */
  assert_int_equal(data_map_integer(status_of(self, id), "offset", -1), 0);
  id = start_mapped(self, shop_map(self, "ttrrr", "姓名", "name", "手机", "phone", "备注2", none,
                                   "NAME2", none, "Phone", none));
  assert_counts(send(self, id, 0, file, true), "done", 1, 1, 0);
  data_value ignored;
  assert_true(data_map_find(status_of(self, id), "ignored", &ignored));
  assert_int_equal(ignored.as.count, 4);
  /* Written the other way round it is understood too. */
  id = start_mapped(self, shop_map(self, "tt", "name", "姓名", "phone", "手机"));
  assert_counts(send(self, id, 0, "姓名,手机\n张建国,13800001002\n", true), "done", 1, 1, 0);
}

static void assert_header_refused(shop *self, const char *header, const char *part) {
  int64_t id = start_customers(self);
  shop_refused(self, BASE_INVALID_ARGUMENT, "import.data",
               data_params(self, id, 0, base_slice_text(header), true));
  if (strstr(self->error.message, part) == NULL) fail_msg("%s", self->error.message);
}

static void headers_that_make_no_sense_are_refused(void **state) {
  shop *self = *state;
  assert_header_refused(self, "name,名称\n", "two columns");
  assert_header_refused(self, "nam,phone\n", "name");
  assert_header_refused(self, "编号,订单数\n", "header");
  assert_header_refused(self, "\xff\xff\n", "");
}

static void readonly_columns_are_left_out(void **state) {
  shop *self = *state;
  int64_t id = start_customers(self);
  (void)send(self, id, 0, "编号,名称,订单数,created_at\n77,王秀兰,5,2026-03-07\n", true);
  base_slice made =
      shop_call(self, "record.get", shop_map(self, "ti", "type", "customer", "id", (int64_t)1));
  assert_int_equal(data_map_integer(made, "order_count", -1), 0);
}

static void references_by_number_or_unique_value(void **state) {
  shop *self = *state;
  int64_t id = start_dry(self);
  for (int round = 0; round < 2; round++) {
    (void)send(self, id, 0,
               "名称,电话,所属门店\n百草春药房,0531-88881234,\n王秀兰,13800001001,0531-88881234\n"
               "张建国,13800001002,1\n孙伟,13800001003,济世堂\n赵敏,13800001004,99\n",
               true);
    assert_counts(status_of(self, id), "done", 5, 3, 2);
    assert_failed(self, id, 4, 5, "REFERENCE_MISSING", "parent", "济世堂");
    assert_failed(self, id, 5, 6, "REFERENCE_MISSING", "parent", "99");
    id = start_customers(self);
  }
  base_slice made =
      shop_call(self, "record.get", shop_map(self, "ti", "type", "customer", "id", (int64_t)2));
  assert_int_equal(data_map_integer(made, "parent", 0), 1);
}

/* --- offsets ------------------------------------------------------------------------------------- */

static void a_repeated_chunk_has_no_second_effect(void **state) {
  shop *self = *state;
  int64_t id = start_customers(self);
  size_t half = strlen(HEADER) + 10;
  char first[64] = {0};
  static const char file[] = HEADER "王秀兰,13800001001,,,\n张建国,13800001002,,,\n";
  memcpy(first, file, half);
  (void)send(self, id, 0, first, false);
  base_slice status = send(self, id, 0, first, false);
  assert_int_equal(data_map_integer(status, "offset", 0), half);
  /* Half of it was accepted already. */
  status = send(self, id, 5, file + 5, true);
  assert_counts(status, "done", 2, 2, 0);
  assert_counts(send(self, id, 5, file + 5, true), "done", 2, 2, 0);
  assert_counts(send(self, id, 0, file, true), "done", 2, 2, 0);
  assert_int_equal(shop_count(self, "customer"), 2);
  shop_refused(self, BASE_TRANSITION_DENIED, "import.data",
               data_params(self, id, (int64_t)sizeof file - 1, base_slice_text("x"), false));
}

static void a_chunk_that_leaves_a_gap_is_refused(void **state) {
  shop *self = *state;
  int64_t id = start_customers(self);
  (void)send(self, id, 0, HEADER, false);
  shop_refused(self, BASE_INVALID_ARGUMENT, "import.data",
               data_params(self, id, 999, base_slice_text("x"), false));
  assert_string_equal(self->error.field, "offset");
  assert_int_equal(data_map_integer(self->error.data, "offset", -1), strlen(HEADER));
}

static void chunks_may_be_sent_ahead(void **state) {
  shop *self = *state;
  restart_with(self, (api_import_options){.commit_rows = 2});
  shop_flight flight;
  shop_flight_init(&flight);
  int64_t id = start_customers(self);
  base_buffer file = {0};
  base_buffer_text(&file, "name\n");
  for (int i = 0; i < 60; i++) base_buffer_format(&file, "顾客%d\n", i);
  shop_flight_hold(self, &flight);
  for (size_t at = 0; at < file.size; at += 100) {
    size_t piece = file.size - at < 100 ? file.size - at : 100;
    (void)shop_flight_send(
        self, &flight, "import.data",
        data_params(self, id, (int64_t)at, base_slice_make(file.data + at, piece),
                    at + piece == file.size));
  }
  shop_flight_land(&flight);
  for (size_t i = 0; i < flight.sent; i++) assert_int_equal(shop_flight_code(&flight, i), BASE_OK);
  assert_counts(status_of(self, id), "done", 60, 60, 0);
  shop_flight_fini(&flight);
  base_buffer_fini(&file);
}

/* --- commits and limits -------------------------------------------------------------------------- */

static void rows_share_commits_up_to_the_limit(void **state) {
  shop *self = *state;
  restart_with(self, (api_import_options){.commit_rows = 3});
  static const struct {
    const char *rows;
    uint64_t entries;
  } files[] = {{"name\n一\n二\n", 1}, {"name\n一\n二\n三\n", 2}, {"name\n一\n二\n三\n四\n", 2}};
  for (size_t i = 0; i < 3; i++) {
    int64_t id = start_customers(self);
    uint64_t before = shop_entries(self);
    (void)send(self, id, 0, files[i].rows, true);
    assert_int_equal(shop_entries(self) - before, files[i].entries);
    assert_text(shop_entry(self, 0).head.op, "import.data");
  }
}

/* The change set is the limit too, whatever commit_rows says. */
static void a_full_change_set_ends_the_commit(void **state) {
  shop *self = *state;
  shop_stop(self);
  self->change_set_bytes = 16384;
  begin_engine(self);
  base_buffer file = {0};
  base_buffer_text(&file, "name,note\n");
  for (int i = 0; i < 40; i++) base_buffer_format(&file, "顾客%d,%0*d\n", i, 100 * (i % 30), i);
  base_buffer_byte(&file, '\0');
  int64_t id = start_customers(self);
  uint64_t before = shop_entries(self);
  base_slice status = send_file(self, id, (const char *)file.data, 5000);
  base_buffer_fini(&file);
  assert_counts(status, "done", 40, 40, 0);
  assert_in_range(shop_entries(self) - before, 6, 40);
}

static void a_row_has_a_most_of_bytes(void **state) {
  shop *self = *state;
  restart_with(self, (api_import_options){.row_bytes = 100});
  char row[160] = "name\n";
  for (size_t size = 99; size <= 101; size++) {
    memset(row + 5, 'a', size - 1);
    (void)snprintf(row + 5 + size - 1, 20, "\nb\n");
    int64_t id = start_customers(self);
    (void)send(self, id, 0, row, true);
    assert_counts(status_of(self, id), "done", 2, size > 100 ? 1 : 2, size > 100 ? 1 : 0);
    if (size > 100) assert_text(data_map_text(result_of(self, id, 1), "code"), "TOO_LARGE");
  }
  /* Without an end in sight nobody knows where the next row begins. */
  int64_t id = start_customers(self);
  memset(row + 5, 'a', 101);
  row[106] = '\0';
  row[5] = '"';
  assert_counts(send(self, id, 0, row, false), "failed", 0, 0, 0);
}

static void failures_are_kept_whole_up_to_a_number(void **state) {
  shop *self = *state;
  restart_with(self, (api_import_options){.failures = 2});
  int64_t id = start_customers(self);
  (void)send(self, id, 0, "name,phone\n甲,1\n乙,2\n丙,3\n", true);
  assert_counts(status_of(self, id), "done", 3, 0, 3);
  assert_failed(self, id, 2, 3, "VALIDATION_FAILED", "phone", "2");
  assert_failed(self, id, 3, 4, "VALIDATION_FAILED", "phone", "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, imports_begin, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_bad_row_costs_only_itself),
      TEST(chunks_of_any_size_are_the_same_file),
      TEST(encodings_are_found_out),
      TEST(bytes_of_no_encoding_cost_their_row),
      TEST(a_utf16_file_is_refused),
      TEST(columns_are_mapped),
      TEST(headers_that_make_no_sense_are_refused),
      TEST(readonly_columns_are_left_out),
      TEST(references_by_number_or_unique_value),
      TEST(a_repeated_chunk_has_no_second_effect),
      TEST(a_chunk_that_leaves_a_gap_is_refused),
      TEST(chunks_may_be_sent_ahead),
      TEST(rows_share_commits_up_to_the_limit),
      TEST(a_full_change_set_ends_the_commit),
      TEST(a_row_has_a_most_of_bytes),
      TEST(failures_are_kept_whole_up_to_a_number),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
