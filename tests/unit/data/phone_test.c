/* phone: one form for what people type, and nothing for what is no number. */
#include "data/phone.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void normal_forms(void **state) {
  (void)state;
  static const struct {
    const char *typed;
    const char *normal;
  } cases[] = {
      {"13800001001", "13800001001"},
      {"138-0000-1001", "13800001001"},
      {"138 0000 1001", "13800001001"},
      {"+86 138 0000 1001", "13800001001"},
      {"+86-138-0000-1001", "13800001001"},
      {"(+86)13800001001", "13800001001"},
      {"0086 13800001001", "13800001001"},
      {"8613800001001", "13800001001"},
      {"013800001001", "13800001001"},
      {"+86 013800001001", "13800001001"},
      {"（０１３８）０００－１００１", "01380001001"},
      {"（０１３８）００００－１００１", "13800001001"},
      {"１３８００００１００１", "13800001001"},
      {"138\xc2\xa0"
       "0000–1001",
       "13800001001"},
      {"0531-88881234", "053188881234"},
      {"(0531) 8888 1234", "053188881234"},
      {"+86 531 88881234", "053188881234"},
      {"+86 (0)531 88881234", "053188881234"},
      {"0086-10-88881234", "01088881234"},
      {"010-88881234", "01088881234"},
      {"88881234", "88881234"},
      {"+86 88881234", "88881234"},
      {"400-123-4567", "4001234567"},
      {"+86 400 123 4567", "4001234567"},
      {"95588", "95588"},
      {"0531-88881234-801", "053188881234x801"},
      {"0531-88881234转801", "053188881234x801"},
      {"0531-88881234 分机 801", "053188881234x801"},
      {"0531-88881234 ext. 801", "053188881234x801"},
      {"+86 531-88881234-801", "053188881234x801"},
      {"010 88881234#12", "01088881234x12"},
      {"0531-8888-1234", "053188881234"},
      {"0531-88881234转", "053188881234"},
      {"+49 30 1234567", "+49301234567"},
      {"0049 30 1234567", "+49301234567"},
      {"+44 (0)20 7946 0958", "+442079460958"},
      {"0044 (0)20 7946 0958", "+442079460958"},
      {"+1 212 555 0100 x7", "+12125550100x7"},
      {"+852 2123 4567", "+85221234567"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_buffer out = {0};
    assert_true(data_phone_normal(base_slice_text(cases[i].typed), &out));
    base_buffer_byte(&out, 0);
    assert_string_equal((const char *)out.data, cases[i].normal);
    base_buffer_fini(&out);
  }
}

static void what_is_no_number_is_refused(void **state) {
  (void)state;
  static const char *const cases[] = {
      "",
      "1234",
      "123456789012345678901",
      "王芳",
      "1380000100l",
      "138@0000",
      "13800001001/13800001002",
      "138+00001001",
      "++8613800001001",
      "x801",
      "0531-88881234转801转2",
      "1234转567",
      "13800001001;",
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_buffer out = {0};
    if (data_phone_normal(base_slice_text(cases[i]), &out)) fail_msg("accepted: %s", cases[i]);
    assert_int_equal(out.size, 0);
    base_buffer_fini(&out);
  }
}

/* The normal form of a normal form is itself: an index may be rebuilt from either. */
static void normal_forms_are_stable(void **state) {
  (void)state;
  static const char *const forms[] = {"13800001001",  "053188881234", "053188881234x801",
                                      "+49301234567", "4001234567",   "88881234"};
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    base_buffer out = {0};
    assert_true(data_phone_normal(base_slice_text(forms[i]), &out));
    assert_true(base_slice_is(base_buffer_slice(&out), forms[i]));
    base_buffer_fini(&out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(normal_forms),
      cmocka_unit_test(what_is_no_number_is_refused),
      cmocka_unit_test(normal_forms_are_stable),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
