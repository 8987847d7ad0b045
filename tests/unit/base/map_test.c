/* map: put, get, remove, order of insertion; nearest words. */
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static int make_map(void **state) {
  *state = base_map_new();
  return 0;
}

static int free_map(void **state) {
  base_map_free(*state);
  return 0;
}

static int values[1000];

static void *put(base_map *map, const char *key, int *value) {
  return base_map_put(map, base_slice_text(key), value);
}

static void values_are_found_replaced_and_removed(void **state) {
  base_map *map = *state;
  assert_null(base_map_get(map, base_slice_text("customer")));
  assert_null(put(map, "customer", &values[0]));
  assert_null(put(map, "order", &values[1]));
  assert_ptr_equal(put(map, "customer", &values[2]), &values[0]);
  assert_int_equal(base_map_count(map), 2);
  assert_ptr_equal(base_map_get(map, base_slice_text("customer")), &values[2]);
  assert_ptr_equal(base_map_remove(map, base_slice_text("customer")), &values[2]);
  assert_null(base_map_remove(map, base_slice_text("customer")));
  assert_null(base_map_get(map, base_slice_text("customer")));
  assert_int_equal(base_map_count(map), 1);
}

static void keys_are_copied_and_may_hold_any_byte(void **state) {
  base_map *map = *state;
  char key[] = {'a', '\0', 'b'};
  (void)base_map_put(map, base_slice_make(key, 3), &values[0]);
  (void)base_map_put(map, base_slice_make(NULL, 0), &values[1]);
  key[2] = 'c';
  assert_null(base_map_get(map, base_slice_make(key, 3)));
  assert_ptr_equal(base_map_get(map, base_slice_make("a\0b", 3)), &values[0]);
  assert_ptr_equal(base_map_get(map, base_slice_make("", 0)), &values[1]);
}

static bool expect_next(base_slice key, void *value, void *self) {
  int **next = self;
  char text[32];
  (void)snprintf(text, sizeof text, "客户%d", (int)(*next - values));
  assert_true(base_slice_is(key, text));
  assert_ptr_equal(value, *next);
  (*next)++;
  return *next != values + 900;
}

static void pairs_come_in_order_of_insertion_until_told_to_stop(void **state) {
  base_map *map = *state;
  for (int i = 0; i < 1000; i++) {
    char text[32];
    (void)snprintf(text, sizeof text, "客户%d", i);
    (void)put(map, text, &values[i]);
  }
  (void)put(map, "客户0", &values[0]); /* stays where it was */
  int *next = values;
  base_map_each(map, expect_next, &next);
  assert_ptr_equal(next, values + 900);
}

static size_t distance(const char *a, const char *b, size_t limit) {
  return base_map_distance(base_slice_text(a), base_slice_text(b), limit);
}

static void edits_are_counted(void **state) {
  (void)state;
  assert_int_equal(distance("", "", 0), 0);
  assert_int_equal(distance("order", "order", 0), 0);
  assert_int_equal(distance("order", "oder", 9), 1);
  assert_int_equal(distance("oder", "order", 9), 1);
  assert_int_equal(distance("order", "arder", 9), 1);
  assert_int_equal(distance("order", "odrer", 9), 1);
  assert_int_equal(distance("", "task", 9), 4);
  assert_int_equal(distance("kitten", "sitting", 9), 3);
  assert_int_equal(distance("ca", "abc", 9), 3);
}

static void distances_over_the_limit_are_limit_plus_one(void **state) {
  (void)state;
  assert_int_equal(distance("customer", "product", 2), 3);
  assert_int_equal(distance("a", "abcdef", 2), 3);
  char longest[129], longer[130];
  memset(longest, 'a', sizeof longest);
  memset(longer, 'a', sizeof longer);
  longest[0] = longer[0] = 'b';
  longest[128] = longer[129] = '\0';
  assert_int_equal(distance(longest, longer, 5), 6);
  assert_int_equal(distance(longer, longer, 5), 0);
  longest[127] = 'c';
  longer[128] = '\0';
  assert_int_equal(distance(longest, longer, 5), 1);
}

static const char *nearest(const base_map *map, const char *word) {
  base_slice key = base_map_nearest(map, base_slice_text(word));
  static char text[64];
  (void)snprintf(text, sizeof text, "%.*s", BASE_SLICE_ARGS(key));
  return text;
}

static void the_nearest_word_is_suggested(void **state) {
  base_map *map = *state;
  assert_string_equal(nearest(map, "name"), "");
  const char *keys[] = {"customer", "quantity", "price", "priced", "id", "出生日期"};
  for (size_t i = 0; i < 6; i++) (void)put(map, keys[i], &values[i]);
  assert_string_equal(nearest(map, "cutsomer"), "customer");
  assert_string_equal(nearest(map, "quantitiy"), "quantity");
  assert_string_equal(nearest(map, "prices"), "price");
  assert_string_equal(nearest(map, "priced"), "priced");
  assert_string_equal(nearest(map, "ix"), "id");
  assert_string_equal(nearest(map, "出身日期"), "出生日期");
}

static void words_too_far_are_not_suggested(void **state) {
  base_map *map = *state;
  (void)put(map, "customer", &values[0]);
  (void)put(map, "id", &values[1]);
  assert_string_equal(nearest(map, "consume"), "");
  assert_string_equal(nearest(map, "x"), "");
  assert_string_equal(nearest(map, ""), "");
}

#define WITH_MAP(test) cmocka_unit_test_setup_teardown(test, make_map, free_map)

int main(void) {
  const struct CMUnitTest tests[] = {
      WITH_MAP(values_are_found_replaced_and_removed),
      WITH_MAP(keys_are_copied_and_may_hold_any_byte),
      WITH_MAP(pairs_come_in_order_of_insertion_until_told_to_stop),
      cmocka_unit_test(edits_are_counted),
      cmocka_unit_test(distances_over_the_limit_are_limit_plus_one),
      WITH_MAP(the_nearest_word_is_suggested),
      WITH_MAP(words_too_far_are_not_suggested),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
