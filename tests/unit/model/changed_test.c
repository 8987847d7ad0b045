/* changed: which fields two versions of a record differ in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#include "model/changed.h"

/* "a=1 b=2": a map of integers, in that order. */
static base_slice map_of(const char *text, base_buffer *out) {
  size_t pairs = 0;
  size_t place = data_append_open_map(out);
  while (*text != '\0') {
    char name[2] = {text[0], '\0'};
    data_append_pair_integer(out, name, text[2] - '0');
    pairs++;
    text += text[3] == ' ' ? 4 : 3;
  }
  data_append_close(out, place, pairs);
  return base_buffer_slice(out);
}

/* The names that changed, in the order in which they were found. */
static void check(const char *before, const char *after, const char *names) {
  base_buffer old = {0}, new = {0};
  model_changed changed = model_changed_find(map_of(before, &old), map_of(after, &new));
  assert_false(changed.all);
  assert_int_equal(changed.count, strlen(names));
  for (size_t i = 0; i < changed.count; i++) {
    assert_memory_equal(changed.names[i].data, names + i, 1);
    assert_true(model_changed_has(&changed, changed.names[i]));
  }
  assert_false(model_changed_has(&changed, base_slice_text("z")));
  base_buffer_fini(&old);
  base_buffer_fini(&new);
}

static void what_differs_is_named(void **state) {
  (void)state;
  check("", "", "");
  check("a=1 b=2", "a=1 b=2", "");
  check("a=1 b=2 c=3", "a=1 b=9 c=3", "b");
  check("a=1 b=2", "a=2 b=2 c=3 d=4", "acd");
  check("a=1 b=2 c=3", "a=1 c=3", "b");
  check("a=1 b=2", "a=1", "b");
  check("a=1 b=2 c=3", "c=3 b=7 a=1 d=1", "bbd");
  check("", "a=1", "a");
}

static void a_record_that_comes_or_goes_changes_all(void **state) {
  (void)state;
  base_buffer map = {0};
  base_slice record = map_of("a=1", &map), none = {0};
  model_changed comes = model_changed_find(none, record), goes = model_changed_find(record, none);
  assert_true(model_changed_has(&comes, base_slice_text("z")));
  assert_true(model_changed_has(&goes, base_slice_text("z")));
  base_buffer_fini(&map);
}

static void fields_within_a_list_change_with_it(void **state) {
  (void)state;
  base_slice lines = base_slice_text("lines");
  model_changed changed = {.count = 1, .names = {lines}};
  assert_true(model_changed_has(&changed, base_slice_text("lines.product")));
  assert_false(model_changed_has(&changed, base_slice_text("line.product")));
  assert_false(model_changed_has(&changed, base_slice_text("linesman")));
}

static void more_than_have_room_are_all(void **state) {
  (void)state;
  for (size_t count = MODEL_CHANGED_MAX - 1; count <= MODEL_CHANGED_MAX + 1; count++) {
    base_buffer old = {0}, new = {0};
    data_append_map(&old, 0);
    data_append_map(&new, count);
    for (size_t i = 0; i < count; i++) {
      char name[2] = {(char)('A' + i), '\0'};
      data_append_pair_integer(&new, name, 1);
    }
    model_changed changed = model_changed_find(base_buffer_slice(&old), base_buffer_slice(&new));
    assert_int_equal(changed.all, count > MODEL_CHANGED_MAX);
    base_buffer_fini(&old);
    base_buffer_fini(&new);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_differs_is_named),
      cmocka_unit_test(a_record_that_comes_or_goes_changes_all),
      cmocka_unit_test(fields_within_a_list_change_with_it),
      cmocka_unit_test(more_than_have_room_are_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
