/* validate: the normal form of what is right, and a code, a path and a hint for what is not. */
#include "data/validate.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

#include "data/append.h"

#define BYTES(literal) base_slice_make((literal), sizeof(literal) - 1)

static const char *const levels[] = {"normal", "vip", "blacklist", NULL};

static const data_field line_fields[] = {
    {.name = "product", .kind = DATA_KIND_REFERENCE, .flags = DATA_REQUIRED, .to = "product"},
    {.name = "quantity",
     .kind = DATA_KIND_INTEGER,
     .flags = DATA_REQUIRED,
     .label_zh = "数量",
     .label_en = "Quantity",
     .bounded = true,
     .min = 1,
     .max = 9999},
    {.name = "repurchase_on", .kind = DATA_KIND_DATE, .flags = DATA_READONLY},
    {0},
};

static const data_field address_fields[] = {
    {.name = "city", .kind = DATA_KIND_TEXT, .flags = DATA_REQUIRED},
    {0},
};

static const data_field fields[] = {
    {.name = "name",
     .kind = DATA_KIND_TEXT,
     .flags = DATA_REQUIRED,
     .label_zh = "姓名",
     .bounded = true,
     .min = 2,
     .max = 30},
    {.name = "phone", .kind = DATA_KIND_PHONE},
    {.name = "email", .kind = DATA_KIND_EMAIL},
    {.name = "born_on", .kind = DATA_KIND_DATE},
    {.name = "level", .kind = DATA_KIND_CHOICE, .choices = levels, .initial = "normal"},
    {.name = "balance", .kind = DATA_KIND_MONEY},
    {.name = "seen_at", .kind = DATA_KIND_DATETIME},
    {.name = "member", .kind = DATA_KIND_BOOLEAN},
    {.name = "tags", .kind = DATA_KIND_TAGS, .bounded = true, .max = 3},
    {.name = "number", .kind = DATA_KIND_INTEGER, .flags = DATA_READONLY},
    {.name = "address", .kind = DATA_KIND_MAP, .fields = address_fields},
    {.name = "lines",
     .kind = DATA_KIND_LIST,
     .of = DATA_KIND_MAP,
     .fields = line_fields,
     .bounded = true,
     .min = 1,
     .max = 5},
    {.name = "weeks", .kind = DATA_KIND_LIST, .of = DATA_KIND_INTEGER},
    {.name = "extra", .kind = DATA_KIND_ANY},
    {0},
};

/* A map of a good name and, where there is a key, one more pair. */
static base_slice with(base_buffer *out, const char *key, base_slice value) {
  base_buffer_clear(out);
  data_append_map(out, 2);
  data_append_pair_text(out, "name", "王芳");
  data_append_pair_raw(out, key, value);
  return base_buffer_slice(out);
}

static base_slice text_value(base_buffer *out, const char *text) {
  base_buffer_clear(out);
  data_append_text(out, text);
  return base_buffer_slice(out);
}

/* The value that `key` has in the normal form. */
static void assert_accepted(const char *key, base_slice value, base_slice normal) {
  base_buffer map = {0};
  base_buffer out = {0};
  base_error error = {.language = BASE_EN};
  data_value got;
  base_code code =
      data_validate(fields, with(&map, key, value), 0, BASE_INVALID_ARGUMENT, &out, &error);
  if (code != BASE_OK) fail_msg("%s: %s", error.field, error.message);
  assert_true(data_map_find(base_buffer_slice(&out), key, &got));
  assert_int_equal(got.raw.size, normal.size);
  assert_memory_equal(got.raw.data, normal.data, normal.size);
  base_buffer_fini(&map);
  base_buffer_fini(&out);
}

static void assert_text_accepted(const char *key, const char *given, const char *normal) {
  base_buffer a = {0};
  base_buffer b = {0};
  assert_accepted(key, text_value(&a, given), text_value(&b, normal));
  base_buffer_fini(&a);
  base_buffer_fini(&b);
}

