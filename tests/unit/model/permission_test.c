/* Policies compiled from roles, shares and `visible`, and what they make of records, where no op is in
 * the way. */
#include "world.h"

#define FIELD(field, of_kind, of_flags, ...)                                                       \
  { .name = (field), .kind = DATA_KIND_##of_kind, .flags = (of_flags), __VA_ARGS__ }

static const data_field case_fields[] = {FIELD("name", TEXT, DATA_REQUIRED),
                                         FIELD("owner", TEXT, DATA_INDEX),
                                         FIELD("phone", TEXT, 0),
                                         FIELD("secret", TEXT, 0),
                                         FIELD("about", TEXT, 0),
                                         FIELD("parent", REFERENCE, DATA_INDEX, .to = "case"),
                                         {.name = NULL}};

/* {about: {ne: "$user"}} */
#define NOT_ABOUT                                                                                  \
  "\x81\xa5"                                                                                       \
  "about"                                                                                          \
  "\x81\xa2"                                                                                       \
  "ne"                                                                                             \
  "\xa5"                                                                                           \
  "$user"

static const model_type_definition case_types[] = {
    {.name = "case",
     .title = "name",
     .fields = case_fields,
     .visible = {.data = (const uint8_t *)NOT_ABOUT, .size = sizeof NOT_ABOUT - 1}},
    {.name = NULL}};

static void begin(world *in) {
  world_schema(in, case_types, NULL);
  world_write(in);
}

static int64_t add(world *in, const char *values) {
  return data_map_integer(world_create(in, "case", world_value(in, "%s", values)), "id", 0);
}

static const model_type *type_of(world *in) {
  return model_schema_find(in->ctx.schema, text("case"));
}

/* From here on 李静 asks, with one role of these rows and these shares. */
static void ask(world *in, const char *rows, const model_share *shares, size_t share_count) {
  model_role *role = BASE_NEW(in->ctx.arena, model_role);
  model_subject subject = {.values = {.user = text("李静")},
                           .role_count = 1,
                           .roles = role,
                           .share_count = share_count,
                           .shares = shares};
  role->name = text("sales");
  if (rows != NULL) role->permissions = world_value(in, "%s", rows);
  in->ctx.actor = (model_actor){.name = text("李静"), .staff = true};
  in->ctx.actor.policy = model_policy_new(in->ctx.schema, &subject, in->ctx.arena);
}

static int64_t count(world *in) {
  int64_t found = 0;
  OK(in, model_count(&in->ctx, type_of(in), (base_slice){0}, &found));
  return found;
}

static base_code get(world *in, int64_t id, base_slice *record) {
  base_error_clear(in->ctx.error);
  return model_record_get(&in->ctx, type_of(in), id, record);
}

static void without_rows_visible_alone_holds(void **state) {
  world *in = *state;
  base_slice record;
  begin(in);
  int64_t one = add(in, "{name: '甲'}");
  int64_t about = add(in, "{name: '乙', about: '李静'}");
  ask(in, NULL, NULL, 0);
  assert_int_equal(count(in), 1);
  assert_int_equal(get(in, one, &record), BASE_OK);
  assert_int_equal(get(in, about, &record), BASE_NOT_FOUND);
  in->ctx.actor.policy = NULL;
  assert_int_equal(count(in), 2);
}

static void a_where_is_part_of_the_plan(void **state) {
  world *in = *state;
  base_buffer plan = {0};
  begin(in);
  add(in, "{name: '甲', owner: '李静'}");
  add(in, "{name: '乙', owner: '周强'}");
  ask(in, "[{type: 'case', actions: ['read'], where: {owner: '$user'}}]", NULL, 0);
  model_query query = {.type = type_of(in)};
  OK(in, model_explain(&in->ctx, &query, &plan));
  assert_true(base_slice_is(data_map_text(base_buffer_slice(&plan), "index"), "owner"));
  assert_int_equal(count(in), 1);
  base_buffer_fini(&plan);
}

static void shares_open_and_visible_closes(void **state) {
  world *in = *state;
  base_slice record = {0};
  begin(in);
  int64_t one = add(in, "{name: '甲', owner: '周强'}");
  int64_t two = add(in, "{name: '乙', owner: '周强', about: '李静'}");
  const model_share shares[] = {{.type = text("case"), .id = one},
                                {.type = text("case"), .id = two, .write = true}};
  const char *own = "[{type: 'case', actions: ['read', 'update'], where: {owner: '$user'}}]";
  ask(in, own, shares, 2);
  assert_int_equal(count(in), 1);
  assert_int_equal(get(in, two, &record), BASE_NOT_FOUND);
  assert_int_equal(get(in, one, &record), BASE_OK);
  assert_false(model_permission_allows(&in->ctx, type_of(in), MODEL_DO_UPDATE, record));
}

static void what_the_actor_does_not_have_never_holds(void **state) {
  world *in = *state;
  begin(in);
  add(in, "{name: '甲'}");
  ask(in, "[{type: 'case', actions: ['read'], where: {owner: '$region'}}]", NULL, 0);
  assert_int_equal(count(in), 0);
  ask(in, "[{type: 'case', actions: ['read'], where: {owner: {ne: '$region'}}}]", NULL, 0);
  assert_int_equal(count(in), 0);
  ask(in, "[{type: 'case', actions: ['read'], where: {parent: '$team'}}]", NULL, 0);
  assert_int_equal(count(in), 0);
}

static void a_row_that_does_not_fit_allows_nothing(void **state) {
  world *in = *state;
  begin(in);
  add(in, "{name: '甲'}");
  ask(in, "[{type: 'case', actions: ['read'], where: {gone: 1}}]", NULL, 0);
  assert_int_equal(count(in), 0);
}

static void veiled_fields_are_kept_by_writes(void **state) {
  world *in = *state;
  base_slice record;
  begin(in);
  int64_t one = add(in, "{name: '甲', phone: '13800001001', secret: '欠款'}");
  ask(in,
      "[{type: 'case', actions: ['read', 'update'], "
      "fields: {phone: 'masked', secret: 'hidden'}}]",
      NULL, 0);
  assert_int_equal(get(in, one, &record), BASE_OK);
  assert_true(base_slice_is(data_map_text(record, "phone"), "138****1001"));
  assert_int_equal(data_map_text(record, "secret").size, 0);
  OK(in, model_record_update(&in->ctx, type_of(in), one, world_value(in, "{name: '乙'}"), 0, 0,
                             &record));
  assert_int_equal(data_map_text(record, "secret").size, 0);
  in->ctx.actor.policy = NULL;
  assert_int_equal(get(in, one, &record), BASE_OK);
  assert_true(base_slice_is(data_map_text(record, "secret"), "欠款"));
  assert_true(base_slice_is(data_map_text(record, "phone"), "13800001001"));
}

static const char *shown_phone(world *in, const char *phone) {
  base_slice record;
  in->ctx.actor.policy = NULL;
  int64_t one = data_map_integer(
      world_create(in, "case",
                   world_value(in, "{phone: '%s', name: '甲', secret: '欠', about: '乙'}", phone)),
      "id", 0);
  ask(in,
      "[{type: 'case', actions: ['read'], fields: {phone: 'masked', secret: 'hidden', owner: "
      "'readonly'}}]",
      NULL, 0);
  assert_int_equal(get(in, one, &record), BASE_OK);
  assert_true(base_slice_is(data_map_text(record, "name"), "甲"));
  assert_true(base_slice_is(data_map_text(record, "about"), "乙"));
  assert_int_equal(data_map_integer(record, "id", 0), one);
  assert_int_equal(data_map_text(record, "secret").size, 0);
  base_slice rest = record;
  assert_int_equal(data_read(&rest).type, DATA_MAP);
  assert_int_equal(rest.size, 0);
  return base_arena_text(in->ctx.arena, data_map_text(record, "phone"));
}

/* Short, long, of letters with several bytes, and with a longer head than before. */
static void a_mask_leaves_the_ends(void **state) {
  static const char *const pairs[][2] = {{"a", "a**"},
                                         {"王", "王**"},
                                         {"王秀兰", "王**"},
                                         {"1234567", "1**"},
                                         {"12345678", "123****5678"},
                                         {"山东省济南市泉城路", "山东省****市泉城路"},
                                         {"1234567890123456789012345678901", "123****8901"},
                                         {"山东省济南市历下区泉城路", "山东省****区泉城路"}};
  world *in = *state;
  begin(in);
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    assert_string_equal(shown_phone(in, pairs[i][0]), pairs[i][1]);
  }
}

