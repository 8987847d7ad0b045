/* encoding: what a file is, and GB18030 as UTF-8. */
#include "data/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static base_slice text(const char *from) {
  return base_slice_text(from);
}

static void assert_decoded(data_encoding encoding, const char *bytes, const char *expected) {
  base_buffer out = {0};
  data_decoder *decoder = data_decoder_new(encoding);
  bool valid = data_decoder_read(decoder, text(bytes), &out);
  assert_int_equal(valid, expected != NULL);
  if (valid) assert_true(base_slice_is(base_buffer_slice(&out), expected));
  if (!valid) assert_int_equal(out.size, 0);
  data_decoder_free(decoder);
  base_buffer_fini(&out);
}

static void gb18030_becomes_utf8(void **state) {
  (void)state;
  assert_decoded(DATA_GB18030, "\xcd\xf5\xd0\xe3\xc0\xbc", "王秀兰");
  assert_decoded(DATA_GB18030, "customer 21", "customer 21");
  assert_decoded(DATA_GB18030, "\x81\x30\x81\x30", "\xc2\x80");
  assert_decoded(DATA_GB18030, "\x94\x39\xda\x33", "\xf0\x9f\x92\xa9");
  assert_decoded(DATA_GB18030, "\xcd\xf5\xd0", NULL);
  assert_decoded(DATA_GB18030, "\xcd\xf5\xff\xff", NULL);
  assert_decoded(DATA_UTF8, "王秀兰", "王秀兰");
  assert_decoded(DATA_UTF8, "王\xff", NULL);
}

static void a_decoder_forgets_what_was_malformed(void **state) {
  (void)state;
  base_buffer out = {0};
  data_decoder *decoder = data_decoder_new(DATA_GB18030);
  assert_false(data_decoder_read(decoder, text("\xcd\xf5\xd0"), &out));
  assert_true(data_decoder_read(decoder, text("\xcd\xf5"), &out));
  assert_true(base_slice_is(base_buffer_slice(&out), "王"));
  data_decoder_free(decoder);
  base_buffer_fini(&out);
}

static void a_mark_says_what_the_file_is(void **state) {
  (void)state;
  data_encoding encoding = DATA_GB18030;
  assert_int_equal(data_encoding_mark(text("\xef\xbb\xbfname"), &encoding), 3);
  assert_int_equal(encoding, DATA_UTF8);
  assert_int_equal(data_encoding_mark(text("\x84\x31\x95\x33name"), &encoding), 4);
  assert_int_equal(encoding, DATA_GB18030);
  assert_int_equal(data_encoding_mark(text("\xef\xbb"), &encoding), 0);
  assert_int_equal(data_encoding_mark(text("name"), &encoding), 0);
}

static void bytes_tell_their_encoding(void **state) {
  (void)state;
  assert_int_equal(data_encoding_guess(text("name,phone\n")), DATA_UTF8);
  assert_int_equal(data_encoding_guess(text("姓名,电话\n王秀兰,138\n")), DATA_UTF8);
  assert_int_equal(data_encoding_guess(text("\xd0\xd5\xc3\xfb,\xb5\xe7\xbb\xb0\n")), DATA_GB18030);
  /* 联通: two characters whose bytes have the shape of UTF-8, but of no shortest form. */
  assert_int_equal(data_encoding_guess(text("\xc1\xaa\xcd\xa8\n")), DATA_GB18030);
  /* The last character is only cut. */
  assert_int_equal(data_encoding_guess(text("王秀\xe5\x85")), DATA_UTF8);
}

/* One row with bytes of another encoding does not make the whole file another. */
static void stray_bytes_do_not_change_the_verdict(void **state) {
  (void)state;
  base_buffer file = {0};
  for (int i = 0; i < 40; i++) base_buffer_text(&file, "王秀兰,济南历下\n");
  base_buffer_text(&file, "\xcd\xf5,bad\n");
  assert_int_equal(data_encoding_guess(base_buffer_slice(&file)), DATA_UTF8);
  base_buffer_fini(&file);
}

static void names_are_found_in_any_case(void **state) {
  (void)state;
  data_encoding encoding = DATA_UTF8;
  assert_true(data_encoding_find(text("GBK"), &encoding));
  assert_int_equal(encoding, DATA_GB18030);
  assert_true(data_encoding_find(text("UTF-8"), &encoding));
  assert_int_equal(encoding, DATA_UTF8);
  assert_false(data_encoding_find(text("big5"), &encoding));
  assert_string_equal(data_encoding_name(DATA_GB18030), "gb18030");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gb18030_becomes_utf8),
      cmocka_unit_test(a_decoder_forgets_what_was_malformed),
      cmocka_unit_test(a_mark_says_what_the_file_is),
      cmocka_unit_test(bytes_tell_their_encoding),
      cmocka_unit_test(stray_bytes_do_not_change_the_verdict),
      cmocka_unit_test(names_are_found_in_any_case),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