/* Refused with that path, and a message with that part, in English; and in Chinese as well. */
static void assert_refused(const char *key, base_slice value, const char *path, const char *part) {
  base_buffer map = {0};
  base_buffer out = {0};
  base_error error = {.language = BASE_EN};
  base_buffer_byte(&out, 'x');
  assert_int_equal(
      data_validate(fields, with(&map, key, value), 0, BASE_VALIDATION_FAILED, &out, &error),
      BASE_VALIDATION_FAILED);
  assert_int_equal(error.code, BASE_VALIDATION_FAILED);
  assert_string_equal(error.field, path);
  if (strstr(error.message, part) == NULL) fail_msg("%s: %s", error.message, part);
  assert_int_equal(out.size, 1);
  base_error chinese = {.language = BASE_ZH};
  (void)data_validate(fields, base_buffer_slice(&map), 0, BASE_VALIDATION_FAILED, &out, &chinese);
  assert_string_equal(chinese.field, path);
  assert_string_not_equal(chinese.message, error.message);
  base_buffer_fini(&map);
  base_buffer_fini(&out);
}

static void assert_text_refused(const char *key, const char *given, const char *part) {
  base_buffer value = {0};
  assert_refused(key, text_value(&value, given), key, part);
  base_buffer_fini(&value);
}

static void texts_are_trimmed_and_bounded(void **state) {
  (void)state;
  base_buffer map = {0};
  base_buffer out = {0};
  base_error error = {.language = BASE_EN};
  data_append_map(&map, 1);
  data_append_pair_text(&map, "name", "　 李静\t ");
  assert_int_equal(
      data_validate(fields, base_buffer_slice(&map), 0, BASE_INVALID_ARGUMENT, &out, &error),
      BASE_OK);
  assert_true(base_slice_is(data_map_text(base_buffer_slice(&out), "name"), "李静"));
  static const char *const wrong[] = {"", " 　", "x", "1234567890123456789012345678901"};
  static const char *const parts[] = {"required", "required", "at least 2 bytes", "at most 30"};
  for (size_t i = 0; i < 4; i++) {
    base_buffer_clear(&map);
    data_append_map(&map, 1);
    data_append_pair_text(&map, "name", wrong[i]);
    assert_int_equal(
        data_validate(fields, base_buffer_slice(&map), 0, BASE_INVALID_ARGUMENT, &out, &error),
        BASE_INVALID_ARGUMENT);
    assert_string_equal(error.field, "name");
    assert_non_null(strstr(error.message, parts[i]));
  }
  base_buffer_fini(&map);
  base_buffer_fini(&out);
}

static void dates_are_accepted_in_one_notation(void **state) {
  (void)state;
  assert_text_accepted("born_on", "1956-03-07", "1956-03-07");
  assert_text_accepted("born_on", " １９５６－０３－０７　", "1956-03-07");
  assert_text_refused("born_on", "2026/3/7", "write it as 2026-03-07");
  assert_text_refused("born_on", "1956年12月1日", "write it as 1956-12-01");
  assert_text_refused("born_on", "2026-02-29", "not a date");
  assert_text_refused("born_on", "明天", "write it as");
  assert_text_refused("born_on", "1 2 3 4", "write it as 2026-03-07");
  assert_text_refused("born_on", "99999999999999999999-1-1", "write it as 2026-03-07");
  assert_refused("born_on", BYTES("\x05"), "born_on", "a date as text");
}

static void phones_and_emails(void **state) {
  (void)state;
  assert_text_accepted("phone", " 0531-88881234 ", "0531-88881234");
  assert_text_accepted("phone", "１３８－００００－１００１", "138-0000-1001");
  assert_text_refused("phone", "12", "5 to 20 digits");
  assert_text_refused("phone", "打手机", "not a phone number");
  assert_text_accepted("email", "wang.fang+1@example.com.cn", "wang.fang+1@example.com.cn");
  static const char *const wrong[] = {"x",        "@a.b",     "a@b",      "a@.b",       "a@b.",
                                      "a@b@c.de", "a b@c.de", "a,b@c.de", "a@c.de\x7f", "a@"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
    assert_text_refused("email", wrong[i], "not an e-mail address");
  }
}

