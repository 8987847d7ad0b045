/* plan: which index answers, as model_explain tells it. */
#include "members.h"

static int begin(void **state) {
  if (world_begin(state) != 0) return -1;
  world_schema(*state, member_types, NULL);
  world_write(*state);
  return 0;
}

typedef struct choice {
  const char *where;
  const char *order;
  const char *plan;
} choice;

static void assert_plans(world *in, const choice *choices) {
  for (; choices->where != NULL; choices++) {
    model_query query = {.type = world_type(in, "member"),
                         .where = world_value(in, "%s", choices->where),
                         .order = world_value(in, "%s", choices->order)};
    base_buffer out = {0};
    OK(in, model_explain(&in->ctx, &query, &out));
    base_slice plan = base_arena_slice(in->arena, base_buffer_slice(&out));
    base_buffer_fini(&out);
    base_slice expected = world_value(in, "%s", choices->plan);
    data_walk walk = data_walk_begin(expected);
    while (data_walk_next(&walk)) {
      data_value value;
      data_map_find_slice(plan, walk.key.as.bytes, &value);
      if (data_compare(value, walk.value) == 0) continue;
      fail_msg("%s by %s: %.*s is not as in %s, the index is %.*s", choices->where, choices->order,
               BASE_SLICE_ARGS(walk.key.as.bytes), choices->plan,
               BASE_SLICE_ARGS(data_map_text(plan, "index")));
    }
  }
}

/* Today's list of an owner: the partial index fixes the owner and gives the order. */
static void a_list_of_open_things_takes_the_partial_index(void **state) {
  static const choice choices[] = {
      {"{owner: '李静', state: 'open'}", "['born']",
       "{index: 'open_owner_born', equal: ['owner'], range: false, sorted: false, filter: false}"},
      {"{owner: '李静', state: 'open', born: {le: '2026-03-07'}}", "['born']",
       "{index: 'open_owner_born', equal: ['owner'], range: true, sorted: false, filter: false}"},
      {"{owner: '李静', state: 'open', born: {lt: '2026-03-07'}}", "['-born']",
       "{index: 'open_owner_born', equal: ['owner'], range: true, sorted: false, filter: true}"},
      {"{owner: '李静', state: 'open', born: '2026-03-07'}", "[]",
       "{index: 'open_owner_born', equal: ['owner', 'born'], sorted: false, filter: false}"},
      {"{state: 'open'}", "['born']", "{index: 'open_born', equal: [], sorted: false}"},
      {"{owner: '李静', state: 'done'}", "['born']",
       "{index: 'owner_born', equal: ['owner'], sorted: false, filter: true}"},
      {"{owner: '李静', state: {ne: 'open'}}", "['born']", "{index: 'owner_born', filter: true}"},
      {"{owner: '李静', any: [{state: 'open'}]}", "['born']",
       "{index: 'owner_born', sorted: false, filter: true}"},
      {"{level: '金卡', state: 'done'}", "['spent']",
       "{index: 'busy_spent', equal: ['level'], sorted: false, filter: true}"},
      {NULL, NULL, NULL}};
  assert_plans(*state, choices);
}

static void points_are_looked_up(void **state) {
  static const choice choices[] = {
      {"{code: 'K0001'}", "[]",
       "{index: 'code', equal: ['code'], range: false, sorted: false, filter: false}"},
      {"{code: 'K0001', level: '金卡'}", "['-spent', 'name']",
       "{index: 'code', equal: ['code'], sorted: false, filter: true}"},
      {"{id: 5}", "[]", "{index: 'id', equal: ['id'], range: false, sorted: false, filter: false}"},
      {"{phone: '138-0000-1001'}", "[]", "{index: 'phone', equal: ['phone'], filter: false}"},
      {NULL, NULL, NULL}};
  assert_plans(*state, choices);
}

