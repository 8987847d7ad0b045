/* pinyin: readings of common, polyphonic and rare characters, those of family names first; what people
 * type for ü. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "data/data.h"

static uint32_t point_of(const char *character) {
  base_arena *arena = base_arena_new();
  data_letters letters = data_letters_read(base_slice_text(character), 1, arena);
  uint32_t point = letters.count == 0 ? 0 : letters.items[0].point;
  base_arena_free(arena);
  return point;
}

/* The readings, a blank between. */
static void read_as(const char *character, const char *expected) {
  const char *readings[DATA_PINYIN_READINGS];
  char line[64] = "";
  size_t count = data_pinyin_readings(point_of(character), readings);
  for (size_t i = 0; i < count; i++) {
    if (i > 0) strcat(line, " ");
    strcat(line, readings[i]);
  }
  if (strcmp(line, expected) != 0)
    fail_msg("%s reads \"%s\", not \"%s\"", character, line, expected);
}

static void usual_characters(void **state) {
  (void)state;
  read_as("张", "zhang");
  read_as("王", "wang");
  read_as("一", "yi");
  read_as("龥", "yu");
  read_as("吕", "lv");
  read_as("略", "lve");
  read_as("儿", "er");
  read_as("嗯", "en");
}

static void every_usual_reading_of_polyphonic_characters(void **state) {
  (void)state;
  read_as("行", "xing hang heng");
  read_as("重", "chong zhong");
  read_as("率", "lv shuai");
  read_as("长", "zhang chang");
  read_as("藏", "zang cang");
  read_as("和", "he huo hu");
}

static void readings_of_family_names_come_first(void **state) {
  (void)state;
  static const char *const names[][2] = {
      {"曾", "zeng"}, {"单", "shan"}, {"仇", "qiu"},  {"区", "ou"},    {"解", "xie"},
      {"查", "zha"},  {"盖", "ge"},   {"朴", "piao"}, {"乐", "yue"},   {"翟", "zhai"},
      {"缪", "miao"}, {"覃", "qin"},  {"员", "yun"},  {"种", "chong"}, {"折", "she"},
      {"召", "shao"}, {"祭", "zhai"}, {"句", "gou"},  {"秘", "bi"},    {"尉", "yu"},
      {"万", "wan"},  {"俟", "qi"},   {"澹", "tan"},  {"冼", "xian"},  {"单", "shan"},
      {"單", "shan"}, {"區", "ou"},   {"蓋", "ge"},   {"繁", "po"},    {"黑", "he"},
      {"任", "ren"},  {"华", "hua"},  {"宁", "ning"}, {"葛", "ge"},    {"纪", "ji"},
      {"燕", "yan"}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *readings[DATA_PINYIN_READINGS];
    assert_true(data_pinyin_readings(point_of(names[i][0]), readings) > 0);
    assert_string_equal(readings[0], names[i][1]);
  }
}

static void characters_outside_the_basic_block(void **state) {
  (void)state;
  read_as("䶮", "yan");  /* U+4DAE */
  read_as("〇", "ling"); /* U+3007 */
  read_as("𠙶", "ou");   /* U+20676, of the Table of General Standard Characters */
}

static void what_has_no_reading(void **state) {
  (void)state;
  const char *readings[DATA_PINYIN_READINGS];
  assert_int_equal(data_pinyin_readings('a', readings), 0);
  assert_int_equal(data_pinyin_readings(0x3042, readings), 0); /* hiragana */
  assert_int_equal(data_pinyin_readings(0xac00, readings), 0); /* hangul */
  assert_int_equal(data_pinyin_readings(0x33ff, readings), 0); /* below the table */
  assert_int_equal(data_pinyin_readings(0x10ffff, readings), 0);
}

static bool begins(const char *syllable, const char *typed) {
  return data_pinyin_begins(syllable, base_slice_text(typed));
}

static void u_with_dots_is_typed_v_or_u(void **state) {
  (void)state;
  assert_true(begins("lv", "lv") && begins("lv", "lu") && begins("nve", "nue"));
  assert_true(begins("ju", "ju") && begins("ju", "jv") && begins("xuan", "xvan"));
  assert_false(begins("lu", "lv")); /* 路 has no ü */
  assert_false(begins("guo", "gvo"));
  assert_true(begins("zhang", "z") && begins("zhang", "zhan") && begins("zhang", ""));
  assert_false(begins("zhang", "zhangs") || begins("zhang", "zang"));
}

static void syllables_are_in_order(void **state) {
  (void)state;
  assert_true(data_pinyin_count() > 400);
  for (size_t i = 0; i < data_pinyin_count(); i++) {
    const char *syllable = data_pinyin_syllable(i);
    assert_in_range(strlen(syllable), 1, DATA_PINYIN_SIZE);
    assert_int_equal(strspn(syllable, "abcdefghijklmnopqrstuvwxyz"), strlen(syllable));
    if (i > 0) assert_true(strcmp(data_pinyin_syllable(i - 1), syllable) < 0);
  }
}

static void every_character_has_few_readings(void **state) {
  (void)state;
  size_t read = 0;
  for (uint32_t point = 0; point < 0x30000; point++) {
    const char *readings[DATA_PINYIN_READINGS];
    size_t count = data_pinyin_readings(point, readings);
    assert_in_range(count, 0, DATA_PINYIN_READINGS);
    read += count > 0;
  }
  assert_true(read > 26000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(usual_characters),
      cmocka_unit_test(every_usual_reading_of_polyphonic_characters),
      cmocka_unit_test(readings_of_family_names_come_first),
      cmocka_unit_test(characters_outside_the_basic_block),
      cmocka_unit_test(what_has_no_reading),
      cmocka_unit_test(u_with_dots_is_typed_v_or_u),
      cmocka_unit_test(syllables_are_in_order),
      cmocka_unit_test(every_character_has_few_readings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
