/* validate: decimal numbers, durations, lunar dates, paths and files: what is taken, its normal form,
 * and what is told of the rest. */
#include "data/validate.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>

#include "data/append.h"
#include "data/file.h"
#include "data/tree.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const data_field fields[] = {
    {.name = "dose", .kind = DATA_KIND_DECIMAL},
    {.name = "price",
     .kind = DATA_KIND_DECIMAL,
     .label_zh = "单价",
     .label_en = "price",
     .bounded = true,
     .min = -5,
     .max = 1000},
    {.name = "rates", .kind = DATA_KIND_LIST, .of = DATA_KIND_DECIMAL},
    {.name = "wait", .kind = DATA_KIND_DURATION},
    {.name = "break", .kind = DATA_KIND_DURATION, .bounded = true, .min = 60000, .max = 3600000},
    {.name = "born", .kind = DATA_KIND_LUNAR_DATE},
    {.name = "region", .kind = DATA_KIND_TREE},
    {.name = "areas", .kind = DATA_KIND_LIST, .of = DATA_KIND_TREE},
    {.name = "photo", .kind = DATA_KIND_FILE},
    {.name = "scans", .kind = DATA_KIND_LIST, .of = DATA_KIND_FILE},
    {0},
};

static base_code validate(const char *key, base_slice value, base_buffer *out, base_error *error) {
  base_buffer map = {0};
  data_append_map(&map, 1);
  data_append_pair_raw(&map, key, value);
  base_code code =
      data_validate(fields, base_buffer_slice(&map), 0, BASE_VALIDATION_FAILED, out, error);
  base_buffer_fini(&map);
  return code;
}

static void assert_accepted(const char *key, base_slice value, base_slice normal) {
  base_buffer out = {0};
  base_error error = {.language = BASE_EN};
  data_value got;
  if (validate(key, value, &out, &error) != BASE_OK) fail_msg("%s: %s", error.field, error.message);
  assert_true(data_map_find(base_buffer_slice(&out), key, &got));
  assert_true(base_slice_equal(got.raw, normal));
  base_buffer_fini(&out);
}

static void assert_refused(const char *key, base_slice value, const char *path, const char *part) {
  base_buffer out = {0};
  base_error error = {.language = BASE_EN};
  assert_int_equal(validate(key, value, &out, &error), BASE_VALIDATION_FAILED);
  assert_string_equal(error.field, path);
  if (strstr(error.message, part) == NULL) fail_msg("%s: %s", error.message, part);
  assert_int_equal(out.size, 0);
  base_error chinese = {.language = BASE_ZH};
  assert_int_equal(validate(key, value, &out, &chinese), BASE_VALIDATION_FAILED);
  assert_string_equal(chinese.field, path);
  assert_string_not_equal(chinese.message, error.message);
  base_buffer_fini(&out);
}

static base_slice text_value(base_buffer *out, const char *text) {
  base_buffer_clear(out);
  data_append_text(out, text);
  return base_buffer_slice(out);
}

static void text_becomes(const char *key, const char *given, const char *normal) {
  base_buffer a = {0};
  base_buffer b = {0};
  assert_accepted(key, text_value(&a, given), text_value(&b, normal));
  base_buffer_fini(&a);
  base_buffer_fini(&b);
}

static void text_refused(const char *key, const char *given, const char *part) {
  base_buffer value = {0};
  assert_refused(key, text_value(&value, given), key, part);
  base_buffer_fini(&value);
}

static base_slice integer_value(base_buffer *out, int64_t number) {
  base_buffer_clear(out);
  data_append_integer(out, number);
  return base_buffer_slice(out);
}

static void assert_integer_kept(const char *key, int64_t number) {
  base_buffer value = {0};
  (void)integer_value(&value, number);
  assert_accepted(key, base_buffer_slice(&value), base_buffer_slice(&value));
  base_buffer_fini(&value);
}

static void decimal_numbers(void **state) {
  (void)state;
  base_buffer a = {0};
  base_buffer b = {0};
  text_becomes("dose", "12.50", "12.5");
  text_becomes("dose", " １２．５　", "12.5");
  text_becomes("dose", "-0.00", "0");
  assert_accepted("dose", integer_value(&a, 12), text_value(&b, "12"));
  assert_accepted("dose", integer_value(&a, INT64_MIN), text_value(&b, "-9223372036854775808"));
  text_becomes("price", "1000.000", "1000");
  text_becomes("price", "-5", "-5");
  text_refused("price", "1000.000000000000000001", "must be at most 1000, got 1000.0");
  text_refused("price", "-5.01", "must be at least -5, got -5.01");
  assert_refused("price", integer_value(&a, 1001), "price", "at most 1000");
  text_refused("dose", "12,5", "write it as 12.5");
  text_refused("dose", "", "is not a decimal number");
  text_refused("dose", "0.1234567890123456789", "18 of them behind the point");
  assert_refused("dose", base_slice_make("\xcb\x40\x29\x00\x00\x00\x00\x00\x00", 9), "dose",
                 "a decimal number as text");
  base_buffer_clear(&a);
  data_append_array(&a, 2);
  data_append_text(&a, "0.50");
  data_append_integer(&a, 3);
  base_buffer_clear(&b);
  data_append_array(&b, 2);
  data_append_text(&b, "0.5");
  data_append_text(&b, "3");
  assert_accepted("rates", base_buffer_slice(&a), base_buffer_slice(&b));
  base_buffer_fini(&a);
  base_buffer_fini(&b);
}