static void ranges_are_narrowed(void **state) {
  static const choice choices[] = {
      {"{spent: {ge: 100}}", "['spent']",
       "{index: 'spent', equal: [], range: true, sorted: false, filter: false}"},
      {"{spent: {gt: 100, lt: 200}}", "['-spent']",
       "{index: 'spent', range: true, sorted: false, filter: true}"},
      {"{name: {starts: '王'}}", "['name']",
       "{index: 'name', range: true, sorted: false, filter: true}"},
      {"{id: {gt: 100}}", "[]", "{index: 'id', equal: [], range: true, sorted: false}"},
      {"{id: {between: [5, 9]}}", "['-id']", "{index: 'id', range: true, sorted: false}"},
      {"{name: {contains: '王'}}", "['name']",
       "{index: 'name', range: false, sorted: false, filter: true}"},
      {"{spent: {ge: nil}}", "['spent']", "{index: 'spent', range: false, filter: true}"},
      {NULL, NULL, NULL}};
  assert_plans(*state, choices);
}

static void what_has_no_index_is_sorted(void **state) {
  static const choice choices[] = {
      {"{}", "[]", "{index: 'id', equal: [], range: false, sorted: false, filter: false}"},
      {"{}", "['-id']", "{index: 'id', sorted: false, filter: false}"},
      {"{seen_at: 5}", "[]", "{index: 'id', range: false, sorted: false, filter: true}"},
      {"{}", "['seen_at']", "{sorted: true, filter: false}"},
      {"{}", "['-created_at', 'id']", "{sorted: true, filter: false}"},
      {"{owner: '李静'}", "['seen_at']",
       "{index: 'owner_born', equal: ['owner'], sorted: true, filter: false}"},
      {"{owner: '李静'}", "['born', '-name']", "{index: 'owner_born', sorted: true}"},
      {"{any: [{vip: true}]}", "[]", "{index: 'id', filter: true}"},
      {NULL, NULL, NULL}};
  assert_plans(*state, choices);
}

/* What a condition fixes need not be in the order; the number may come the other way round. */
static void fixed_fields_do_not_disturb_the_order(void **state) {
  static const choice choices[] = {
      {"{owner: '李静'}", "['owner', 'born']",
       "{index: 'owner_born', equal: ['owner'], sorted: false, filter: false}"},
      {"{owner: '李静', level: '金卡'}", "['-level', 'born', 'id']",
       "{index: 'owner_born', sorted: false, filter: true}"},
      {"{owner: '李静'}", "['-born', 'id']", "{index: 'owner_born', sorted: false}"},
      {"{owner: '李静'}", "['born', '-id']", "{index: 'owner_born', sorted: false}"},
      {"{vip: true, state: 'done'}", "['name']",
       "{index: 'vip_state_name', equal: ['vip', 'state'], sorted: false, filter: false}"},
      {NULL, NULL, NULL}};
  assert_plans(*state, choices);
}

/* An index over tags has a row per tag: it answers only for one tag. */
static void tags_must_be_fixed(void **state) {
  static const choice choices[] = {
      {"{tags: '糖友'}", "['-spent']",
       "{index: 'tags_spent', equal: ['tags'], sorted: false, filter: false}"},
      {"{tags: '糖友', spent: {ge: 5}}", "['spent']",
       "{index: 'tags_spent', equal: ['tags'], range: true, sorted: false, filter: false}"},
      {"{tags: '糖友'}", "[]", "{index: 'tags', equal: ['tags'], sorted: false, filter: false}"},
      {"{tags: {starts: '糖'}}", "[]", "{index: 'id', equal: [], filter: true}"},
      {"{tags: nil}", "[]", "{index: 'id', equal: [], filter: true}"},
      {"{tags: {ne: '糖友'}}", "[]", "{index: 'id', equal: [], filter: true}"},
      {NULL, NULL, NULL}};
  assert_plans(*state, choices);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {TEST(a_list_of_open_things_takes_the_partial_index),
                                     TEST(points_are_looked_up),
                                     TEST(ranges_are_narrowed),
                                     TEST(what_has_no_index_is_sorted),
                                     TEST(fixed_fields_do_not_disturb_the_order),
                                     TEST(tags_must_be_fixed)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
