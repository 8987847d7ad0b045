/* letters: what is folded, what is left out, where words begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "data/data.h"

/* The letters; before one that begins a word "|", before one behind white space " ". */
static void read_as_most(const char *text, size_t most, const char *expected) {
  base_arena *arena = base_arena_new();
  base_buffer line = {0};
  data_letters letters = data_letters_read(base_slice_text(text), most, arena);
  for (size_t i = 0; i < letters.count; i++) {
    uint8_t bytes[4];
    if (letters.items[i].spaced) base_buffer_byte(&line, ' ');
    if (letters.items[i].starts) base_buffer_byte(&line, '|');
    base_buffer_append(&line, bytes, data_letter_write(letters.items[i].point, bytes));
  }
  bool same = base_slice_is(base_buffer_slice(&line), expected);
  if (!same) print_error("%.*s, not %s\n", BASE_SLICE_ARGS(base_buffer_slice(&line)), expected);
  base_buffer_fini(&line);
  base_arena_free(arena);
  assert_true(same);
}

static void read_as(const char *text, const char *expected) {
  read_as_most(text, 100, expected);
}

static void case_and_width_do_not_count(void **state) {
  (void)state;
  read_as("VC银翘片", "|vc|银翘片");
  read_as("ＶＣ银翘片１００", "|vc|银翘片|100");
  read_as("ｶﾀｶﾅ", "|カタカナ");
  read_as("㈱", "|株");
  read_as("Ⅳ级", "|iv|级");
}

static void signs_are_left_out_and_part_words(void **state) {
  (void)state;
  read_as("济南漱玉平民大药房（历下店）", "|济南漱玉平民大药房|历下店");
  read_as("阿依古丽·买买提", "|阿依古丽|买买提");
  read_as("John Smith-Lee", "|john |smith|lee");
  read_as("  张　建国 ", "|张 |建国");
  read_as("+86 138-0000-1001", "|86 |138|0000|1001");
  read_as("……！？\n\t", "");
  read_as("", "");
}

static void letters_of_another_kind_begin_a_word(void **state) {
  (void)state;
  read_as("维生素C咀嚼片100片", "|维生素|c|咀嚼片|100|片");
  read_as("鲁A12345", "|鲁|a|12345");
}

static void u_with_dots_is_a_v(void **state) {
  (void)state;
  read_as("Lü", "|lv");
  read_as("LÜ", "|lv");
  read_as("lu\xcc\x88", "|lv"); /* two code points */
}

static void other_scripts_and_pictures_stay(void **state) {
  (void)state;
  read_as("小仙女🌸", "|小仙女|🌸");
  read_as("Привет", "|привет");
  read_as("〇二", "|〇|二");
  read_as("𠙶山", "|𠙶山");
}

static void no_more_than_asked_for(void **state) {
  (void)state;
  read_as_most("济南漱玉平民大药房", 3, "|济南漱");
  read_as_most("ﷺ", 4, "|صلى |ا"); /* one code point that folds to eighteen */
  read_as_most("张", 0, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(case_and_width_do_not_count),
      cmocka_unit_test(signs_are_left_out_and_part_words),
      cmocka_unit_test(letters_of_another_kind_begin_a_word),
      cmocka_unit_test(u_with_dots_is_a_v),
      cmocka_unit_test(other_scripts_and_pictures_stay),
      cmocka_unit_test(no_more_than_asked_for),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
