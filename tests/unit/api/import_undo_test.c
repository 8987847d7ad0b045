/* import_undo: what was imported is gone again; what others changed stays. */
#include "imports.h"

/* --- undo ---------------------------------------------------------------------------------------- */

static base_slice undo(shop *self, int64_t id) {
  return shop_call(self, "import.undo", shop_map(self, "i", "id", id));
}

static void undo_leaves_nothing(void **state) {
  shop *self = *state;
  restart_with(self, (api_import_options){.commit_rows = 2});
  int64_t kept = start_customers(self);
  (void)send(self, kept, 0, "name,phone\n留下,13900000001\n", true);
  const char *before = export_all(self, NULL);
  int64_t id = start_customers(self);
  (void)send_file(self, id, MIXED, 1000);
  assert_string_not_equal(export_all(self, NULL), before);
  base_slice undone = undo(self, id);
  assert_int_equal(data_map_integer(undone, "undone", 0), 4); /* and the rule's activity */
  assert_int_equal(data_map_integer(undone, "conflicts", -1), 0);
  assert_string_equal(export_all(self, NULL), before);
  assert_int_equal(data_map_integer(undo(self, id), "undone", 0), 4);
  /* The same file may come again. */
  id = start_customers(self);
  assert_counts(send_file(self, id, MIXED, 1000), "done", 8, 3, 5);
}

static void undo_leaves_what_others_changed(void **state) {
  shop *self = *state;
  int64_t id = start_customers(self);
  (void)send(self, id, 0, "name,phone\n一,13900000001\n二,13900000002\n三,13900000003\n四,\n",
             true);
  base_slice values = shop_map(self, "t", "note", "改过");
  (void)shop_call(self, "record.update",
                  shop_map(self, "tir", "type", "customer", "id", (int64_t)2, "values", values));
  (void)shop_call(self, "record.delete",
                  shop_map(self, "ti", "type", "customer", "id", (int64_t)4));
  base_slice child = shop_map(self, "ti", "name", "孩子", "parent", (int64_t)3);
  (void)shop_call(self, "record.create", shop_map(self, "tr", "type", "customer", "values", child));
  base_slice undone = undo(self, id);
  data_value items;
  assert_int_equal(data_map_integer(undone, "undone", 0), 1);
  assert_int_equal(data_map_integer(undone, "conflicts", 0), 2);
  assert_true(data_map_find(undone, "items", &items));
  data_walk walk = data_walk_begin(items.raw);
  assert_true(data_walk_next(&walk));
  assert_int_equal(data_map_integer(walk.value.raw, "id", 0), 2);
  assert_text(data_map_text(walk.value.raw, "code"), "VERSION_CONFLICT");
  assert_true(data_walk_next(&walk));
  assert_int_equal(data_map_integer(walk.value.raw, "id", 0), 3);
  assert_text(data_map_text(walk.value.raw, "code"), "REFERENCE_IN_USE");
  assert_int_equal(shop_count(self, "customer"), 3);
}

/* Rows of an import refer to one another, across commits. */
static void undo_goes_from_the_last_to_the_first(void **state) {
  shop *self = *state;
  restart_with(self, (api_import_options){.commit_rows = 1});
  int64_t id = start_customers(self);
  (void)send(self, id, 0,
             "名称,电话,所属门店\n总店,13900000001,\n分店,13900000002,13900000001\n"
             "顾客,13900000003,13900000002\n",
             true);
  base_slice undone = undo(self, id);
  assert_int_equal(data_map_integer(undone, "undone", 0), 3);
  assert_int_equal(data_map_integer(undone, "conflicts", -1), 0);
}

static void an_import_under_way_is_cancelled_by_undo(void **state) {
  shop *self = *state;
  int64_t id = start_customers(self);
  (void)send(self, id, 0, "name\n一\n二\n三", false);
  assert_int_equal(shop_count(self, "customer"), 2);
  assert_text(data_map_text(undo(self, id), "state"), "cancelled");
  assert_int_equal(shop_count(self, "customer"), 0);
  shop_refused(self, BASE_TRANSITION_DENIED, "import.data",
               data_params(self, id, 12, base_slice_text("x"), true));
}

static void a_cancelled_import_takes_nothing_more(void **state) {
  shop *self = *state;
  int64_t id = start_dry(self);
  (void)send(self, id, 0, "name\n一\n", false);
  (void)shop_call(self, "job.cancel", shop_map(self, "i", "id", id));
  shop_refused(self, BASE_TRANSITION_DENIED, "import.data",
               data_params(self, id, 9, base_slice_text("x"), true));
  shop_refused(self, BASE_INVALID_ARGUMENT, "import.undo", shop_map(self, "i", "id", id));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, imports_begin, shop_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(undo_leaves_nothing),
      TEST(undo_leaves_what_others_changed),
      TEST(undo_goes_from_the_last_to_the_first),
      TEST(an_import_under_way_is_cancelled_by_undo),
      TEST(a_cancelled_import_takes_nothing_more),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
