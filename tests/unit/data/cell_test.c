/* cell: what people write in tables, and what a spreadsheet must not run. */
#include "data/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data/append.h"
#include "data/json.h"

static data_cell_rules rules = {.decimals = 2};

static int begin(void **state) {
  (void)state;
  base_error error = {.language = BASE_EN};
  return data_zone_find(base_slice_text("Asia/Shanghai"), &rules.zone, &error) == BASE_OK ? 0 : -1;
}

static int end(void **state) {
  (void)state;
  data_zone_fini();
  return 0;
}

/* The cell as JSON, or the field and text of its error. */
static void assert_cell(data_kind kind, const char *cell, const char *expected) {
  data_field field = {.name = "值", .kind = kind, .of = DATA_KIND_TEXT};
  base_error error = {.language = BASE_EN};
  base_buffer out = {0};
  base_buffer told = {0};
  base_code code =
      data_cell_read(&field, base_slice_text(cell), &rules, BASE_VALIDATION_FAILED, &out, &error);
  if (code == BASE_OK) {
    data_json_append(data_peek(base_buffer_slice(&out)), &told);
  } else {
    assert_int_equal(code, BASE_VALIDATION_FAILED);
    assert_string_equal(error.field, "值");
    assert_int_equal(out.size, 0);
    base_buffer_text(&told, "refused");
  }
  base_buffer_byte(&told, '\0');
  assert_string_equal((const char *)told.data, expected);
  base_buffer_fini(&out);
  base_buffer_fini(&told);
}

static void numbers_and_amounts(void **state) {
  (void)state;
  assert_cell(DATA_KIND_INTEGER, " 12 ", "12");
  assert_cell(DATA_KIND_INTEGER, "-1,234", "-1234");
  assert_cell(DATA_KIND_INTEGER, "12.00", "12");
  assert_cell(DATA_KIND_INTEGER, "１２", "12");
  assert_cell(DATA_KIND_INTEGER, "12.5", "refused");
  assert_cell(DATA_KIND_INTEGER, "十二", "refused");
  assert_cell(DATA_KIND_INTEGER, "99999999999999999999", "refused");
  assert_cell(DATA_KIND_MONEY, "12.50", "1250");
  assert_cell(DATA_KIND_MONEY, "12.5", "1250");
  assert_cell(DATA_KIND_MONEY, "-0.05", "-5");
  assert_cell(DATA_KIND_MONEY, "¥1,234.50", "123450");
  assert_cell(DATA_KIND_MONEY, "１２．５０元", "1250");
  assert_cell(DATA_KIND_MONEY, ".5", "50");
  assert_cell(DATA_KIND_MONEY, "12.505", "refused");
  assert_cell(DATA_KIND_MONEY, "1.2.3", "refused");
  assert_cell(DATA_KIND_MONEY, "-", "refused");
  assert_cell(DATA_KIND_MONEY, "", "null");
  rules.decimals = 0;
  assert_cell(DATA_KIND_MONEY, "1200", "1200");
  assert_cell(DATA_KIND_MONEY, "12.5", "refused");
  rules.decimals = 2;
}

static void currencies_have_their_decimals(void **state) {
  (void)state;
  assert_int_equal(data_money_decimals(base_slice_text("CNY")), 2);
  assert_int_equal(data_money_decimals(base_slice_text("JPY")), 0);
  assert_int_equal(data_money_decimals(base_slice_text("KWD")), 3);
  assert_int_equal(data_money_decimals(base_slice_text("")), 2);
}

static void days_in_every_spelling(void **state) {
  (void)state;
  static const char *const spellings[] = {
      "2026-03-07", "2026-3-7",     "2026/3/7",         "2026/03/07",    "2026.3.7",
      "20260307",   "2026年3月7日", "２０２６／３／７", "2026/3/7 0:00", "2026年03月07"};
  for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
    assert_cell(DATA_KIND_DATE, spellings[i], "\"2026-03-07\"");
  }
  assert_cell(DATA_KIND_DATE, "2026/2/30", "refused");
  assert_cell(DATA_KIND_DATE, "3/7/2026", "refused");
  assert_cell(DATA_KIND_DATE, "26/3/7", "refused");
  assert_cell(DATA_KIND_DATE, "2026/3-7", "refused");
  assert_cell(DATA_KIND_DATE, "2026/3/7 8:30", "refused");
  assert_cell(DATA_KIND_DATE, "明天", "refused");
}

static void instants_on_the_clock_of_the_zone(void **state) {
  (void)state;
  assert_cell(DATA_KIND_DATETIME, "2026-03-07 10:00", "1772848800000");
  assert_cell(DATA_KIND_DATETIME, "2026/3/7 10:00:30", "1772848830000");
  assert_cell(DATA_KIND_DATETIME, "2026-03-07T10:00:00+08:00", "1772848800000");
  assert_cell(DATA_KIND_DATETIME, "2026-03-07T02:00:00Z", "1772848800000");
  assert_cell(DATA_KIND_DATETIME, "1772848800000", "1772848800000");
  assert_cell(DATA_KIND_DATETIME, "2026-03-07", "1772812800000");
  assert_cell(DATA_KIND_DATETIME, "2026-03-07 25:00", "refused");
  assert_cell(DATA_KIND_DATETIME, "上午", "refused");
}

