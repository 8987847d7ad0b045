/* splice: maps with fields replaced, picked and compared. */
#include "data/splice.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "data/append.h"

/* A map of one-letter keys and small numbers: "a1 b2"; '-' is nil. */
static base_slice map_of(base_buffer *out, const char *pairs) {
  base_buffer_clear(out);
  size_t place = data_append_open_map(out);
  size_t count = 0;
  for (const char *at = pairs; *at != '\0'; at += at[2] == ' ' ? 3 : 2) {
    data_append_slice(out, base_slice_make(at, 1));
    if (at[1] == '-') {
      data_append_nil(out);
    } else {
      data_append_integer(out, at[1] - '0');
    }
    count++;
  }
  data_append_close(out, place, count);
  return base_buffer_slice(out);
}

static void assert_map(const base_buffer *got, const char *pairs) {
  base_buffer expected = {0};
  map_of(&expected, pairs);
  assert_int_equal(got->size, expected.size);
  assert_memory_equal(got->data, expected.data, expected.size);
  base_buffer_fini(&expected);
}

static void splicing(void **state) {
  (void)state;
  static const struct {
    const char *map, *patch, *result;
  } cases[] = {
      {"a1 b2 c3", "b9", "a1 b9 c3"},
      {"a1 b2 c3", "b-", "a1 c3"},
      {"a1", "z1 y2", "a1 z1 y2"},
      {"a1", "q-", "a1"},
      {"", "a1 b-", "a1"},
      {"a- b2", "b3", "a- b3"},
      {"a1 b2", "", "a1 b2"},
      {"a1 b2", "c3 b- a5", "a5 c3"},
      {"a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 l1 m1 n1 o1", "p1",
       "a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 l1 m1 n1 o1 p1"},
  };
  base_buffer map = {0};
  base_buffer patch = {0};
  base_buffer out = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_buffer_clear(&out);
    data_splice(map_of(&map, cases[i].map), map_of(&patch, cases[i].patch), &out);
    assert_map(&out, cases[i].result);
  }
  base_buffer_fini(&map);
  base_buffer_fini(&patch);
  base_buffer_fini(&out);
}

static void picking(void **state) {
  (void)state;
  base_buffer map = {0};
  base_buffer out = {0};
  const base_slice keys[] = {base_slice_text("c"), base_slice_text("a"), base_slice_text("x")};
  data_pick(map_of(&map, "a1 b2 c3"), keys, 3, &out);
  assert_map(&out, "a1 c3");
  base_buffer_clear(&out);
  data_pick(base_buffer_slice(&map), NULL, 0, &out);
  assert_map(&out, "");
  base_buffer_fini(&map);
  base_buffer_fini(&out);
}

static void difference_leads_from_before_to_after(void **state) {
  (void)state;
  static const struct {
    const char *before, *after, *patch;
  } cases[] = {
      {"a1 b2", "a1 b2", ""},         {"a1 b2", "b2 a1", ""}, {"a1 b2", "a1 b3", "b3"},
      {"a1 b2", "b2", "a-"},          {"", "a1 b2", "a1 b2"}, {"a1 b2", "", "a- b-"},
      {"a1 b2", "c3 b4", "c3 b4 a-"},
  };
  base_buffer before = {0};
  base_buffer after = {0};
  base_buffer patch = {0};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    base_buffer_clear(&patch);
    data_difference(map_of(&before, cases[i].before), map_of(&after, cases[i].after), &patch);
    assert_map(&patch, cases[i].patch);
  }
  base_buffer_fini(&before);
  base_buffer_fini(&after);
  base_buffer_fini(&patch);
}

/* The same number in another width is no change; the same bytes as another type are one. */
static void difference_compares_values_not_encodings(void **state) {
  (void)state;
  base_slice narrow = base_slice_make("\x81\xa1n\x05", 4);
  base_slice wide = base_slice_make("\x81\xa1n\xcd\x00\x05", 6);
  base_slice text = base_slice_make("\x81\xa1n\xa1x", 5);
  base_slice binary = base_slice_make("\x81\xa1n\xc4\x01x", 6);
  base_buffer patch = {0};
  data_difference(narrow, wide, &patch);
  assert_map(&patch, "");
  base_buffer_clear(&patch);
  data_difference(text, binary, &patch);
  assert_int_equal(data_peek(base_buffer_slice(&patch)).as.count, 1);
  base_buffer_clear(&patch);
  data_difference(base_slice_make(NULL, 0), narrow, &patch);
  assert_map(&patch, "n5");
  base_buffer_fini(&patch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(splicing),
      cmocka_unit_test(picking),
      cmocka_unit_test(difference_leads_from_before_to_after),
      cmocka_unit_test(difference_compares_values_not_encodings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
