/* tree: paths, and what is under what (SEG-03). */
#include "data/tree.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdio.h>

#include "data/read.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool read_path(const char *typed, base_buffer *out) {
  base_buffer_clear(out);
  return data_tree_read(base_slice_text(typed), out);
}

static void paths_have_one_form(void **state) {
  (void)state;
  static const char *const paths[][2] = {{"国内", "国内"},
                                         {"国内/山东/济南", "国内/山东/济南"},
                                         {"  国内 / 山东 /\t济南 ", "国内/山东/济南"},
                                         {"国内／山东／济南", "国内/山东/济南"},
                                         {"　国内　/山东", "国内/山东"},
                                         {"New York/Long Island", "New York/Long Island"},
                                         {"1/2/3/4/5/6/7/8", "1/2/3/4/5/6/7/8"}};
  static const char *const refused[] = {"",      " ",      "/",    "//",    "/国内",
                                        "国内/", "国内／", "a//b", "a/ /b", "1/2/3/4/5/6/7/8/9"};
  base_buffer out = {0};
  for (size_t i = 0; i < COUNT(paths); i++) {
    if (!read_path(paths[i][0], &out)) fail_msg("%s", paths[i][0]);
    assert_true(base_slice_is(base_buffer_slice(&out), paths[i][1]));
  }
  for (size_t i = 0; i < COUNT(refused); i++) {
    if (read_path(refused[i], &out)) fail_msg("%s", refused[i]);
    assert_int_equal(out.size, 0);
  }
  base_buffer_fini(&out);
}

/* What stands before in the buffer stays and does not count. */
static void paths_are_bounded(void **state) {
  (void)state;
  char typed[DATA_TREE_MAX + 2];
  base_buffer out = {0};
  for (size_t size = DATA_TREE_MAX - 1; size <= DATA_TREE_MAX + 1; size++) {
    for (int deep = 0; deep < 2; deep++) {
      memset(typed, 'a', size);
      if (deep) typed[size / 2] = '/';
      base_buffer_clear(&out);
      base_buffer_text(&out, "before");
      bool read = data_tree_read(base_slice_make(typed, size), &out);
      assert_int_equal(read, size <= DATA_TREE_MAX);
      assert_int_equal(out.size, read ? 6 + size : 6);
    }
  }
  base_buffer_fini(&out);
}

static void whole_names_in_a_row_are_under(void **state) {
  (void)state;
  base_slice jinan = base_slice_text("国内/山东/济南");
  static const char *const above[] = {"国内",      "山东",      "济南",
                                      "国内/山东", "山东/济南", "国内/山东/济南"};
  static const char *const apart[] = {"",        "国",      "内",        "国内/济南",
                                      "山",      "国内/山", "济南/山东", "东/济南",
                                      "内/山东", "山东/",   "/山东",     "国内/山东/济南/历下"};
  for (size_t i = 0; i < COUNT(above); i++) {
    if (!data_tree_under(jinan, base_slice_text(above[i]))) fail_msg("%s", above[i]);
  }
  for (size_t i = 0; i < COUNT(apart); i++) {
    if (data_tree_under(jinan, base_slice_text(apart[i]))) fail_msg("%s", apart[i]);
  }
  assert_true(data_tree_under(base_slice_text("吉林/吉林"), base_slice_text("吉林")));
  assert_false(data_tree_under(base_slice_text("国内/山东省"), base_slice_text("山东")));
  assert_false(data_tree_under(base_slice_text(""), base_slice_text("山东")));
}

/* The list has exactly the paths that data_tree_under finds above, each once. */
static void assert_above(const char *path, size_t count) {
  base_buffer list = {0};
  size_t found = 0;
  data_tree_append_above(base_slice_text(path), &list);
  data_walk walk = data_walk_begin(base_buffer_slice(&list));
  while (data_walk_next(&walk)) {
    assert_true(data_tree_under(base_slice_text(path), walk.value.as.bytes));
    data_walk others = data_walk_begin(base_buffer_slice(&list));
    size_t same = 0;
    while (data_walk_next(&others)) same += data_compare(walk.value, others.value) == 0;
    assert_int_equal(same, 1);
    found++;
  }
  if (found != count) fail_msg("%s: %zu", path, found);
  base_buffer_fini(&list);
}

static void a_path_is_under_each_run_of_its_names(void **state) {
  (void)state;
  assert_above("国内", 1);
  assert_above("国内/山东", 3);
  assert_above("国内/山东/济南", 6);
  assert_above("1/2/3/4/5/6/7/8", 36);
  assert_above("吉林/吉林", 2);
  assert_above("吉林/吉林/吉林", 3);
  assert_above("a/ab/b", 6);
  assert_above("a/b/a/b", 7); /* a b a/b b/a a/b/a b/a/b a/b/a/b */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(paths_have_one_form),
      cmocka_unit_test(paths_are_bounded),
      cmocka_unit_test(whole_names_in_a_row_are_under),
      cmocka_unit_test(a_path_is_under_each_run_of_its_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