static void who_cannot_be_judged_may_do_nothing(void **state) {
  world *in = *state;
  base_slice record;
  begin(in);
  int64_t one = add(in, "{name: '甲'}");
  ask(in, NULL, NULL, 0);
  in->ctx.actor.policy = &model_policy_nothing;
  assert_int_equal(count(in), 0);
  assert_int_equal(get(in, one, &record), BASE_NOT_FOUND);
  assert_int_equal(
      model_record_create(&in->ctx, type_of(in), world_value(in, "{name: '乙'}"), 0, &record),
      BASE_PERMISSION_DENIED);
}

/* Without a policy a record is the very bytes that are stored: nothing is made for the reader. */
static void without_a_policy_nothing_is_made(void **state) {
  world *in = *state;
  base_slice stored;
  base_slice record;
  begin(in);
  int64_t one = add(in, "{name: '甲'}");
  assert_true(model_record_read(&in->ctx, type_of(in), one, &stored));
  size_t size = base_arena_size(in->ctx.arena);
  assert_int_equal(get(in, one, &record), BASE_OK);
  assert_ptr_equal(record.data, stored.data);
  assert_int_equal(base_arena_size(in->ctx.arena), size);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_begin, world_end)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(without_rows_visible_alone_holds),       TEST(a_where_is_part_of_the_plan),
      TEST(shares_open_and_visible_closes),         TEST(what_the_actor_does_not_have_never_holds),
      TEST(a_row_that_does_not_fit_allows_nothing), TEST(a_mask_leaves_the_ends),
      TEST(veiled_fields_are_kept_by_writes),       TEST(who_cannot_be_judged_may_do_nothing),
      TEST(without_a_policy_nothing_is_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
