/* append: every form is the shortest, and what was appended reads back the same. */
#include "data/append.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "data/read.h"

static void assert_bytes(const base_buffer *out, const void *bytes, size_t size) {
  assert_int_equal(out->size, size);
  assert_memory_equal(out->data, bytes, size);
}

static void integers_take_the_shortest_form(void **state) {
  (void)state;
  static const struct {
    int64_t value;
    size_t size;
  } cases[] = {
      {0, 1},          {127, 1},           {128, 2},        {255, 2},         {256, 3},
      {65535, 3},      {65536, 5},         {4294967295, 5}, {4294967296, 9},  {INT64_MAX, 9},
      {-1, 1},         {-32, 1},           {-33, 2},        {-128, 2},        {-129, 3},
      {-32768, 3},     {-32769, 5},        {INT32_MIN, 5},  {-2147483649, 9}, {INT64_MIN, 9},
      {1772812800, 5}, {1772812800000, 9},
  };
  base_buffer out = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_buffer_clear(&out);
    data_append_integer(&out, cases[i].value);
    assert_int_equal(out.size, cases[i].size);
    data_value value = data_peek(base_buffer_slice(&out));
    assert_int_equal(value.type, DATA_INTEGER);
    assert_true(value.as.integer == cases[i].value);
  }
  base_buffer_fini(&out);
}

static void floats_take_four_bytes_only_when_exact(void **state) {
  (void)state;
  static const struct {
    double value;
    size_t size;
  } cases[] = {{0.5, 5}, {-2.25, 5}, {0.1, 9}, {1e300, 9}, {-1e300, 9}, {3e38, 9}};
  base_buffer out = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_buffer_clear(&out);
    data_append_float(&out, cases[i].value);
    assert_int_equal(out.size, cases[i].size);
    data_value value = data_peek(base_buffer_slice(&out));
    assert_int_equal(value.type, DATA_FLOAT);
    assert_true(value.as.number == cases[i].value);
  }
  base_buffer_fini(&out);
}

static void scalars_and_pairs(void **state) {
  (void)state;
  base_buffer out = {0};
  data_append_map(&out, 5);
  data_append_pair_text(&out, "name", "王芳");
  data_append_pair_slice(&out, "tag", base_slice_text("VIP"));
  data_append_pair_integer(&out, "id", 12);
  data_append_pair_boolean(&out, "open", true);
  data_append_pair_raw(&out, "x", base_slice_make("\xc0", 1));
  static const char expected[] =
      "\x85\xa4name\xa6\xe7\x8e\x8b\xe8\x8a\xb3\xa3tag\xa3VIP\xa2id\x0c\xa4open\xc3\xa1x\xc0";
  assert_bytes(&out, expected, sizeof expected - 1);
  base_buffer_clear(&out);
  data_append_array(&out, 3);
  data_append_nil(&out);
  data_append_boolean(&out, false);
  data_append_binary(&out, base_slice_make("\x00\xff", 2));
  assert_bytes(&out, "\x93\xc0\xc2\xc4\x02\x00\xff", 7);
  base_buffer_fini(&out);
}

static void empty_texts_need_no_bytes(void **state) {
  (void)state;
  base_buffer out = {0};
  data_append_slice(&out, base_slice_make(NULL, 0));
  data_append_text(&out, "");
  data_append_binary(&out, base_slice_make(NULL, 0));
  assert_bytes(&out, "\xa0\xa0\xc4\x00", 4);
  base_buffer_fini(&out);
}

/* Each count around the borders of the three forms of a head, inside an outer array. */
static void an_open_container_gets_the_head_it_needs(void **state) {
  (void)state;
  static const size_t counts[] = {0, 1, 15, 16, 17, 300, 65535, 65536, 65600};
  base_buffer out = {0};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    base_buffer_clear(&out);
    data_append_array(&out, 3);
    size_t array = data_append_open_array(&out);
    for (size_t n = 0; n < counts[i]; n++) data_append_integer(&out, (int64_t)n);
    data_append_close(&out, array, counts[i]);
    size_t map = data_append_open_map(&out);
    for (size_t n = 0; n < counts[i]; n++) data_append_pair_integer(&out, "k", (int64_t)n);
    data_append_close(&out, map, counts[i]);
    data_append_text(&out, "end");

    base_buffer direct = {0};
    data_append_array(&direct, 3);
    data_append_array(&direct, counts[i]);
    for (size_t n = 0; n < counts[i]; n++) data_append_integer(&direct, (int64_t)n);
    data_append_map(&direct, counts[i]);
    for (size_t n = 0; n < counts[i]; n++) data_append_pair_integer(&direct, "k", (int64_t)n);
    data_append_text(&direct, "end");
    assert_bytes(&out, direct.data, direct.size);
    base_buffer_fini(&direct);
  }
  base_buffer_fini(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(integers_take_the_shortest_form),
      cmocka_unit_test(floats_take_four_bytes_only_when_exact),
      cmocka_unit_test(scalars_and_pairs),
      cmocka_unit_test(empty_texts_need_no_bytes),
      cmocka_unit_test(an_open_container_gets_the_head_it_needs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
