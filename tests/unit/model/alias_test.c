/* alias: merges by two marks, what a number means then, and taking them away (ARC-13). */
#include "agency.h"
#include "world.h"

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, agency_types, NULL);
  world_write(*state);
  return 0;
}

static int64_t person(world *in, const char *name) {
  return world_id(world_create(in, "customer", world_value(in, "{name: '%s'}", name)));
}

static base_slice merge(world *in, int64_t id, int64_t into) {
  base_slice survivor;
  OK(in, model_alias_create(&in->ctx, world_type(in, "customer"), id, into, 0, &survivor));
  return survivor;
}

static base_slice unmerge(world *in, int64_t id) {
  base_slice survivor;
  OK(in, model_alias_delete(&in->ctx, world_type(in, "customer"), id, 0, 0, &survivor));
  return survivor;
}

static base_slice stored(world *in, int64_t id) {
  base_slice record;
  assert_true(model_record_read(&in->ctx, world_type(in, "customer"), id, &record));
  return base_arena_slice(in->arena, record);
}

static void the_two_marks_are_all_that_changes(void **state) {
  world *in = *state;
  int64_t stays = person(in, "王秀兰");
  int64_t goes = person(in, "王秀蓝");
  base_slice before[] = {stored(in, stays), stored(in, goes)};
  assert_has(in, merge(in, goes, stays), "{id: 1, version: 1, merged: [2]}");
  assert_has(in, stored(in, goes), "{merged_into: 1, version: 1, name: '王秀蓝'}");
  assert_true(base_slice_equal(world_get(in, "customer", goes), stored(in, stays)));
  assert_true(base_slice_equal(unmerge(in, goes), before[0]));
  assert_true(base_slice_equal(stored(in, goes), before[1]));
}

static void sets_have_the_root_first(void **state) {
  world *in = *state;
  const model_type *type = world_type(in, "customer");
  for (int i = 0; i < 5; i++) person(in, "顾客");
  merge(in, 1, 2);
  merge(in, 3, 2);
  merge(in, 2, 4);
  static const int64_t whole[] = {4, 2, 1, 3};
  for (int64_t id = 1; id <= 4; id++) {
    model_alias_set set = model_alias_find(&in->ctx, type, id);
    assert_int_equal(set.count, 4);
    assert_memory_equal(set.ids, whole, sizeof whole);
    assert_int_equal(model_alias_root(&in->ctx, type, id), 4);
  }
  assert_int_equal(model_alias_find(&in->ctx, type, 5).count, 1);
  assert_int_equal(model_alias_find(&in->ctx, type, 99).ids[0], 99);
  unmerge(in, 2);
  assert_int_equal(model_alias_root(&in->ctx, type, 3), 2);
  assert_int_equal(model_alias_root(&in->ctx, type, 4), 4);
}

static void what_cannot_be_merged_is_said(void **state) {
  world *in = *state;
  base_slice record;
  const model_type *type = world_type(in, "customer");
  int64_t one = person(in, "王秀兰");
  int64_t other = person(in, "李强");
  int64_t gone = person(in, "张建国");
  world_delete(in, "customer", gone);
  REFUSED(in, BASE_INVALID_ARGUMENT, "into", NULL,
          model_alias_create(&in->ctx, type, one, one, 0, &record));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL, model_alias_create(&in->ctx, type, 9, one, 0, &record));
  REFUSED(in, BASE_NOT_FOUND, "id", NULL,
          model_alias_create(&in->ctx, type, gone, one, 0, &record));
  REFUSED(in, BASE_NOT_FOUND, "into", NULL,
          model_alias_create(&in->ctx, type, one, gone, 0, &record));
  REFUSED(in, BASE_INVALID_ARGUMENT, "id", NULL,
          model_alias_delete(&in->ctx, type, one, 0, 0, &record));
  merge(in, one, other);
  REFUSED(in, BASE_INVALID_ARGUMENT, "id", "unmerge",
          model_alias_create(&in->ctx, type, one, other, 0, &record));
  REFUSED(in, BASE_INVALID_ARGUMENT, "into", NULL,
          model_alias_create(&in->ctx, type, other, one, 0, &record));
  REFUSED(in, BASE_INVALID_ARGUMENT, "into", NULL,
          model_alias_delete(&in->ctx, type, one, 9, 0, &record));
  in->ctx.actor.administrator = true;
  REFUSED(in, BASE_INVALID_ARGUMENT, "type", NULL,
          model_alias_create(&in->ctx, world_type(in, "holiday"), 1, 2, 0, &record));
}

static size_t plan_ranges(world *in, const char *where) {
  base_buffer out = {0};
  model_query query = {.type = world_type(in, "order"), .where = world_value(in, "%s", where)};
  OK(in, model_explain(&in->ctx, &query, &out));
  int64_t ranges = data_map_integer(base_buffer_slice(&out), "ranges", 0);
  base_buffer_fini(&out);
  return (size_t)ranges;
}

static int64_t count_orders(world *in, const char *where) {
  int64_t count = 0;
  OK(in, model_count(&in->ctx, world_type(in, "order"), world_value(in, "%s", where), &count));
  return count;
}

static void references_mean_the_set(void **state) {
  world *in = *state;
  for (int i = 0; i < 3; i++) person(in, "顾客");
  for (int64_t i = 1; i <= 3; i++) {
    world_create(in, "order", world_value(in, "{customer: %" PRId64 "}", i));
  }
  assert_int_equal(plan_ranges(in, "{customer: 1}"), 1);
  merge(in, 2, 1);
  assert_int_equal(plan_ranges(in, "{customer: 1}"), 2);
  assert_int_equal(plan_ranges(in, "{customer: {in: [2, 3]}}"), 3);
  assert_int_equal(count_orders(in, "{customer: 1}"), 2);
  assert_int_equal(count_orders(in, "{customer: 2}"), 2);
  assert_int_equal(count_orders(in, "{customer: {ne: 2}}"), 1);
  assert_int_equal(count_orders(in, "{any: [{customer: 2}, {customer: 3}]}"), 3);
  assert_int_equal(count_orders(in, "{customer: {in: []}}"), 0);
}

static base_code refuse(crm_ctx *ctx, const model_rule_change *change, const void *self) {
  (void)self;
  return model_ctx_fail(ctx, BASE_RULE_FAILED, NULL, "%lld %s 不行", "no %lld %s",
                        (long long)change->id, change->event == MODEL_MERGE ? "merge" : "unmerge");
}

static void rules_may_refuse(void **state) {
  world *in = *state;
  base_slice record;
  static const model_rule rules[] = {
      {.name = "never", .type = "customer", .events = MODEL_MERGE, .run = refuse}, {.name = NULL}};
  world_abort(in);
  world_schema(in, agency_types, rules);
  world_write(in);
  person(in, "王秀兰");
  person(in, "李强");
  REFUSED(in, BASE_RULE_FAILED, NULL, "no 2 merge",
          model_alias_create(&in->ctx, world_type(in, "customer"), 2, 1, 0, &record));
}

#define ALIAS_TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      ALIAS_TEST(the_two_marks_are_all_that_changes),
      ALIAS_TEST(sets_have_the_root_first),
      ALIAS_TEST(what_cannot_be_merged_is_said),
      ALIAS_TEST(references_mean_the_set),
      ALIAS_TEST(rules_may_refuse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
