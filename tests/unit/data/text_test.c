/* text: what is valid, where it may be cut, and what counts as the same. */
#include "data/text.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

static bool valid(const char *bytes, size_t size) {
  return data_text_valid(base_slice_make(bytes, size));
}

/* Every sequence of up to three bytes, and borders of four, against the definition: decode, then
 * look at the shortest form, surrogates and the last code point. */
static size_t size_by_definition(const uint8_t *at, size_t left) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  uint32_t point = at[0];
  size_t size = 1;
  if (at[0] >= 0xc0) size = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : at[0] < 0xf8 ? 4 : 9;
  if ((at[0] >= 0x80 && at[0] < 0xc0) || size > left) return 0;
  if (size > 1) point = at[0] & (0x7fu >> size);
  for (size_t i = 1; i < size; i++) {
    if ((at[i] & 0xc0) != 0x80) return 0;
    point = point << 6 | (at[i] & 0x3fu);
  }
  if (size > 1 && point < least[size]) return 0;
  return point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff) ? 0 : size;
}

static bool valid_by_definition(const uint8_t *bytes, size_t count) {
  for (size_t at = 0; at < count;) {
    size_t size = size_by_definition(bytes + at, count - at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

static void validity_is_what_utf8_says(void **state) {
  (void)state;
  for (uint32_t number = 0; number < 1u << 24; number += 1 + (number & 3)) {
    uint8_t bytes[] = {(uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    bool expected = valid_by_definition(bytes, 3);
    if (data_text_valid(base_slice_make(bytes, 3)) != expected) fail();
  }
  for (uint32_t first = 0xf0; first <= 0xff; first++) {
    for (uint32_t rest = 0; rest < 1u << 16; rest++) {
      uint8_t bytes[] = {(uint8_t)first, (uint8_t)(rest >> 8), (uint8_t)rest, 0x80};
      if (data_text_valid(base_slice_make(bytes, 4)) != valid_by_definition(bytes, 4)) fail();
    }
  }
}

static void known_breaches_are_refused(void **state) {
  (void)state;
  assert_true(valid("", 0));
  assert_true(data_text_valid(base_slice_text("济南舜耕大药房 0531-88881234 😀")));
  assert_true(valid("\0", 1));
  assert_false(valid("\xc0\xaf", 2));          /* overlong */
  assert_false(valid("\xe0\x80\xaf", 3));      /* overlong */
  assert_false(valid("\xf0\x80\x80\xaf", 4));  /* overlong */
  assert_false(valid("\xed\xa0\x80", 3));      /* a surrogate */
  assert_false(valid("\xf4\x90\x80\x80", 4));  /* beyond U+10FFFF */
  assert_false(valid("12345678\xe6\xb5", 10)); /* cut off */
  assert_false(valid("1234567\x80", 8));       /* a lone continuation */
  assert_false(valid("\xb2\xe2\xca\xd4", 4));  /* GBK */
}

/* Exactly as many bytes as the text, so that a read past its end is seen. */
static void validity_reads_no_further(void **state) {
  (void)state;
  const char *text = "王芳😀abcdefgh李";
  for (size_t size = 0; size <= strlen(text); size++) {
    uint8_t *exact = malloc(size + 1);
    memcpy(exact, text, size);
    bool expected = valid_by_definition(exact, size);
    assert_int_equal(data_text_valid(base_slice_make(exact, size)), expected);
    free(exact);
  }
}

static void length_counts_characters(void **state) {
  (void)state;
  assert_int_equal(data_text_length(base_slice_text("王芳 VIP😀")), 7);
  assert_int_equal(data_text_length(base_slice_text("")), 0);
}

static void cut_ends_between_characters(void **state) {
  (void)state;
  base_slice text = base_slice_text("a王😀");
  static const size_t sizes[] = {0, 1, 1, 1, 4, 4, 4, 4, 8, 8};
  for (size_t bytes = 0; bytes < sizeof sizes / sizeof sizes[0]; bytes++) {
    assert_int_equal(data_text_cut(text, bytes).size, sizes[bytes]);
  }
}

static void assert_trim(const char *typed, const char *expected) {
  assert_true(base_slice_is(data_text_trim(base_slice_text(typed)), expected));
}

static void trimming(void **state) {
  (void)state;
  assert_trim("  王 芳\t\r\n", "王 芳");
  assert_trim("　　李静　", "李静");
  assert_trim("\xc2\xa0x", "x");
  assert_trim(" \xe3\x80\x80 ", "");
  assert_trim("", "");
  assert_trim("无", "无");
}

static void assert_fold(const char *typed, const char *expected) {
  base_buffer out = {0};
  base_buffer_text(&out, "^");
  data_text_fold(base_slice_text(typed), &out);
  base_slice folded = base_slice_after(base_buffer_slice(&out), 1);
  if (!base_slice_is(folded, expected)) {
    fail_msg("\"%s\" folds to \"%.*s\", not \"%s\"", typed, BASE_SLICE_ARGS(folded), expected);
  }
  base_buffer_fini(&out);
}

static void folding(void **state) {
  (void)state;
  assert_fold("ＡＢＣ１", "abc1");
  assert_fold(" Abc1\t", "abc1");
  assert_fold("　济南　", "济南");
  assert_fold("Straße", "strasse");
  assert_fold("ﷺﷺﷺ", "صلى الله عليه وسلمصلى الله عليه وسلمصلى الله عليه وسلم");
  assert_fold("㈱", "(株)");
  assert_fold("e\xcc\x81", "\xc3\xa9");
  assert_fold("", "");
  assert_fold("１３８００００１００１", "13800001001");
}

/* Longer than what fits on the stack. */
static void folding_of_long_texts(void **state) {
  (void)state;
  base_buffer typed = {0};
  base_buffer expected = {0};
  for (int i = 0; i < 500; i++) {
    base_buffer_text(&typed, "Ａ店");
    base_buffer_text(&expected, "a店");
  }
  base_buffer_byte(&typed, 0);
  base_buffer_byte(&expected, 0);
  assert_fold((const char *)typed.data, (const char *)expected.data);
  base_buffer_fini(&typed);
  base_buffer_fini(&expected);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(validity_is_what_utf8_says),
      cmocka_unit_test(known_breaches_are_refused),
      cmocka_unit_test(validity_reads_no_further),
      cmocka_unit_test(length_counts_characters),
      cmocka_unit_test(cut_ends_between_characters),
      cmocka_unit_test(trimming),
      cmocka_unit_test(folding),
      cmocka_unit_test(folding_of_long_texts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