static void durations(void **state) {
  (void)state;
  base_buffer value = {0};
  static const int64_t taken[] = {0, 1, 5400000, (INT64_C(1) << 53) - 1};
  for (size_t i = 0; i < 4; i++) {
    assert_integer_kept("wait", taken[i]);
  }
  assert_refused("wait", integer_value(&value, -1), "wait", "from 0 on");
  assert_refused("wait", integer_value(&value, INT64_C(1) << 53), "wait", "from 0 on");
  assert_integer_kept("break", 60000);
  assert_integer_kept("break", 3600000);
  assert_refused("break", integer_value(&value, 59999), "break", "at least 60000");
  assert_refused("break", integer_value(&value, 3600001), "break", "at most 3600000");
  text_refused("wait", "90", "an integer duration");
  base_buffer_fini(&value);
}

static void lunar_dates(void **state) {
  (void)state;
  text_becomes("born", "1987-06L-15", "1987-06L-15");
  text_becomes("born", " １９８７年闰６月１５日 ", "1987-06L-15");
  text_becomes("born", "一九五八年正月初一", "1958-01-01");
  text_becomes("born", "2099-12-30", "2099-12-30");
  text_refused("born", "2100-01-01", "1901 to 2099");
  text_refused("born", "1988-06L-15", "there is no lunar date");
  text_refused("born", "2025-12-30", "there is no lunar date");
  assert_refused("born", base_slice_make("\x05", 1), "born", "a lunar date as text");
}

static void paths(void **state) {
  (void)state;
  base_buffer value = {0};
  char longest[DATA_TREE_MAX + 2];
  text_becomes("region", " 国内 ／ 山东/济南 ", "国内/山东/济南");
  memset(longest, 'a', sizeof longest);
  longest[DATA_TREE_MAX] = '\0';
  text_becomes("region", longest, longest);
  longest[DATA_TREE_MAX] = 'a';
  longest[DATA_TREE_MAX + 1] = '\0';
  text_refused("region", longest, "at most 8 names and 160 bytes");
  text_refused("region", "1/2/3/4/5/6/7/8/9", "is not a path");
  text_refused("region", "国内//济南", "is not a path");
  data_append_array(&value, 2);
  data_append_text(&value, "国内/山东");
  data_append_text(&value, "国外/");
  assert_refused("areas", base_buffer_slice(&value), "areas[1]", "is not a path");
  base_buffer_fini(&value);
}

/* --- files --------------------------------------------------------------------------------------- */

static base_slice file_value(base_buffer *out, const char *hash, int64_t size, const char *name,
                             const char *media) {
  base_buffer_clear(out);
  data_append_map(out, 4);
  data_append_pair_text(out, "media", media);
  data_append_pair_text(out, "name", name);
  data_append_pair_integer(out, "size", size);
  data_append_pair_text(out, "sha256", hash);
  return base_buffer_slice(out);
}

static void files_are_maps_in_order(void **state) {
  (void)state;
  base_buffer given = {0};
  base_buffer normal = {0};
  data_append_map(&normal, 4);
  data_append_pair_text(&normal, "sha256", HASH);
  data_append_pair_integer(&normal, "size", 20480);
  data_append_pair_text(&normal, "name", "门头照.jpg");
  data_append_pair_text(&normal, "media", "image/jpeg");
  assert_accepted("photo", file_value(&given, HASH, 20480, " 门头照.jpg ", "image/jpeg"),
                  base_buffer_slice(&normal));
  (void)file_value(&given, HASH, 0, "合同", "application/vnd.openxmlformats-officedocument.x+zip");
  assert_int_equal(validate("photo", base_buffer_slice(&given), &normal, &(base_error){0}),
                   BASE_OK);
  base_buffer_fini(&given);
  base_buffer_fini(&normal);
}