static void choices_suggest_what_was_meant(void **state) {
  (void)state;
  assert_text_accepted("level", "vip", "vip");
  assert_text_refused("level", "blaklist", "did you mean \"blacklist\"");
  assert_text_refused("level", "高", "normal, vip, blacklist");
  assert_refused("level", BYTES("\x01"), "level", "got an integer");
}

static void numbers_are_integers_within_bounds(void **state) {
  (void)state;
  assert_accepted("balance", BYTES("\xd1\xff\x06"), BYTES("\xd1\xff\x06"));
  assert_accepted("balance", BYTES("\xcd\x00\x05"), BYTES("\x05")); /* the shortest form */
  assert_refused("balance", BYTES("\xcb\x40\x04\x00\x00\x00\x00\x00\x00"), "balance",
                 "got a float");
  assert_refused("balance",
                 BYTES("\xa1"
                       "5"),
                 "balance", "minor units");
  assert_refused("member", BYTES("\x01"), "member", "true or false");
  assert_accepted("member", BYTES("\xc2"), BYTES("\xc2"));
  assert_accepted("seen_at", BYTES("\x00"), BYTES("\x00"));
  assert_refused("seen_at", BYTES("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), "seen_at", "years");
}

static void tags_are_distinct_texts(void **state) {
  (void)state;
  assert_accepted("tags",
                  BYTES("\x92\xa3 a \xa1"
                        "b"),
                  BYTES("\x92\xa1"
                        "a\xa1"
                        "b"));
  assert_refused("tags",
                 BYTES("\x92\xa1"
                       "a\xa2 a"),
                 "tags[1]", "twice");
  assert_refused("tags",
                 BYTES("\x92\xa1"
                       "a\xa1 "),
                 "tags[1]", "empty");
  assert_refused("tags", BYTES("\x91\x05"), "tags[0]", "must be a text");
  assert_refused("tags",
                 BYTES("\xa1"
                       "a"),
                 "tags", "an array of texts");
  assert_refused("tags",
                 BYTES("\x94\xa1"
                       "a\xa1"
                       "b\xa1"
                       "c\xa1"
                       "d"),
                 "tags", "at most 3");
}

static void lists_name_the_element_at_fault(void **state) {
  (void)state;
  assert_accepted("lines", BYTES("\x91\x82\xa8quantity\x02\xa7product\x07"),
                  BYTES("\x91\x82\xa7product\x07\xa8quantity\x02"));
  assert_refused("lines", BYTES("\x91\x82\xa7product\x07\xa8quantity\xff"), "lines[0].quantity",
                 "Quantity (quantity) must be at least 1, got -1");
  assert_refused(
      "lines", BYTES("\x92\x82\xa7product\x07\xa8quantity\x01\x82\xa7product\x00\xa8quantity\x01"),
      "lines[1].product", "id");
  assert_refused("lines", BYTES("\x91\x81\xa7product\x07"), "lines[0].quantity", "missing");
  assert_refused("lines", BYTES("\x91\x83\xa7product\x07\xa8quantity\x01\xa7quantty\x01"),
                 "lines[0].quantty", "did you mean \"quantity\"");
  assert_refused("lines", BYTES("\x91\x05"), "lines[0]", "must be a map");
  assert_refused("lines", BYTES("\x80"), "lines", "must be an array, got a map");
  assert_refused("lines", BYTES("\x90"), "lines", "at least 1 entries");
  assert_accepted("weeks", BYTES("\x92\x01\xcc\x02"), BYTES("\x92\x01\x02"));
  assert_refused("weeks", BYTES("\x92\x01\xc0"), "weeks[1]", "got nil");
  assert_refused("address", BYTES("\x80"), "address.city", "required");
}

static void any_is_kept_as_it_is(void **state) {
  (void)state;
  base_slice odd = BYTES("\x82\xa1z\xcd\x00\x05\xa2 a\xc4\x01\xff");
  assert_accepted("extra", odd, odd);
}

static void unknown_fields_are_named(void **state) {
  (void)state;
  assert_refused("phon", BYTES("\xa1x"), "phon", "did you mean \"phone\"");
  assert_refused("氏名", BYTES("\xa1x"), "氏名", "there are: name, phone");
  base_buffer long_name = {0};
  for (int i = 0; i < 100; i++) base_buffer_text(&long_name, "长");
  base_buffer_byte(&long_name, 0);
  base_buffer map = {0};
  base_error error = {.language = BASE_EN};
  base_buffer out = {0};
  with(&map, (const char *)long_name.data, BYTES("\xc0"));
  assert_int_equal(
      data_validate(fields, base_buffer_slice(&map), 0, BASE_INVALID_ARGUMENT, &out, &error),
      BASE_INVALID_ARGUMENT);
  assert_int_equal(strlen(error.field), 63);
  base_buffer_fini(&long_name);
  base_buffer_fini(&map);
  base_buffer_fini(&out);
}

static void one_text_is_bounded_in_any_case(void **state) {
  (void)state;
  static const data_field note[] = {{.name = "note", .kind = DATA_KIND_TEXT}, {0}};
  char *typed = malloc(DATA_TEXT_MAX + 2);
  base_buffer map = {0};
  base_buffer out = {0};
  base_error error = {.language = BASE_EN};
  memset(typed, 'x', DATA_TEXT_MAX + 1);
  typed[DATA_TEXT_MAX + 1] = '\0';
  for (int more = 0; more <= 1; more++) {
    base_buffer_clear(&map);
    data_append_map(&map, 1);
    data_append_pair_slice(&map, "note", base_slice_make(typed, DATA_TEXT_MAX + (size_t)more));
    base_code code =
        data_validate(note, base_buffer_slice(&map), 0, BASE_INVALID_ARGUMENT, &out, &error);
    assert_int_equal(code, more ? BASE_INVALID_ARGUMENT : BASE_OK);
  }
  assert_non_null(strstr(error.message, "65536"));
  free(typed);
  base_buffer_fini(&map);
  base_buffer_fini(&out);
}

static base_code validate(base_slice map, unsigned flags, base_buffer *out, base_error *error) {
  base_buffer_clear(out);
  *error = (base_error){.language = BASE_EN};
  return data_validate(fields, map, flags, BASE_VALIDATION_FAILED, out, error);
}

static void missing_fields_and_patches(void **state) {
  (void)state;
  base_buffer out = {0};
  base_error error;
  base_slice none = base_slice_make(NULL, 0);
  assert_int_equal(validate(none, 0, &out, &error), BASE_VALIDATION_FAILED);
  assert_string_equal(error.field, "name");
  assert_int_equal(validate(BYTES("\x81\xa4name\xc0"), 0, &out, &error), BASE_VALIDATION_FAILED);
  assert_int_equal(validate(none, DATA_VALIDATE_PATCH, &out, &error), BASE_OK);
  assert_memory_equal(out.data, "\x80", 1);
  assert_int_equal(
      validate(BYTES("\x82\xa5phone\xc0\xa5level\xa3vip"), DATA_VALIDATE_PATCH, &out, &error),
      BASE_OK);
  assert_true(
      base_slice_equal(base_buffer_slice(&out), BYTES("\x82\xa5phone\xc0\xa5level\xa3vip")));
  assert_int_equal(validate(BYTES("\x81\xa4name\xc0"), DATA_VALIDATE_PATCH, &out, &error),
                   BASE_VALIDATION_FAILED);
  assert_non_null(strstr(error.message, "cleared"));
  /* What lies inside a value is whole also in a patch. */
  assert_int_equal(validate(BYTES("\x81\xa7"
                                  "address\x80"),
                            DATA_VALIDATE_PATCH, &out, &error),
                   BASE_VALIDATION_FAILED);
  assert_string_equal(error.field, "address.city");
  base_buffer_fini(&out);
}

static void nil_is_absent_outside_of_patches(void **state) {
  (void)state;
  base_buffer out = {0};
  base_error error;
  assert_int_equal(validate(BYTES("\x82\xa4name\xa2xy\xa5phone\xc0"), 0, &out, &error), BASE_OK);
  assert_true(base_slice_equal(base_buffer_slice(&out), BYTES("\x81\xa4name\xa2xy")));
  base_buffer_fini(&out);
}

static void defaults_fill_what_is_missing(void **state) {
  (void)state;
  base_buffer out = {0};
  base_error error;
  base_slice given = BYTES("\x81\xa4name\xa2xy");
  assert_int_equal(validate(given, DATA_VALIDATE_DEFAULTS, &out, &error), BASE_OK);
  assert_true(base_slice_is(data_map_text(base_buffer_slice(&out), "level"), "normal"));
  assert_int_equal(data_peek(base_buffer_slice(&out)).as.count, 2);
  assert_int_equal(validate(given, 0, &out, &error), BASE_OK);
  assert_int_equal(data_peek(base_buffer_slice(&out)).as.count, 1);
  base_buffer_fini(&out);
}

static void readonly_fields_are_for_the_server(void **state) {
  (void)state;
  base_buffer out = {0};
  base_error error;
  base_slice given = BYTES("\x82\xa4name\xa2xy\xa6number\x05");
  assert_int_equal(validate(given, 0, &out, &error), BASE_VALIDATION_FAILED);
  assert_string_equal(error.field, "number");
  assert_non_null(strstr(error.message, "set by the server"));
  assert_int_equal(validate(given, DATA_VALIDATE_TRUSTED, &out, &error), BASE_OK);
  assert_int_equal(data_map_integer(base_buffer_slice(&out), "number", 0), 5);
  base_buffer_fini(&out);
}

static void fields_come_out_in_the_tables_order(void **state) {
  (void)state;
  base_buffer out = {0};
  base_error error;
  base_slice given = BYTES(
      "\x84\xa5weeks\x90\xa6member\xc3\xa4name\xa2xy\xa5phone\xa5"
      "12345");
  assert_int_equal(validate(given, 0, &out, &error), BASE_OK);
  base_slice expected = BYTES(
      "\x84\xa4name\xa2xy\xa5phone\xa5"
      "12345\xa6member\xc3\xa5weeks\x90");
  assert_true(base_slice_equal(base_buffer_slice(&out), expected));
  base_buffer_fini(&out);
}

static void tables_without_fields_and_what_is_no_map(void **state) {
  (void)state;
  base_buffer out = {0};
  base_error error = {.language = BASE_EN};
  assert_int_equal(
      data_validate(NULL, base_slice_make(NULL, 0), 0, BASE_INVALID_ARGUMENT, &out, &error),
      BASE_OK);
  assert_int_equal(
      data_validate(NULL, BYTES("\x81\xa1x\x01"), 0, BASE_INVALID_ARGUMENT, &out, &error),
      BASE_INVALID_ARGUMENT);
  assert_string_equal(error.field, "x");
  assert_int_equal(validate(BYTES("\x91\x01"), 0, &out, &error), BASE_VALIDATION_FAILED);
  assert_non_null(strstr(error.message, "map"));
  base_buffer_fini(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_trimmed_and_bounded),
      cmocka_unit_test(dates_are_accepted_in_one_notation),
      cmocka_unit_test(phones_and_emails),
      cmocka_unit_test(choices_suggest_what_was_meant),
      cmocka_unit_test(numbers_are_integers_within_bounds),
      cmocka_unit_test(tags_are_distinct_texts),
      cmocka_unit_test(lists_name_the_element_at_fault),
      cmocka_unit_test(any_is_kept_as_it_is),
      cmocka_unit_test(unknown_fields_are_named),
      cmocka_unit_test(one_text_is_bounded_in_any_case),
      cmocka_unit_test(missing_fields_and_patches),
      cmocka_unit_test(nil_is_absent_outside_of_patches),
      cmocka_unit_test(defaults_fill_what_is_missing),
      cmocka_unit_test(readonly_fields_are_for_the_server),
      cmocka_unit_test(fields_come_out_in_the_tables_order),
      cmocka_unit_test(tables_without_fields_and_what_is_no_map),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