static void booleans_in_two_languages(void **state) {
  (void)state;
  static const char *const yes[] = {"是", "true", "TRUE", "1", "Yes", "１", "对"};
  static const char *const no[] = {"否", "false", "0", "NO", "不"};
  for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
    assert_cell(DATA_KIND_BOOLEAN, yes[i], "true");
  }
  for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
    assert_cell(DATA_KIND_BOOLEAN, no[i], "false");
  }
  assert_cell(DATA_KIND_BOOLEAN, "也许", "refused");
}

static void tags_lists_and_maps(void **state) {
  (void)state;
  assert_cell(DATA_KIND_TAGS, "重点;老客户； 药店、", "[\"重点\",\"老客户\",\"药店\"]");
  assert_cell(DATA_KIND_TAGS, "[\"甲;乙\"]", "[\"甲;乙\"]");
  assert_cell(DATA_KIND_TAGS, "[\"甲", "refused");
  assert_cell(DATA_KIND_LIST, "甲;乙", "[\"甲\",\"乙\"]");
  assert_cell(DATA_KIND_MAP, "{\"爱好\":\"书法\"}", "{\"爱好\":\"书法\"}");
  assert_cell(DATA_KIND_MAP, "爱好", "refused");
  assert_cell(DATA_KIND_TEXT, "  王秀兰　", "\"王秀兰\"");
  assert_cell(DATA_KIND_PHONE, "'+86 138", "\"+86 138\"");
}

/* --- writing ------------------------------------------------------------------------------------- */

static void assert_written(data_kind kind, const char *json, const char *expected) {
  data_field field = {.name = "值", .kind = kind, .of = DATA_KIND_TEXT};
  const data_limits limits = {.bytes = 4096, .depth = 8, .items = 100, .map_entries = 100};
  base_error error = {.language = BASE_EN};
  base_buffer value = {0};
  base_buffer cell = {0};
  base_buffer again = {0};
  assert_int_equal(data_json_read(base_slice_text(json), limits, &value, &error), BASE_OK);
  data_cell_append(&field, data_peek(base_buffer_slice(&value)), &rules, &cell);
  base_buffer_byte(&cell, '\0');
  assert_string_equal((const char *)cell.data, expected);
  assert_int_equal(data_cell_read(&field, base_slice_text((const char *)cell.data), &rules,
                                  BASE_VALIDATION_FAILED, &again, &error),
                   BASE_OK);
  assert_true(base_slice_equal(base_buffer_slice(&value), base_buffer_slice(&again)));
  base_buffer_fini(&value);
  base_buffer_fini(&cell);
  base_buffer_fini(&again);
}

static void what_is_written_reads_back(void **state) {
  (void)state;
  assert_written(DATA_KIND_TEXT, "null", "");
  assert_written(DATA_KIND_TEXT, "\"王秀兰\"", "王秀兰");
  assert_written(DATA_KIND_INTEGER, "-12", "-12");
  assert_written(DATA_KIND_MONEY, "-1250", "-12.50");
  assert_written(DATA_KIND_MONEY, "5", "0.05");
  assert_written(DATA_KIND_BOOLEAN, "true", "true");
  assert_written(DATA_KIND_DATE, "\"2026-03-07\"", "2026-03-07");
  assert_written(DATA_KIND_DATETIME, "1772848800000", "2026-03-07T10:00:00+08:00");
  assert_written(DATA_KIND_TAGS, "[\"重点\",\"老客户\"]", "重点; 老客户");
  assert_written(DATA_KIND_TAGS, "[\"甲;乙\"]", "[\"甲;乙\"]");
  assert_written(DATA_KIND_TAGS, "[]", "[]");
  assert_written(DATA_KIND_LIST, "[\"甲\",\" 乙\"]", "[\"甲\",\" 乙\"]");
  assert_written(DATA_KIND_MAP, "{\"爱好\":[1]}", "{\"爱好\":[1]}");
}

static void formulas_are_only_text(void **state) {
  (void)state;
  assert_written(DATA_KIND_TEXT, "\"=1+1\"", "'=1+1");
  assert_written(DATA_KIND_PHONE, "\"+86 138\"", "'+86 138");
  assert_written(DATA_KIND_TEXT, "\"-减\"", "'-减");
  assert_written(DATA_KIND_TEXT, "\"@公司\"", "'@公司");
  assert_written(DATA_KIND_TEXT, "\"'=1\"", "''=1");
  assert_written(DATA_KIND_TEXT, "\"'引\"", "'引");
  assert_written(DATA_KIND_TAGS, "[\"=甲\",\"乙\"]", "'=甲; 乙");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_and_amounts),
      cmocka_unit_test(currencies_have_their_decimals),
      cmocka_unit_test(days_in_every_spelling),
      cmocka_unit_test(instants_on_the_clock_of_the_zone),
      cmocka_unit_test(booleans_in_two_languages),
      cmocka_unit_test(tags_lists_and_maps),
      cmocka_unit_test(what_is_written_reads_back),
      cmocka_unit_test(formulas_are_only_text),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