static void parts_of_files_are_checked(void **state) {
  (void)state;
  base_buffer v = {0};
  char name[DATA_FILE_NAME_MAX + 2];
  static const char *const names[] = {"a/b.jpg", "a\\b", "..", ".", "a\nb", "\x7f"};
  static const char *const medias[] = {"jpeg", "image/", "/jpeg", "image/a/b", "image/jp g"};
  assert_refused("photo", file_value(&v, "abc", 1, "a", "a/b"), "photo.sha256", "at least 64");
  assert_refused("photo", file_value(&v, HASH "0", 1, "a", "a/b"), "photo.sha256", "at most 64");
  assert_refused("photo",
                 file_value(&v, "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
                            1, "a", "a/b"),
                 "photo.sha256", "64 small hex digits");
  assert_refused("photo", file_value(&v, HASH, -1, "a", "a/b"), "photo.size", "at least 0");
  assert_refused("photo", file_value(&v, HASH, DATA_FILE_SIZE_MAX + 1, "a", "a/b"), "photo.size",
                 "at most");
  assert_refused("photo", file_value(&v, HASH, 1, "", "a/b"), "photo.name", "required");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    assert_refused("photo", file_value(&v, HASH, 1, names[i], "a/b"), "photo.name",
                   "a file's name");
  }
  for (size_t i = 0; i < sizeof medias / sizeof medias[0]; i++) {
    assert_refused("photo", file_value(&v, HASH, 1, "a", medias[i]), "photo.media", "image/jpeg");
  }
  memset(name, 'a', sizeof name);
  name[DATA_FILE_NAME_MAX + 1] = '\0';
  assert_refused("photo", file_value(&v, HASH, 1, name, "a/b"), "photo.name", "at most 255");
  name[DATA_FILE_NAME_MAX] = '\0';
  base_buffer out = {0};
  assert_int_equal(validate("photo", file_value(&v, HASH, DATA_FILE_SIZE_MAX, name, "a/b"), &out,
                            &(base_error){0}),
                   BASE_OK);
  base_buffer_fini(&out);
  base_buffer_fini(&v);
}

static void files_are_whole(void **state) {
  (void)state;
  base_buffer v = {0};
  data_append_map(&v, 1);
  data_append_pair_text(&v, "sha256", HASH);
  assert_refused("photo", base_buffer_slice(&v), "photo.size", "required");
  base_buffer_clear(&v);
  data_append_map(&v, 1);
  data_append_pair_text(&v, "path", "/etc/passwd");
  assert_refused("photo", base_buffer_slice(&v), "photo.path", "there is no field");
  text_refused("photo", HASH, "a file's map");
  base_buffer_clear(&v);
  data_append_array(&v, 1);
  data_append_map(&v, 0);
  assert_refused("scans", base_buffer_slice(&v), "scans[0].sha256", "required");
  base_buffer_fini(&v);
}

/* --- as packages write them ---------------------------------------------------------------------- */

static void defaults_are_kept_in_normal_form(void **state) {
  (void)state;
  base_arena *arena = base_arena_new();
  base_error error = {.language = BASE_EN};
  const data_field *read = NULL;
  base_buffer list = {0};
  base_buffer out = {0};
  static const char *const kinds[][2] = {
      {"decimal", "1.50"}, {"lunar_date", "2025年闰六月初一"}, {"tree", "国内 / 山东"}};
  data_append_array(&list, 4);
  for (size_t i = 0; i < 3; i++) {
    data_append_map(&list, 3);
    data_append_pair_text(&list, "name", kinds[i][0]);
    data_append_pair_text(&list, "kind", kinds[i][0]);
    data_append_pair_text(&list, "default", kinds[i][1]);
  }
  data_append_map(&list, 3);
  data_append_pair_text(&list, "name", "wait");
  data_append_pair_text(&list, "kind", "duration");
  data_append_pair_integer(&list, "default", 60000);
  if (data_field_read(base_buffer_slice(&list), arena, &read, &error) != BASE_OK) {
    fail_msg("%s: %s", error.field, error.message);
  }
  base_slice empty = {0};
  assert_int_equal(
      data_validate(read, empty, DATA_VALIDATE_DEFAULTS, BASE_INVALID_ARGUMENT, &out, &error),
      BASE_OK);
  base_slice made = base_buffer_slice(&out);
  assert_true(base_slice_is(data_map_text(made, "decimal"), "1.5"));
  assert_true(base_slice_is(data_map_text(made, "lunar_date"), "2025-06L-01"));
  assert_true(base_slice_is(data_map_text(made, "tree"), "国内/山东"));
  assert_int_equal(data_map_integer(made, "wait", 0), 60000);
  base_buffer_fini(&list);
  base_buffer_fini(&out);
  base_arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(decimal_numbers),
      cmocka_unit_test(durations),
      cmocka_unit_test(lunar_dates),
      cmocka_unit_test(paths),
      cmocka_unit_test(files_are_maps_in_order),
      cmocka_unit_test(parts_of_files_are_checked),
      cmocka_unit_test(files_are_whole),
      cmocka_unit_test(defaults_are_kept_in_normal_form),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
