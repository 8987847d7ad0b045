/* csv: rows wherever a line may break, however the bytes arrive, and back to the same bytes. */
#include "data/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static base_slice text(const char *from) {
  return base_slice_text(from);
}

/* Rows as "a|b/c|d", with what is special about a row behind it. */
static void tell_row(const data_csv_row *row, base_buffer *out) {
  if (out->size > 0) base_buffer_byte(out, '/');
  for (size_t i = 0; i < row->count; i++) {
    if (i > 0) base_buffer_byte(out, '|');
    base_buffer_append(out, row->fields[i].data, row->fields[i].size);
  }
  if (row->blank_lines > 0) base_buffer_format(out, "(blank %zu)", row->blank_lines);
  if (row->lines != 1) base_buffer_format(out, "(lines %zu)", row->lines);
  if (row->unclosed) base_buffer_text(out, "(unclosed)");
}

/* The file in pieces of `step` bytes; each row begins where the one before ended. */
static void tell_file(base_slice file, size_t step, base_buffer *out) {
  data_csv *csv = data_csv_new();
  data_csv_row row;
  size_t from = 0;
  for (size_t come = 0; come < file.size;) {
    come = come + step < file.size ? come + step : file.size;
    bool last = come == file.size;
    while (data_csv_read(csv, base_slice_make(file.data + from, come - from), last, &row) ==
           DATA_CSV_ROW) {
      tell_row(&row, out);
      from += row.bytes;
    }
  }
  assert_int_equal(from + (from < file.size ? row.bytes : 0), file.size);
  data_csv_free(csv);
}

static void assert_rows(const char *file, const char *expected) {
  for (size_t step = 1; step <= strlen(file); step++) {
    base_buffer told = {0};
    tell_file(text(file), step, &told);
    base_buffer_byte(&told, '\0');
    assert_string_equal((const char *)told.data, expected);
    base_buffer_fini(&told);
  }
}

static void rows_end_at_any_line_break(void **state) {
  (void)state;
  assert_rows("姓名,电话\n王秀兰,1\n", "姓名|电话/王秀兰|1");
  assert_rows("姓名,电话\r\n王秀兰,1\r\n", "姓名|电话/王秀兰|1");
  assert_rows("姓名,电话\r王秀兰,1\r", "姓名|电话/王秀兰|1");
  assert_rows("姓名,电话\n王秀兰,1", "姓名|电话/王秀兰|1");
  assert_rows("一\r\n\r\n \t \n二\n\n", "一/二(blank 2)");
  assert_rows("\n\n一,\n,,二\n", "一|(blank 2)/||二");
}

static void quotes_hold_what_they_enclose(void **state) {
  (void)state;
  assert_rows("\"济南,历下\",\"他说\"\"好\"\"\"\n", "济南,历下|他说\"好\"");
  assert_rows("\"第一行\n第二行\r\n第三行\",b\nc\n", "第一行\n第二行\r\n第三行|b(lines 3)/c");
  assert_rows("a\"b,c\nd\n", "a\"b|c/d");
  assert_rows(" a , \" b \" \n", "a| b ");
  assert_rows("a,\"b\nc,d\n", "a(lines 2)(unclosed)");
}

static void a_file_of_blanks_has_no_row(void **state) {
  (void)state;
  data_csv *csv = data_csv_new();
  data_csv_row row;
  assert_int_equal(data_csv_read(csv, text(""), false, &row), DATA_CSV_MORE);
  assert_int_equal(data_csv_read(csv, text(""), true, &row), DATA_CSV_END);
  assert_int_equal(data_csv_read(csv, text(" \r\n\n\t"), true, &row), DATA_CSV_END);
  assert_int_equal(row.bytes, 5);
  assert_int_equal(data_csv_read(csv, text("a,b"), false, &row), DATA_CSV_MORE);
  assert_int_equal(data_csv_read(csv, text("c\n"), false, &row), DATA_CSV_ROW);
  assert_int_equal(row.count, 1);
  data_csv_free(csv);
}

static void written_rows_read_back(void **state) {
  (void)state;
  static const char *const fields[] = {"王秀兰",   "",      "a,b",  "他说\"好\"", "两\n行",
                                       " 有空格 ", "'=1+1", "一\r", "\"",         "末"};
  size_t count = sizeof fields / sizeof fields[0];
  base_buffer file = {0};
  for (size_t i = 0; i < count; i++) data_csv_append(text(fields[i]), i == 0, &file);
  data_csv_append_end(&file);
  data_csv *csv = data_csv_new();
  data_csv_row row;
  assert_int_equal(data_csv_read(csv, base_buffer_slice(&file), false, &row), DATA_CSV_ROW);
  assert_int_equal(row.bytes, file.size);
  assert_int_equal(row.count, count);
  for (size_t i = 0; i < count; i++) assert_true(base_slice_is(row.fields[i], fields[i]));
  data_csv_free(csv);
  base_buffer_fini(&file);
}

static void only_what_needs_quotes_gets_them(void **state) {
  (void)state;
  base_buffer file = {0};
  data_csv_append(text("王秀兰"), true, &file);
  data_csv_append(text("济南,历下"), false, &file);
  data_csv_append(text("12.50"), false, &file);
  data_csv_append_end(&file);
  assert_true(base_slice_is(base_buffer_slice(&file), "王秀兰,\"济南,历下\",12.50\r\n"));
  base_buffer_fini(&file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_end_at_any_line_break),
      cmocka_unit_test(quotes_hold_what_they_enclose),
      cmocka_unit_test(a_file_of_blanks_has_no_row),
      cmocka_unit_test(written_rows_read_back),
      cmocka_unit_test(only_what_needs_quotes_gets_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
