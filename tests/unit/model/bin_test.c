/* bin: delete, restore and purge, the index of the deleted, and history by the journal (ARC-16). */
#include "agency.h"
#include "world.h"

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, agency_types, NULL);
  world_write(*state);
  return 0;
}

static int64_t person(world *in, const char *values) {
  return world_id(world_create(in, "customer", world_value(in, "%s", values)));
}

static base_slice restore(world *in, int64_t id) {
  base_slice record;
  OK(in, model_record_restore(&in->ctx, world_type(in, "customer"), id, 0, &record));
  return record;
}

static size_t in_bin(world *in) {
  model_page page;
  model_query query = {.type = world_type(in, "customer"), .deleted = true};
  OK(in, model_find(&in->ctx, &query, &page));
  return page.count;
}

static void a_record_goes_and_comes_back(void **state) {
  world *in = *state;
  int64_t id = person(in, "{name: '王秀兰', phone: '13800001001', tags: ['老客户']}");
  assert_has(in, world_delete(in, "customer", id),
             "{version: 2, deleted_by: '李静', deleted_at: 1772848800000}");
  assert_int_equal(in_bin(in), 1);
  base_slice back = restore(in, id);
  assert_has(in, back, "{version: 3, deleted_at: nil, deleted_by: nil, phone: '13800001001'}");
  assert_int_equal(in_bin(in), 0);
  base_slice record;
  assert_true(model_record_find_by(&in->ctx, world_type(in, "customer"), "phone",
                                   text("138-0000-1001"), &record));
}

static void what_stands_in_the_way_is_said(void **state) {
  world *in = *state;
  base_slice record;
  const model_type *type = world_type(in, "customer");
  int64_t id = person(in, "{name: '王秀兰', phone: '13800001001'}");
  int64_t friend = person(in, "{name: '李强', referrer: 1}");
  REFUSED(in, BASE_NOT_FOUND, "id", NULL, model_record_restore(&in->ctx, type, id, 0, &record));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL, model_record_purge(&in->ctx, type, id, 0, &record));
  world_delete(in, "customer", friend);
  world_delete(in, "customer", id);
  REFUSED(in, BASE_REFERENCE_MISSING, "referrer", NULL,
          model_record_restore(&in->ctx, type, friend, 0, &record));
  int64_t taker = person(in, "{name: '张建国', phone: '+86 138 0000 1001'}");
  world_settle(in);
  REFUSED(in, BASE_DUPLICATE, "phone", NULL, model_record_restore(&in->ctx, type, id, 0, &record));
  world_drop(in);
  world_delete(in, "customer", taker);
  restore(in, id);
  restore(in, friend);
}

static void a_purged_record_is_gone(void **state) {
  world *in = *state;
  base_slice record;
  const model_type *type = world_type(in, "customer");
  int64_t id = person(in, "{name: '王秀兰', tags: ['老客户']}");
  world_delete(in, "customer", id);
  OK(in, model_record_purge(&in->ctx, type, id, 0, &record));
  assert_has(in, record, "{id: 1, name: '王秀兰'}");
  assert_false(model_record_read(&in->ctx, type, id, &record));
  assert_int_equal(in_bin(in), 0);
  REFUSED(in, BASE_NOT_FOUND, "id", NULL, model_record_restore(&in->ctx, type, id, 0, &record));
  assert_int_equal(person(in, "{name: '李强'}"), 2);
}

static void the_fate_of_those_merged_into_it_is_shared(void **state) {
  world *in = *state;
  base_slice record;
  model_check_report report;
  const model_type *type = world_type(in, "customer");
  person(in, "{name: '王秀兰'}");
  person(in, "{name: '王秀蓝', phone: '13800001001'}");
  OK(in, model_alias_create(&in->ctx, type, 2, 1, 0, &record));
  world_delete(in, "customer", 2); /* its number means the survivor */
  assert_int_equal(in_bin(in), 1);
  person(in, "{name: '李强', phone: '13800001001'}");
  world_settle(in);
  REFUSED(in, BASE_DUPLICATE, "phone", NULL, model_record_restore(&in->ctx, type, 1, 0, &record));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL, model_record_restore(&in->ctx, type, 2, 0, &record));
  world_drop(in);
  OK(in, model_check(&in->ctx, NULL, NULL, &report));
  assert_int_equal(report.aliases, 1);
  OK(in, model_record_purge(&in->ctx, type, 1, 0, &record));
  assert_false(model_record_read(&in->ctx, type, 2, &record));
}

/* --- history ---------------------------------------------------------------------------------------- */

static void change_and_settle(world *in, int64_t id, const char *values) {
  world_update(in, "customer", id, world_value(in, "%s", values));
  world_settle(in);
}

static void the_journal_tells_each_change(void **state) {
  world *in = *state;
  model_history_page page;
  const model_type *type = world_type(in, "customer");
  int64_t id = person(in, "{name: '王秀兰', owner: '李静'}");
  world_settle(in);
  change_and_settle(in, id, "{owner: '陈强'}");
  change_and_settle(in, id, "{owner: nil, born: '1958-03-07'}");
  OK(in, model_history_find(&in->ctx, type, id, 0, 0, &page));
  assert_int_equal(page.count, 3);
  assert_int_equal(page.next, 0);
  base_buffer out = {0};
  data_append_map(&out, 2);
  model_history_append_change(&page.items[0], &out);
  assert_true(
      base_slice_equal(base_buffer_slice(&out),
                       world_value(in, "{before: {owner: '陈强'}, after: {born: '1958-03-07'}}")));
  base_buffer_fini(&out);
  assert_int_equal(page.items[2].before.size, 0);
  assert_true(page.items[0].sequence > page.items[1].sequence);
}

static void pages_of_history_follow_one_another(void **state) {
  world *in = *state;
  model_history_page page;
  uint64_t after = 0;
  size_t count = 0;
  const model_type *type = world_type(in, "customer");
  int64_t id = person(in, "{name: '王秀兰'}");
  world_settle(in);
  for (int i = 0; i < 6; i++)
    change_and_settle(in, id, i % 2 ? "{owner: '李静'}" : "{owner: '陈强'}");
  do {
    OK(in, model_history_find(&in->ctx, type, id, 2, after, &page));
    for (size_t i = 0; i < page.count; i++) {
      assert_int_equal(data_map_integer(page.items[i].after, "version", 0),
                       7 - (int64_t)(count + i));
    }
    count += page.count;
    after = page.next;
  } while (after != 0);
  assert_int_equal(count, 7);
  REFUSED(in, BASE_INVALID_ARGUMENT, "after", NULL,
          model_history_find(&in->ctx, type, id, 2, 99999, &page));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL, model_history_find(&in->ctx, type, 9, 2, 0, &page));
}

#define BIN_TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      BIN_TEST(a_record_goes_and_comes_back),  BIN_TEST(what_stands_in_the_way_is_said),
      BIN_TEST(a_purged_record_is_gone),       BIN_TEST(the_fate_of_those_merged_into_it_is_shared),
      BIN_TEST(the_journal_tells_each_change), BIN_TEST(pages_of_history_follow_one_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
